#include "crawler/html/foreign_content.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "crawler/html/ascii.hpp"
#include "crawler/html/scanner.hpp"

namespace trawl::html {
namespace {

constexpr std::size_t deepest = 256;  // elements deeper than that are not told apart

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

/// Start tags that end foreign content (13.2.6.5).
bool breaks_out(const token& t) {
  constexpr std::array<std::string_view, 44> names = {
      "b",    "big",  "blockquote", "body", "br",   "center", "code", "dd",  "div",   "dl",   "dt",     "em",     "embed", "h1",  "h2",
      "h3",   "h4",   "h5",         "h6",   "head", "hr",     "i",    "img", "li",    "listing", "menu", "meta",  "nobr",  "ol",  "p",
      "pre",  "ruby", "s",          "small", "span", "strong", "strike", "sub", "sup", "table", "tt",   "u",      "ul",    "var"};
  if (is_among(names, t.name)) return true;
  const auto styles = [](const attribute& a) { return equals_ignoring_case(a.name, "color") || equals_ignoring_case(a.name, "face") || equals_ignoring_case(a.name, "size"); };
  return t.name == "font" && std::ranges::any_of(t.attributes, styles);
}

/// End tags that close an HTML element around the svg or math, and all that is open in it (13.2.6.4.7). Not among them: body, html and
/// form, whose end tags leave the svg the current node.
bool closes_around(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 54> names = {
      "a",     "address", "article", "aside", "b",      "blockquote", "button", "center",  "code",    "dd",     "details", "dialog", "div",   "dl",
      "dt",    "em",      "fieldset", "figcaption", "figure", "font", "footer", "h1",      "h2",      "h3",     "h4",      "h5",     "h6",    "header",
      "i",     "label",   "legend",  "li",    "main",   "menu",       "nav",    "noscript", "ol",     "pre",    "section", "small",  "span",  "strong",
      "sub",   "summary", "sup",     "table", "tbody",  "td",         "template", "tfoot", "th",      "thead",  "tr",      "ul"};
  return is_among(names, name);
}

/// Whether the content of an element of svg or math is HTML (13.2.6, integration points).
bool is_integration_point(const token& t, element_space space) {
  if (space == element_space::svg) return t.name == "foreignobject" || t.name == "desc" || t.name == "title";
  constexpr std::array<std::string_view, 5> text = {"mi", "mo", "mn", "ms", "mtext"};
  if (t.name != "annotation-xml") return is_among(text, t.name);
  const std::string encoding = t.attribute_value("encoding");
  return equals_ignoring_case(encoding, "text/html") || equals_ignoring_case(encoding, "application/xhtml+xml");
}

std::size_t hash(std::string_view name) noexcept { return std::hash<std::string_view>{}(name); }

}  // namespace

void foreign_content::break_out() noexcept {
  while (is_current()) open_.pop_back();
}

element_space foreign_content::start(const token& tag) {
  element_space space = tag.name == "svg" ? element_space::svg : element_space::math;
  if (is_current()) {
    if (breaks_out(tag)) {
      break_out();
      return element_space::html;
    }
    const element& parent = open_.back();
    const bool is_annotation = tag.name == "svg" && parent.space == element_space::math && parent.name == hash("annotation-xml");
    space = is_annotation ? element_space::svg : parent.space;
  }
  if (!tag.self_closing && open_.size() < deepest)
    open_.push_back({hash(tag.name), space, is_integration_point(tag, space) ? element_space::html : space, tag.name == "style" || tag.name == "script"});
  return space;
}

element_space foreign_content::close(std::size_t at) {
  const element_space space = open_[at].space;
  open_.resize(at);
  return space;
}

element_space foreign_content::end(const token& tag) {
  if (is_current()) return end_in_foreign(tag.name);
  const std::size_t name = hash(tag.name);
  if (open_.back().name == name) return close(open_.size() - 1);
  if (tag.name == "svg" || tag.name == "math")
    for (std::size_t i = open_.size(); i-- > 0;)
      if (open_[i].name == name) return close(i);
  return element_space::html;
}

/// Up to the integration point that it is in, or the outermost svg; what is beyond those is HTML.
element_space foreign_content::end_in_foreign(std::string_view name) {
  if (name == "p" || name == "br") {
    break_out();
    return element_space::html;
  }
  const std::size_t wanted = hash(name);
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].name == wanted) return close(i);
    if (open_[i].content == element_space::html) break;
  }
  if (closes_around(name)) break_out();
  return element_space::html;
}

}  // namespace trawl::html
