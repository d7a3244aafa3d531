#include "crawler/html/charset/single_byte.hpp"

#include <algorithm>
#include <span>

#include "crawler/html/charset/bytes.hpp"

namespace trawl::html {

const single_byte_index* single_byte_index_of(std::string_view encoding) noexcept {
  if (encoding == "iso-8859-8-i") encoding = "iso-8859-8";  // 9: they differ only in the direction of the text
  const std::span all(single_byte_indexes, single_byte_index_count);
  const auto found = std::ranges::find(all, encoding, &single_byte_index::encoding);
  return found == all.end() ? nullptr : &*found;
}

void decode_single_byte(std::string_view bytes, const single_byte_index& index, utf8_sink& out) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t ascii = ascii_run(bytes, at);
    out.put_ascii(bytes.substr(at, ascii));
    for (at += ascii; at < bytes.size() && byte_at(bytes, at) >= 0x80; ++at) out.put(index.code_points[byte_at(bytes, at) - 0x80U]);
  }
}

}  // namespace trawl::html
