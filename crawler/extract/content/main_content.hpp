// Main content: which part of a page is its article, and not its navigation, advertising, comments and the like.
#pragma once
#include <cstdint>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// Drops what is no main content, and returns the index of the entry that holds the rest: what is in it and not dropped is the main content.
/// How it is found is written in docs/guide/content.md.
std::uint32_t find_main_content(outline& page);

}  // namespace trawl::extract
