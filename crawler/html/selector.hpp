// CSS selectors (Selectors Level 4, the parts that a document without a user has), compiled once and matched over a tree, with Scrapy's
// pseudo elements: ::text, ::attr(name), ::html.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/async/generator.hpp"
#include "crawler/html/document.hpp"

namespace trawl::html {

/// What a match is worth.
enum class pseudo_element : std::uint8_t {
  none,       ///< not said; as text
  text,       ///< ::text, the whole text of the match
  attribute,  ///< ::attr(name)
  html,       ///< ::html, the outer HTML
};

/// Work that matching may still do, shared by all selectors of one page: each test of one element against one compound costs a step.
struct match_budget {
  std::uint64_t steps = 20'000'000;
  /// False once the steps are used up; nothing matches from then on.
  bool spend(std::uint64_t n) noexcept {
    steps -= n < steps ? n : steps;
    return steps > 0;
  }
};

/// Why a selector is none: where, counted from 0, and what was expected there.
struct selector_error {
  std::size_t at = 0;
  std::string message;
};
std::string to_string(const selector_error& e);

struct compound;

/// One simple selector.
struct simple_selector {
  enum class kind : std::uint8_t {
    type,         ///< div
    class_name,   ///< .x
    id,           ///< #x
    attribute,    ///< [x], with `op`
    nth,          ///< :nth-child and its like: every (a·n + b)th
    root,         ///< :root
    scope,        ///< :scope, the element that is searched
    empty,        ///< :empty
    is,           ///< :is(…), :where(…)
    is_not,       ///< :not(…)
  };
  kind is = kind::type;
  char op = 0;                ///< 0 exists, or the sign before '=': '=' '~' '|' '^' '$' '*'
  bool ignores_case = false;  ///< [x=y i]
  bool from_end = false, of_type = false;  ///< of nth
  std::int32_t a = 0, b = 0;
  std::string name, value;
  std::vector<compound> inner;  ///< of is and is_not: alternatives
};

/// What one element must be, and how the compound before it must stand to it: ' ' '>' '+' '~', 0 for the first.
struct compound {
  std::vector<simple_selector> tests;
  char combinator = 0;
};

/// One of the alternatives between the commas: compounds [first, last) of the selector.
struct selector_path {
  std::size_t first = 0, last = 0;
  pseudo_element gives = pseudo_element::none;
  std::string attribute;
};

/// An element that matched and the alternative that it matched.
struct selector_match {
  node element;
  const selector_path* path = nullptr;
  /// The pseudo element's value; nullopt where the element has no such attribute.
  std::optional<std::string> value() const;
  /// The element's outer HTML, whatever the selector asks for.
  std::string html() const;
};

/// Immutable once compiled: any number of threads may match with one.
class selector {
 public:
  /// At most 4 KiB and 64 compounds.
  static std::expected<selector, selector_error> compile(std::string_view text);

  /// The matches among `scope` and what is in it, in document order, each once. Lazy. Combinators look no further than `scope`, but
  /// :nth-child and its like count all siblings. Time is linear: one pass, no backtracking, and what `budget` allows.
  /// The selector, the document and `budget` outlive the generator.
  generator<selector_match> select(node scope, match_budget& budget) const;

  /// Whether any alternative has a pseudo element.
  bool has_pseudo_element() const noexcept;

 private:
  friend class selector_parser;
  std::vector<compound> compounds_;
  std::vector<selector_path> paths_;
};

}  // namespace trawl::html
