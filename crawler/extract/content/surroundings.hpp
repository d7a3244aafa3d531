// What belongs to main content but stands beside the element that holds it: the headline, and first paragraphs under it.
#pragma once
#include <cstdint>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// Looks for the headline in front of `root`, and for first paragraphs between the two. Returns the entry that holds all of them and drops what else
/// is in it; `root`, if there is nothing. Linear.
std::uint32_t with_lead(outline& page, std::uint32_t root);

}  // namespace trawl::extract
