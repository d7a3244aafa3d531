// Matching: one pass in document order that carries, for each element, which beginnings of the selector end at it. Bit i of a set says
// that the compounds up to i match; what the next compound needs is then a question to the parent's, the ancestors' or the siblings' set.
#include <algorithm>
#include <memory>
#include <unordered_map>

#include "crawler/html/ascii.hpp"
#include "crawler/html/selector.hpp"
#include "crawler/html/serialize.hpp"

namespace trawl::html {
namespace {

using bits = std::uint64_t;  // one per compound

/// Where an element stands among its siblings, from 1.
struct position {
  std::int32_t index = 0, from_end = 0, of_type = 0, of_type_from_end = 0;
};

/// Positions of all children of one element, counted once, when :nth-… first asks.
class sibling_positions {
 public:
  const position& of(node child) {
    if (by_node_.empty()) count(child);
    return by_node_[child];
  }

 private:
  struct node_hash {
    std::size_t operator()(node n) const noexcept { return std::hash<const void*>()(n.identity()); }
  };

  void count(node child) {
    while (const node before = child.previous()) child = before;
    std::unordered_map<std::string, std::int32_t> types;
    std::vector<std::pair<node, std::string>> all;
    for (node n = child.is_element() ? child : child.next_element(); n; n = n.next_element()) all.emplace_back(n, lowered(n.name()));
    const auto total = static_cast<std::int32_t>(all.size());
    for (std::int32_t i = 0; i < total; ++i) {
      const auto& [n, type] = all[static_cast<std::size_t>(i)];
      by_node_[n] = {i + 1, total - i, ++types[type], 0};
    }
    for (const auto& [n, type] : all) {
      position& p = by_node_[n];
      p.of_type_from_end = types[type] - p.of_type + 1;
    }
  }

  std::unordered_map<node, position, node_hash> by_node_;
};

/// One level of the tree on the way to the current element.
struct level {
  bits parent = 0;     ///< of the element that the level's elements are in
  bits ancestors = 0;  ///< of that and all above it
  bits last = 0;       ///< of the element before, at this level
  bits before = 0;     ///< of all elements before, at this level
  std::unique_ptr<sibling_positions> positions;
};

bool every_nth(std::int32_t a, std::int32_t b, std::int32_t index) noexcept {
  const std::int64_t offset = std::int64_t{index} - b;
  return a == 0 ? offset == 0 : offset % a == 0 && offset / a >= 0;
}

bool equal(std::string_view a, std::string_view b, bool ignores_case) noexcept {
  return ignores_case ? std::ranges::equal(a, b, {}, lower, lower) : a == b;
}

bool attribute_fits(std::string_view has, const simple_selector& s) {
  const std::string_view wanted = s.value;
  if (s.op == '~' && std::ranges::any_of(wanted, is_space)) return false;
  switch (s.op) {
    case 0: return true;
    case '=': return equal(has, wanted, s.ignores_case);
    case '|': return equal(has.substr(0, wanted.size()), wanted, s.ignores_case) && (has.size() == wanted.size() || (has.size() > wanted.size() && has[wanted.size()] == '-'));
    case '~': return s.ignores_case ? has_word(lowered(has), lowered(wanted)) : has_word(has, wanted);
    case '^': return !wanted.empty() && equal(has.substr(0, wanted.size()), wanted, s.ignores_case);
    case '$': return !wanted.empty() && has.size() >= wanted.size() && equal(has.substr(has.size() - wanted.size()), wanted, s.ignores_case);
    case '*': return !wanted.empty() && (s.ignores_case ? lowered(has).find(lowered(wanted)) : has.find(wanted)) != std::string_view::npos;
    default: return false;
  }
}

bool is_empty(node n) noexcept {
  for (node child = n.first_child(); child; child = child.next())
    if (child.is_element() || !child.text().empty()) return false;
  return true;
}

struct element_context {
  node element, scope;
  level& at;
};

bool fits(const compound& c, const element_context& here);

bool fits(const simple_selector& s, const element_context& here) {
  using kind = simple_selector::kind;
  const node n = here.element;
  const auto matches = [&](const compound& c) { return fits(c, here); };
  switch (s.is) {
    case kind::type: return n.is(s.name);
    case kind::class_name: return has_word(n.attribute("class").value_or(""), s.name);
    case kind::id: return n.attribute("id") == std::string_view(s.name);
    case kind::attribute: {
      const auto value = n.attribute(s.name);
      return value && attribute_fits(*value, s);
    }
    case kind::nth: {
      if (!here.at.positions) here.at.positions = std::make_unique<sibling_positions>();
      const position& p = here.at.positions->of(n);
      return every_nth(s.a, s.b, s.of_type ? (s.from_end ? p.of_type_from_end : p.of_type) : (s.from_end ? p.from_end : p.index));
    }
    case kind::root: return !n.parent();
    case kind::scope: return n == here.scope;
    case kind::empty: return is_empty(n);
    case kind::is: return std::ranges::any_of(s.inner, matches);
    case kind::is_not: return std::ranges::none_of(s.inner, matches);
  }
  return false;
}

bool fits(const compound& c, const element_context& here) {
  return std::ranges::all_of(c.tests, [&](const simple_selector& s) { return fits(s, here); });
}

bool leads_here(char combinator, bits before, const level& at) noexcept {
  switch (combinator) {
    case 0: return true;
    case ' ': return (at.ancestors & before) != 0;
    case '>': return (at.parent & before) != 0;
    case '+': return (at.last & before) != 0;
    default: return (at.before & before) != 0;
  }
}

bits matched(const std::vector<compound>& compounds, const element_context& here) {
  bits out = 0;
  for (std::size_t i = 0; i < compounds.size(); ++i) {
    const compound& c = compounds[i];
    if (leads_here(c.combinator, i == 0 ? 0 : bits{1} << (i - 1), here.at) && fits(c, here)) out |= bits{1} << i;
  }
  return out;
}

}  // namespace

std::optional<std::string> selector_match::value() const {
  switch (path->gives) {
    case pseudo_element::none:
    case pseudo_element::text: return text_of(element);
    case pseudo_element::html: return html_of(element);
    case pseudo_element::attribute: break;
  }
  const auto value = element.attribute(path->attribute);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

std::string selector_match::html() const { return html_of(element); }

generator<selector_match> selector::select(node scope, match_budget& budget) const {
  std::vector<level> levels(1);
  for (node n = scope; n && budget.spend(compounds_.size());) {
    bits here = 0;
    if (n.is_element()) {
      level& at = levels.back();
      here = matched(compounds_, {n, scope, at});
      at.last = here;
      at.before |= here;
      for (const selector_path& p : paths_)
        if ((here >> (p.last - 1)) & 1U) {
          co_yield selector_match{n, &p};
          break;
        }
    }
    const bool opens = !n.is("template") && n.first_child();
    if (opens) levels.push_back({here, here | levels.back().ancestors, 0, 0, nullptr});
    const node next = n.following(scope);
    if (opens || !next) {
      n = next;
      continue;
    }
    // As many levels end as `next` is above: its parent is the element that its level belongs to.
    for (node up = n.parent(), home = next.parent(); up != home; up = up.parent()) levels.pop_back();
    n = next;
  }
}

}  // namespace trawl::html
