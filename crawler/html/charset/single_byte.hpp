// The single-byte encodings of the Encoding Standard (9): a table each.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "crawler/html/charset/utf8_sink.hpp"

namespace trawl::html {

struct single_byte_index {
  std::string_view encoding;
  std::array<char16_t, 128> code_points;  ///< of bytes 0x80 to 0xFF; U+FFFD where there is none
};
extern const single_byte_index single_byte_indexes[];
extern const std::size_t single_byte_index_count;

/// Null if the encoding, by the standard's name in lower case, is no single-byte one.
const single_byte_index* single_byte_index_of(std::string_view encoding) noexcept;

/// 9.1.1, single-byte decoder.
void decode_single_byte(std::string_view bytes, const single_byte_index& index, utf8_sink& out);

}  // namespace trawl::html
