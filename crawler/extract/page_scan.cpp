#include "crawler/extract/page_scan.hpp"

#include <optional>

#include "crawler/extract/refresh.hpp"
#include "crawler/extract/srcset.hpp"
#include "crawler/html/ascii.hpp"
#include "crawler/html/entities.hpp"
#include "crawler/html/scanner.hpp"

namespace trawl::extract {
namespace {

/// The elements that say something here.
enum class role : std::uint8_t { none, a, area, base, frame, html, iframe, img, link, meta, script, source, template_, title };

role role_of(std::string_view name) noexcept {
  const auto only = [name](std::string_view known, role is) { return name == known ? is : role::none; };
  switch (name.size()) {  // most names of a page are none of these: their length tells
    case 1: return only("a", role::a);
    case 3: return only("img", role::img);
    case 4:
      switch (name[0]) {
        case 'a': return only("area", role::area);
        case 'b': return only("base", role::base);
        case 'h': return only("html", role::html);
        case 'l': return only("link", role::link);
        case 'm': return only("meta", role::meta);
        default: return role::none;
      }
    case 5: return name == "title" ? role::title : only("frame", role::frame);
    case 6: return name[0] == 's' ? (name == "script" ? role::script : only("source", role::source)) : only("iframe", role::iframe);
    case 8: return only("template", role::template_);
    default: return role::none;
  }
}

/// link[rel]: which kind of link it is, if one that names a document.
bool link_kind_of(const std::string& rel, const std::string& type, link_kind& kind) {
  if (html::has_word(rel, "stylesheet") || html::has_word(rel, "icon") || html::has_word(rel, "preload") || html::has_word(rel, "preconnect") || html::has_word(rel, "dns-prefetch")) return false;
  const bool html = type.empty() || type.starts_with("text/html");
  if (html::has_word(rel, "next") || html::has_word(rel, "prev") || html::has_word(rel, "canonical") || (html::has_word(rel, "alternate") && html)) {
    kind = link_kind::link;
    return true;
  }
  kind = link_kind::link_all;
  return html::has_word(rel, "alternate") || html::has_word(rel, "amphtml") || html::has_word(rel, "shortlink") || html::has_word(rel, "search") || html::has_word(rel, "author") || html::has_word(rel, "help");
}

/// Takes elements and text in document order and keeps what they say. `Element` has name() and attribute(name), which gives a string or
/// nothing, references decoded.
class collector {
 public:
  collector(bool with_text, std::string_view robots_agent) : agent_(html::lowered(robots_agent)), with_text_(with_text) {}

  /// Whether text that comes now is kept.
  bool wants_text() const noexcept { return templates_ == 0 && (in_title_ || (with_text_ && anchor_ != none && text_.size() < longest_text)); }

  void text(std::string_view decoded) {
    if (in_title_) title_ += decoded;
    if (with_text_ && anchor_ != none && text_.size() < longest_text) html::append_folded(text_, decoded);
  }

  template <class Element>
  void start(const Element& e, role is) {
    const html::element_space space = e.space();
    if (is == role::template_ && space == html::element_space::html) ++templates_;
    if (templates_ > 0) return;
    if (space != html::element_space::html) return foreign(e, is);
    switch (is) {
      case role::a: close_anchor(), anchor(e); break;
      case role::area: add(e, "href", link_kind::area); break;
      case role::base: base(e); break;
      case role::frame: add(e, "src", link_kind::frame); break;
      case role::html: language(e); break;
      case role::iframe: add(e, "src", link_kind::iframe); break;
      case role::img: add(e, "src", link_kind::img), add_set(e, "srcset"); break;
      case role::link: link_element(e); break;
      case role::meta: meta_element(e); break;
      case role::script: add(e, "src", link_kind::script); break;
      case role::source: add_set(e, "srcset"); break;
      case role::title: in_title_ = out_.title.empty(); break;
      case role::none:
      case role::template_: break;
    }
  }

  void end(role is, html::element_space space) {
    const bool is_html = space == html::element_space::html;
    if (is == role::template_ && is_html && templates_ > 0) --templates_;
    if (templates_ > 0) return;
    if (is == role::title && is_html) close_title();
    if (is == role::a) close_anchor();
  }

  page_scan finish() {
    close_title();
    close_anchor();
    return std::move(out_);
  }

 private:
  static constexpr std::size_t longest_text = 4096, most_meta = 256, none = static_cast<std::size_t>(-1);

  template <class Element>
  bool add(const Element& e, std::string_view from, link_kind kind) {
    auto href = e.attribute(from);
    if (!href || !has_room()) return false;
    raw_link& l = out_.links.emplace_back();
    l.href = std::move(*href);
    l.kind = kind;
    if (kind == link_kind::a || kind == link_kind::area)
      if (auto rel = e.attribute("rel")) l.rel = html::lowered(*rel);
    return true;
  }

  template <class Element>
  void add_set(const Element& e, std::string_view from) {
    if (const auto set = e.attribute(from))
      each_candidate(*set, [&](std::string_view url) {
        if (has_room()) out_.links.push_back({std::string(url), "", "", link_kind::img});
      });
  }

  bool has_room() noexcept {
    out_.is_cut = out_.is_cut || out_.links.size() >= most_page_links;
    return !out_.is_cut;
  }

  template <class Element>
  void anchor(const Element& e) {
    if (add(e, "href", link_kind::a)) anchor_ = out_.links.size() - 1;
  }

  /// Of the elements of svg and math only svg's own `a` is a link (SVG 2, 16.2); none is what HTML calls by that name.
  template <class Element>
  void foreign(const Element& e, role is) {
    if (is != role::a || e.space() != html::element_space::svg) return;
    close_anchor();
    if (add(e, "href", link_kind::a) || add(e, "xlink:href", link_kind::a)) anchor_ = out_.links.size() - 1;
  }

  void close_anchor() {
    if (anchor_ == none) return;
    if (text_.ends_with(' ')) text_.pop_back();
    out_.links[anchor_].text = std::move(text_);
    text_.clear();
    anchor_ = none;
  }

  void close_title() {
    if (in_title_) out_.title = html::folded(title_);
    title_.clear();
    in_title_ = false;
  }

  template <class Element>
  void base(const Element& e) {
    auto href = e.attribute("href");
    if (!href || has_base_) return;
    out_.base = std::move(*href);
    has_base_ = true;
  }

  template <class Element>
  void language(const Element& e) {
    if (!out_.language.empty()) return;
    if (auto lang = e.attribute("lang")) out_.language = std::move(*lang);
  }

  template <class Element>
  void link_element(const Element& e) {
    const std::string rel = html::lowered(e.attribute("rel").value_or(""));
    add_set(e, "imagesrcset");
    auto href = e.attribute("href");
    link_kind kind{};
    if (!href || !link_kind_of(rel, html::lowered(e.attribute("type").value_or("")), kind)) return;
    if (html::has_word(rel, "canonical") && out_.canonical.empty()) out_.canonical = *href;
    if (has_room()) out_.links.push_back({std::move(*href), "", rel, kind});
  }

  template <class Element>
  void meta_element(const Element& e) {
    std::string content = e.attribute("content").value_or("");
    if (html::equals_ignoring_case(e.attribute("http-equiv").value_or(""), "refresh")) refresh(content);
    std::string name = meta_name(e, "name");
    if (name.empty()) name = meta_name(e, "property");
    if (name.empty()) return;
    if (name == "robots" || name == agent_) out_.robots.add(policy::read_robots_directives(content, agent_));
    if (out_.meta.size() < most_meta) out_.meta.emplace_back(std::move(name), std::move(content));
  }

  template <class Element>
  static std::string meta_name(const Element& e, std::string_view from) {
    return html::lowered(html::trimmed(e.attribute(from).value_or("")));
  }

  /// Step 1 of the refresh steps: a document has one, the first that is valid, even if it names no URL.
  void refresh(std::string_view content) {
    if (is_refreshed_) return;
    const auto found = read_refresh(content);
    is_refreshed_ = found.has_value();
    if (found && found->url && has_room()) out_.links.push_back({std::string(*found->url), "", "", link_kind::meta_refresh});
  }

  std::string agent_;  ///< lower case
  bool with_text_, in_title_ = false, has_base_ = false, is_refreshed_ = false;
  int templates_ = 0;
  std::size_t anchor_ = none;  ///< the link whose text is being read
  std::string text_, title_;
  page_scan out_;
};

/// An element as the scanner gives it.
struct scanned {
  const html::token& t;
  html::element_space space() const noexcept { return t.space; }
  std::optional<std::string> attribute(std::string_view name) const {
    bool found = false;
    std::string value = t.attribute_value(name, &found);
    return found ? std::optional(std::move(value)) : std::nullopt;
  }
};

/// An element as the tree has it.
struct built {
  html::node n;
  html::element_space space() const noexcept { return n.space(); }
  std::optional<std::string> attribute(std::string_view name) const {
    const auto value = n.attribute(name == "xlink:href" ? "href" : name);  // the tree keeps prefixes apart from names
    return value ? std::optional(std::string(*value)) : std::nullopt;
  }
};

bool is_hidden(html::node text) noexcept {
  const html::node in = text.parent();
  for (const std::string_view name : {"script", "style", "xmp", "iframe", "noembed", "noframes"})
    if (in.is(name)) return true;
  return false;
}

role role_in_tree(html::node n) { return n.is_element() ? role_of(html::lowered(n.name())) : role::none; }

}  // namespace

page_scan scan_page(std::string_view utf8, bool with_text, std::string_view robots_agent) {
  collector out(with_text, robots_agent);
  html::scanner scan(utf8);
  for (html::token t; scan.next(t);) {
    if (t.kind == html::token_kind::text) {
      if (out.wants_text()) out.text(html::decode_references(t.text, false));
    } else if (const role is = role_of(t.name); is == role::none) {
      continue;
    } else if (t.kind == html::token_kind::start) {
      out.start(scanned{t}, is);
    } else {
      out.end(is, t.space);
    }
  }
  return out.finish();
}

page_scan scan_tree(const html::document& page, bool with_text, std::string_view robots_agent) {
  collector out(with_text, robots_agent);
  const html::node root = page.root();
  for (html::node n = root; n;) {
    const role is = role_in_tree(n);
    if (is != role::none) out.start(built{n}, is);
    if (n.is_text() && out.wants_text() && !is_hidden(n)) out.text(n.text());
    if (const html::node inside = n.first_child()) {
      n = inside;
      continue;
    }
    out.end(is, n.space());
    while (n != root && !n.next()) {
      n = n.parent();
      out.end(role_in_tree(n), n.space());
    }
    n = n == root ? html::node() : n.next();
  }
  return out.finish();
}

}  // namespace trawl::extract
