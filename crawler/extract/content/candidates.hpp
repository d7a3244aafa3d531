// Which element of a page its main content is in.
#pragma once
#include <cstdint>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// The index of the smallest element that holds the main content; 0, the body, where nothing stands out. Boilerplate is dropped already.
std::uint32_t find_content(const outline& page);

}  // namespace trawl::extract
