#include "crawler/html/tree_guard.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "crawler/html/scanner.hpp"

namespace trawl::html {
namespace {

using names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 15> void_elements = {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "source", "wbr"};
constexpr std::array<std::string_view, 14> formatting = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"};
constexpr std::array<std::string_view, 38> closes_p = {"address", "article", "aside",  "blockquote", "center", "details", "dialog",  "dir",  "div",     "dl",  "dd", "dt", "li",
                                                       "fieldset", "figcaption", "figure", "footer", "header", "hgroup", "main", "menu", "nav", "ol", "p", "section", "summary",
                                                       "ul", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "listing", "form", "table", "hr"};
constexpr std::array<std::string_view, 11> cells = {"td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup", "table", "template", "html"};
constexpr std::array<std::string_view, 9> boundaries = {"table", "td", "th", "caption", "button", "template", "object", "marquee", "applet"};

bool among(std::string_view name, names list) noexcept { return std::ranges::find(list, name) != list.end(); }

/// The rank of a table's parts: a new one ends all open ones of its rank and above.
int table_rank(std::string_view name) noexcept {
  if (name == "td" || name == "th") return 1;
  if (name == "tr") return 2;
  if (name == "tbody" || name == "thead" || name == "tfoot" || name == "caption" || name == "colgroup") return 3;
  return 0;
}

struct open_element {
  std::string name;
  std::size_t looks = 0;      ///< of a formatting element: its name and attributes, for the Noah's Ark clause
  bool is_formatting = false;
  bool popped = false;        ///< off the stack, but built anew in whatever comes next (13.2.4.3)
};

/// The elements that are open, as far as depth and work need them.
class open_elements {
 public:
  std::size_t size() const noexcept { return open_.size(); }

  void start(const token& t) {
    if (among(t.name, closes_p)) close_p();
    if (t.name == "li") close_to("li");
    if (t.name == "dd" || t.name == "dt") close_to("dd"), close_to("dt");
    if ((t.name == "option" || t.name == "optgroup") && !open_.empty() && open_.back().name == "option") open_.pop_back();
    if (t.name == "a" || t.name == "nobr") erase_last(t.name);
    if (const int rank = table_rank(t.name)) close_table_parts(rank);
    if (among(t.name, void_elements) || t.self_closing) return;
    open_element e{std::string(t.name), 0, among(t.name, formatting), false};
    if (e.is_formatting) e.looks = std::hash<std::string_view>()(t.source);
    open_.push_back(std::move(e));
  }

  void end(const token& t) {
    const auto found = std::find_if(open_.rbegin(), open_.rend(), [&](const open_element& e) { return e.name == t.name && (!e.popped || e.is_formatting); });
    if (found == open_.rend()) return;
    const auto at = static_cast<std::size_t>(open_.rend() - found) - 1;
    if (open_[at].is_formatting) {
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      pop_from(at, table_rank(t.name) == 0 && t.name != "table");
    }
  }

 private:
  void close_p() {
    for (std::size_t i = open_.size(); i-- > 0 && !among(open_[i].name, boundaries);)
      if (open_[i].name == "p") return pop_from(i, true);
  }

  void close_to(std::string_view name) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      const std::string& n = open_[i].name;
      if (n == name) return pop_from(i, true);
      // 13.2.6.4.7, "li": special elements but for address, div and p end the search.
      if (among(n, boundaries) || (among(n, closes_p) && n != "address" && n != "div" && n != "p")) return;
    }
  }

  void close_table_parts(int rank) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (!among(open_[i].name, cells)) continue;
      const int its = table_rank(open_[i].name);
      if (its == 0 || its > rank) return open_.resize(i + 1);
      if (its == rank) return open_.resize(i);
    }
  }

  void erase_last(std::string_view name) {
    for (std::size_t i = open_.size(); i-- > 0 && !among(open_[i].name, boundaries);)
      if (open_[i].name == name) return void(open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i)));
  }

  /// Pops the element at `i` and all in it; formatting elements among them stay, three of one look at most.
  void pop_from(std::size_t i, bool keeps_formatting) {
    std::vector<open_element> inside(std::make_move_iterator(open_.begin() + static_cast<std::ptrdiff_t>(i)), std::make_move_iterator(open_.end()));
    open_.resize(i);
    if (!keeps_formatting) return;
    for (open_element& e : inside) {
      if (!e.is_formatting) continue;
      const auto alike = std::ranges::count_if(open_, [&](const open_element& o) { return o.popped && o.looks == e.looks; });
      if (alike >= 3) continue;
      e.popped = true;
      open_.push_back(std::move(e));
    }
  }

  std::vector<open_element> open_;
};

}  // namespace

tree_extent safe_extent(std::string_view utf8) {
  open_elements open;
  std::size_t steps = 0;
  scanner scan(utf8);
  for (token t; scan.next(t);) {
    if (t.kind == token_kind::text) continue;
    const auto offset = static_cast<std::size_t>(t.source.data() - utf8.data());
    if (t.attribute_count > most_tag_attributes) return {offset, "a tag with more than " + std::to_string(most_tag_attributes) + " attributes"};
    if (t.kind == token_kind::start) {
      open.start(t);
    } else {
      open.end(t);
    }
    steps += open.size() + t.attribute_count;
    if (open.size() > most_depth) return {offset, "more than " + std::to_string(most_depth) + " elements inside each other"};
    if (steps > most_tree_steps) return {offset, "too many tags for its depth"};
  }
  return {utf8.size(), {}};
}

}  // namespace trawl::html
