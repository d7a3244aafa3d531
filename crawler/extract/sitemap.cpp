#include "crawler/extract/sitemap.hpp"

#include <algorithm>
#include <charconv>

#include "crawler/extract/xml_reader.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

using kind = xml_event::kind;

constexpr std::size_t longest_value = 8192;  // bytes of one element's text; the protocol allows a loc 2,048 characters

/// What sort of file the root element makes it.
enum class format : std::uint8_t {
  unknown,  ///< no root yet that is known
  sitemap,  ///< urlset or sitemapindex
  rss,      ///< RSS 2.0, or 1.0, whose root is rdf:RDF
  atom,     ///< Atom 1.0, or 0.3
};

format format_of(std::string_view root) noexcept {
  if (root == "urlset" || root == "sitemapindex") return format::sitemap;
  if (root == "rss" || root == "RDF") return format::rss;
  return root == "feed" ? format::atom : format::unknown;
}

/// What an entry's child element is about.
enum class field : std::uint8_t { other, address, lastmod, priority };

field field_of(format file, std::string_view name) noexcept {
  switch (file) {
    case format::sitemap: return name == "loc" ? field::address : name == "lastmod" ? field::lastmod : name == "priority" ? field::priority : field::other;
    case format::rss: return name == "link" ? field::address : name == "pubDate" || name == "dc:date" ? field::lastmod : field::other;
    case format::atom: return name == "updated" || name == "modified" ? field::lastmod : field::other;
    case format::unknown: break;
  }
  return field::other;
}

std::optional<double> priority_of(std::string_view text) noexcept {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = failure == std::errc() && end == text.data() + text.size();
  return is_number && value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

/// The URL as a crawl wants it; empty where it is none. A blank inside would be encoded, so it may stay.
std::string usable_url(std::string_view text, const url::url* base) {
  const auto parsed = text.empty() ? std::nullopt : url::parse(text, base);
  return parsed && parsed->is_http() ? parsed->without_fragment() : std::string();
}

/// Puts entries together from tags. Its state is the entry and the child element that are open, not the path to them: whatever is
/// nested inside a child, and however badly, its own end tag ends it, and an entry's tag ends or begins an entry wherever it stands.
class entry_reader {
 public:
  entry_reader(std::string_view text, const url::url& base, sitemap_tally& tally) : xml_(text), base_(base), tally_(tally) {}

  /// The next entry that has a URL; nullopt at the end.
  std::optional<sitemap_entry> next() {
    while (tally_.entries + tally_.broken < most_sitemap_entries) {
      const auto event = xml_.next();
      if (!event) return at_end();
      if (!take(*event)) continue;
      if (auto done = finish()) return done;
    }
    while (const auto event = xml_.next())
      if (event->is != kind::end && begins_entry(event->name)) tally_.is_cut = true;
    return std::nullopt;
  }

 private:
  /// True where the open entry has ended; if another has begun, `pending_` is its tag.
  bool take(const xml_event& event) {
    switch (event.is) {
      case kind::text:
      case kind::cdata: return take_text(event), false;
      case kind::end: return take_end(event.name);
      case kind::start:
      case kind::empty: return take_start(event);
    }
    return false;
  }

  bool take_start(const xml_event& event) {
    if (format_ == format::unknown) {
      format_ = format_of(local_name(event.name));
      prefix_ = local_name(event.name) == "RDF" ? std::string_view() : prefix_of(event.name);
      return false;
    }
    if (begins_entry(event.name)) {
      pending_ = event.name;
      if (is_open_) return true;
      open_pending();
      return false;
    }
    if (is_open_ && child_.empty()) {
      begin_child(event);
    } else if (event.is == kind::start && event.name == child_) {
      ++depth_;
    }
    return false;
  }

  bool take_end(std::string_view name) {
    if (!is_open_) return false;
    if (begins_entry(name)) return true;
    if (child_.empty() || name != child_) return false;
    if (depth_ > 0) return --depth_, false;
    end_child();
    return false;
  }

  void begin_child(const xml_event& event) {
    const bool is_own = prefix_of(event.name) == prefix_;
    const std::string_view name = is_own ? local_name(event.name) : event.name;
    if (format_ == format::atom && name == "link") take_atom_link(event.attributes);
    if (event.is == kind::empty) return;
    child_ = event.name;
    field_ = field_of(format_, name);
    depth_ = 0;
    text_.clear();
    is_overlong_ = false;
  }

  void end_child() {
    const std::string_view value = is_overlong_ ? std::string_view() : html::trimmed(text_);
    if (field_ == field::address && address_.empty()) address_ = value;
    if (field_ == field::lastmod && now_.lastmod.empty()) now_.lastmod = value;
    if (field_ == field::priority) now_.priority = priority_of(value);
    leave_child();
  }

  void leave_child() noexcept {
    child_ = {};
    field_ = field::other;
  }

  /// RFC 4287, 4.2.7.2: without rel it is "alternate". The first one counts.
  void take_atom_link(std::string_view attributes) {
    if (!address_.empty() || attributes.size() > longest_value) return;
    const auto rel = xml_attribute(attributes, "rel");
    if (!rel || *rel == "alternate") address_ = xml_attribute(attributes, "href").value_or("");
  }

  void take_text(const xml_event& event) {
    if (field_ == field::other) return;
    is_overlong_ = is_overlong_ || text_.size() + event.text.size() > longest_value;
    if (is_overlong_) return;
    event.is == kind::cdata ? void(text_ += event.text) : append_xml_text(text_, event.text);
  }

  bool begins_entry(std::string_view name) const noexcept {
    if (prefix_of(name) != prefix_) return false;
    const std::string_view local = local_name(name);
    switch (format_) {
      case format::sitemap: return local == "url" || local == "sitemap";
      case format::rss: return local == "item";
      case format::atom: return local == "entry";
      case format::unknown: break;
    }
    return false;
  }

  void open_pending() {
    now_ = {};
    now_.is = local_name(pending_) == "sitemap" ? sitemap_entry::kind::sitemap : sitemap_entry::kind::page;
    address_.clear();
    pending_ = {};
    is_open_ = true;
    leave_child();
  }

  /// The entry that was open, if it has a URL; counted either way. A child that the entry's end closes has its value.
  std::optional<sitemap_entry> finish() {
    if (!child_.empty()) end_child();
    sitemap_entry done = std::move(now_);
    done.url = usable_url(html::trimmed(address_), format_ == format::sitemap ? nullptr : &base_);
    is_open_ = false;
    if (!pending_.empty()) open_pending();
    ++(done.url.empty() ? tally_.broken : tally_.entries);
    return done.url.empty() ? std::nullopt : std::optional(std::move(done));
  }

  /// A file that was cut off may end inside an entry: what it has whole counts, a child that was cut off does not.
  std::optional<sitemap_entry> at_end() {
    if (has_ended_) return std::nullopt;
    has_ended_ = true;
    if (format_ == format::unknown) ++tally_.broken;
    leave_child();
    return is_open_ ? finish() : std::nullopt;
  }

  xml_reader xml_;
  const url::url& base_;
  sitemap_tally& tally_;
  format format_ = format::unknown;
  bool is_open_ = false, has_ended_ = false, is_overlong_ = false;
  std::string_view prefix_;   ///< of the root, and so of the entries and what they hold
  std::string_view pending_;  ///< the tag of an entry that begins inside another
  std::string_view child_;    ///< the child element that is open
  field field_ = field::other;
  std::size_t depth_ = 0;     ///< elements of the child's name that are open inside it
  std::string text_, address_;
  sitemap_entry now_;
};

/// "Text file": one URL a line and nothing else.
generator<sitemap_entry> lines_of(std::string_view text, sitemap_tally& tally) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = html::trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (tally.entries + tally.broken == most_sitemap_entries) {
      tally.is_cut = true;
      co_return;
    }
    sitemap_entry found;
    if (line.size() <= longest_value) found.url = usable_url(line, nullptr);
    ++(found.url.empty() ? tally.broken : tally.entries);
    if (!found.url.empty()) co_yield std::move(found);
  }
}

/// The encoding that <?xml … encoding="…"?> names; empty if it names none (XML 1.0, 4.3.3).
std::string declared_encoding(std::string_view bytes) {
  constexpr std::size_t longest_declaration = 256;
  if (!bytes.starts_with("<?xml")) return {};
  const std::string_view start = bytes.substr(0, longest_declaration);
  return xml_attribute(start.substr(5, start.find("?>") - 5), "encoding").value_or("");
}

}  // namespace

void decode_sitemap(std::string_view bytes, std::string_view content_type, html::decoded& out) {
  const bool is_labelled = html::lowered(content_type).find("charset") != std::string::npos;
  const std::string declared = is_labelled ? std::string() : html::encoding_of_label(declared_encoding(bytes));
  // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
  const bool counts = !declared.empty() && !declared.starts_with("utf-16");
  html::decode(bytes, counts ? "text/xml; charset=" + declared : std::string(content_type), out);
}

generator<sitemap_entry> sitemap_entries(std::string_view utf8, const url::url& base, sitemap_tally& tally) {
  if (utf8.size() > largest_sitemap) {
    utf8 = utf8.substr(0, largest_sitemap);
    tally.is_cut = true;
  }
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.remove_prefix(3);
  const std::string_view content = html::trimmed(utf8);
  if (!content.starts_with('<')) {
    for (auto&& entry : lines_of(content, tally)) co_yield std::move(entry);
    co_return;
  }
  entry_reader entries(content, base, tally);
  while (auto entry = entries.next()) co_yield std::move(*entry);
}

}  // namespace trawl::extract
