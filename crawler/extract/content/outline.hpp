// A page's tree in one flat list, with how much text there is in each element and how much of it is links or prose. What decides on main
// content reads and marks it; what writes it out walks it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crawler/extract/content/hints.hpp"
#include "crawler/extract/content/tags.hpp"
#include "crawler/html/document.hpp"

namespace trawl::extract {

/// Elements and texts of one page that are looked at: of the millions of a hostile page the first half million.
inline constexpr std::size_t most_outline_entries = 500'000;

/// One element or text. Amounts are in characters, blanks folded; one of Chinese, Japanese or Korean counts as three.
struct outline_entry {
  html::node node;
  std::uint32_t parent = 0;  ///< index of the element it is in; its own at the root
  std::uint32_t end = 0;     ///< index behind the last entry that is in it
  std::uint32_t text = 0;    ///< all text in it
  std::uint32_t links = 0;   ///< text in links
  std::uint32_t prose = 0;   ///< text in blocks that read like sentences, without their links
  hint_set hints = 0;
  tag kind = tag::text;
  bool is_link = false;      ///< leads to another page
  bool is_dropped = false;   ///< it and all in it is no main content
};

/// Document order; what is in an entry follows it, up to its `end`. Views into the document, which has to live as long.
struct outline {
  std::vector<outline_entry> entries;
  std::vector<std::uint32_t> headlines;  ///< headings that say what the document's title says, which often has the site's name too
  bool is_cut = false;  ///< the page has more

  /// Calculates text, links and prose anew from what is not dropped. Linear.
  void measure();
};

/// Reads the body of a tree; what says nothing to a reader (`tag::silent`) is left out. Iterative; linear.
outline read_outline(const html::document& page);

}  // namespace trawl::extract
