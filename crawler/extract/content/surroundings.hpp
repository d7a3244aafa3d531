// What belongs to main content but stands beside the element that holds it: a first paragraph under the headline, further parts of the text.
#pragma once
#include <cstdint>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// Looks between the headline in front of `root` and it for first paragraphs. Returns the entry that holds both and drops the rest of it;
/// `root`, if there is none.
std::uint32_t with_lead(outline& page, std::uint32_t root);

}  // namespace trawl::extract
