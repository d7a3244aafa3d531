// Tables of data, as GFM has them (spec, 4.10).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "crawler/extract/content/markdown/addresses.hpp"
#include "crawler/extract/content/outline.hpp"

namespace trawl::extract::markdown {

inline constexpr std::size_t most_columns = 64;

/// Whether a table holds data: several columns, and in its cells lines only. Others lay out a page, and their cells are blocks.
bool is_data_table(const outline& page, std::uint32_t table);

/// A table as Markdown.
struct table_text {
  std::string caption;  ///< inline text, empty: none
  std::string lines;
};

/// A cell that spans columns is followed by empty ones, one that spans rows has empty ones under it. Without header cells the first line is empty,
/// since GFM needs one. Ends after `room` bytes.
table_text read_table(const outline& page, std::uint32_t table, addresses& where, std::size_t room);

}  // namespace trawl::extract::markdown
