// What of svg and math is open at a place of the source, without a tree (HTML Standard, 13.2.6.5 and the dispatcher of 13.2.6).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace trawl::html {

struct token;

/// Whose element a tag is.
enum class element_space : std::uint8_t { html, svg, math };

/// Knows the open elements from the outermost svg or math on, as a tree builder would, and no HTML element. Exact for well-formed content
/// of svg and math and for start tags that break out of it; two things need the tree's stack of HTML elements and are decided by what
/// authors mean. An end tag of HTML that nothing open in svg answers to ends the svg, for the element that it closes stands around it
/// ("<div><svg></div>"); in the tree that is so if that element is in scope. And HTML inside foreignObject and its like counts as closed
/// when the end tag of that element, or of the svg, comes. Linear: at most 256 elements are kept.
class foreign_content {
 public:
  /// Whether text and CDATA sections that come now are those of svg or math.
  bool is_current() const noexcept { return !open_.empty() && open_.back().content != element_space::html; }
  /// Whether text that comes now is that of a style or script of svg, which is no text of the page.
  bool hides_text() const noexcept { return is_current() && open_.back().is_hidden; }
  bool is_open() const noexcept { return !open_.empty(); }

  /// Takes a start tag that is not HTML for certain: is_current(), or svg or math themselves.
  element_space start(const token& tag);
  /// Takes an end tag while something is_open().
  element_space end(const token& tag);

 private:
  struct element {
    std::size_t name;              ///< its hash
    element_space space, content;  ///< content is html at an integration point
    bool is_hidden;
  };
  void break_out() noexcept;
  element_space end_in_foreign(std::string_view name);
  element_space close(std::size_t at);

  std::vector<element> open_;
};

}  // namespace trawl::html
