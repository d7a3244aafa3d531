// Main content as plain text.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// What is in the entry `root` and not dropped: a line a block, blanks folded but in `pre`, cells of a table's row apart by tabs. At most `room` bytes and the
/// rest of a text. Iterative; linear.
std::string plain_text(const outline& page, std::uint32_t root, std::size_t room);

}  // namespace trawl::extract
