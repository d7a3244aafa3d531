#include "crawler/extract/content/outline.hpp"

#include <algorithm>

#include "crawler/html/ascii.hpp"
#include "crawler/html/serialize.hpp"

namespace trawl::extract {
namespace {

constexpr std::uint32_t shortest_prose = 60;  // a sentence; menus and buttons are shorter

/// Characters with blanks folded; at its ends a blank counts for none.
std::uint32_t amount_of(std::string_view text) noexcept {
  std::uint32_t out = 0;
  bool is_after_blank = true;
  for (const char c : text) {
    if (html::is_space(c)) {
      is_after_blank = true;
      continue;
    }
    if (is_after_blank && out > 0) ++out;
    is_after_blank = false;
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0xE3 && byte <= 0xED) {
      out += 3;
    } else if ((byte & 0xC0U) != 0x80) {
      ++out;
    }
  }
  return out;
}

html::node body_of(const html::document& page) noexcept {
  for (html::node n = page.root().first_child(); n; n = n.next())
    if (n.is("body")) return n;
  return page.root();
}

std::string title_of(const html::document& page) {
  const html::node root = page.root();
  for (html::node n = root; n && !n.is("body"); n = n.following(root))
    if (n.is("title")) return html::lowered(html::text_of(n)).substr(0, 512);
  return {};
}

/// `title` is in lower case, and so is what it is compared with.
bool says_title(html::node heading, std::string_view title) {
  const std::string text = html::lowered(html::text_of(heading));
  return text.size() >= 10 && text.size() <= 300 &&
         (title.find(text) != std::string_view::npos || (title.size() >= 20 && text.find(title) != std::string::npos));
}

/// Makes the list, a node at a time.
class reader {
 public:
  explicit reader(outline& out) : out_(out.entries), is_cut_(out.is_cut) {}

  void read(html::node body) {
    for (html::node n = body; n && !is_cut_;) {
      const bool is_in = open(n);
      if (const html::node inside = is_in ? n.first_child() : html::node()) {
        n = inside;
        continue;
      }
      if (is_in) close();
      while (n != body && !n.next()) n = n.parent(), close();
      n = n == body ? html::node() : n.next();
    }
    while (!open_.empty()) close();
  }

 private:
  /// False: nothing of it is looked at.
  bool open(html::node n) {
    const tag kind = tag_of(n);
    if (kind == tag::silent) return false;
    if (out_.size() == most_outline_entries) return is_cut_ = true, false;
    outline_entry e{.node = n, .kind = kind};
    e.parent = open_.empty() ? 0 : open_.back();
    if (kind == tag::text) {
      e.text = amount_of(n.text());
    } else {
      e.hints = hints_of(n);
      if (kind == tag::a) {
        const auto href = n.attribute("href");
        e.is_link = href && !href->starts_with('#');
      }
    }
    open_.push_back(static_cast<std::uint32_t>(out_.size()));
    out_.push_back(e);
    return true;
  }

  void close() {
    if (open_.empty()) return;
    out_[open_.back()].end = static_cast<std::uint32_t>(out_.size());
    open_.pop_back();
  }

  std::vector<outline_entry>& out_;
  bool& is_cut_;
  std::vector<std::uint32_t> open_;
};

/// What stands in a block itself, not in the blocks in it.
struct own_text {
  std::uint32_t text = 0, links = 0, block = 0;
  bool is_link = false, is_dropped = false;
};

}  // namespace

void outline::measure() {
  std::vector<own_text> own(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    outline_entry& e = entries[i];
    const own_text above = own[e.parent];
    own[i].block = is_block(e.kind) || i == 0 ? i : above.block;
    own[i].is_link = e.is_link || above.is_link;
    own[i].is_dropped = e.is_dropped || above.is_dropped;
    e.links = e.prose = 0;
    if (e.kind != tag::text) {
      e.text = 0;
    } else {
      e.links = own[i].is_link ? e.text : 0;
      if (own[i].is_dropped) continue;
      own[own[i].block].text += e.text;
      own[own[i].block].links += e.links;
    }
  }
  for (std::size_t i = entries.size(); i-- > 0;) {
    outline_entry& e = entries[i];
    if (e.kind != tag::text && own[i].text >= shortest_prose && own[i].links * 2 < own[i].text && !is_heading(e.kind)) e.prose += own[i].text - own[i].links;
    if (i == 0 || e.is_dropped) continue;
    outline_entry& above = entries[e.parent];
    above.text += e.text;
    above.links += e.links;
    above.prose += e.prose;
  }
}

outline read_outline(const html::document& page) {
  outline out;
  if (!page.root()) return out;
  reader(out).read(body_of(page));
  out.measure();
  const std::string title = title_of(page);
  for (std::uint32_t i = 0; i < out.entries.size() && !title.empty(); ++i)
    if (const outline_entry& e = out.entries[i]; is_heading(e.kind) && e.text <= 300 && says_title(e.node, title)) out.headlines.push_back(i);
  return out;
}

}  // namespace trawl::extract
