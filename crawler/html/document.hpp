// A page as a tree: gumbo's, owned, bounded in depth, memory and time. Nothing outside the room sees gumbo.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crawler/html/foreign_content.hpp"

struct GumboInternalNode;

namespace trawl::html {

/// A view of one element or text of a tree; null where there is none. Lives as long as its document. Comments are passed over.
class node {
 public:
  node() noexcept = default;
  explicit node(const GumboInternalNode* of) noexcept : of_(of) {}
  explicit operator bool() const noexcept { return of_ != nullptr; }
  friend bool operator==(node, node) noexcept = default;
  const void* identity() const noexcept { return of_; }  ///< the same for views of the same node

  bool is_element() const noexcept;
  bool is_text() const noexcept;
  bool is_html() const noexcept;  ///< an element of HTML, not of SVG or MathML
  element_space space() const noexcept;  ///< whose element it is; html for what is none
  /// An element's name as the source writes it, in any case; empty for text. Compare with `is`.
  std::string_view name() const noexcept;
  /// Whether it is an element of that name (lower case).
  bool is(std::string_view lower_case_name) const noexcept;
  /// A text's characters; empty for elements.
  std::string_view text() const noexcept;
  /// An attribute's value, references decoded; the name is compared without case. nullopt: it has none.
  std::optional<std::string_view> attribute(std::string_view name) const noexcept;
  std::size_t attribute_count() const noexcept;
  /// The attribute at `i` < attribute_count(), in document order.
  std::pair<std::string_view, std::string_view> attribute_at(std::size_t i) const noexcept;

  node parent() const noexcept;  ///< the element it is in; null at the root
  node first_child() const noexcept;
  node next() const noexcept;  ///< next sibling
  node previous() const noexcept;
  node next_element() const noexcept;  ///< next sibling that is an element
  /// The next node of `within` in document order, null at its end; `within` itself is where it starts. `into`: also what is inside this
  /// node. Iterative: no page can exhaust the stack. Content of `template` is inert and is passed over.
  node following(node within, bool into = true) const noexcept;

 private:
  const GumboInternalNode* of_ = nullptr;
};

/// The tree of a page. Not copyable or movable; reading it from several threads is safe.
class document {
 public:
  /// `utf8` is valid UTF-8 and outlives the document. Never throws for what is in it: where a page would cost too much, the tree is of
  /// its beginning only, or there is none, and `warning` says so. At most 2 s of the thread's time and 256 MiB.
  explicit document(std::string_view utf8);
  document(const document&) = delete;
  document& operator=(const document&) = delete;
  ~document();

  node root() const noexcept { return root_; }  ///< the html element; null: no tree
  /// Why the tree is not of the whole page, in words; empty when it is.
  const std::string& warning() const noexcept { return warning_; }

 private:
  class arena;
  std::unique_ptr<arena> memory_;
  node root_;
  std::string warning_;
};

}  // namespace trawl::html
