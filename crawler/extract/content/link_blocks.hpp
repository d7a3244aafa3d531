// Blocks that lead away instead of saying something: lists of other pages, "read also", headings with nothing under them.
#pragma once
#include <cstdint>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// Drops blocks that are mostly links to other pages.
void drop_link_blocks(outline& page);

/// Drops headings inside `root` under which nothing is left: up to the next heading of their level or a higher one, or to the end.
void drop_bare_headings(outline& page, std::uint32_t root);

}  // namespace trawl::extract
