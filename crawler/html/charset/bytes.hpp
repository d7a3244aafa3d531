// Bytes as the decoders look at them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trawl::html {

constexpr unsigned byte_at(std::string_view bytes, std::size_t at) noexcept { return static_cast<unsigned char>(bytes[at]); }
constexpr bool within(unsigned byte, unsigned low, unsigned high) noexcept { return byte >= low && byte <= high; }

/// How many bytes from `at` on are ASCII.
inline std::size_t ascii_run(std::string_view bytes, std::size_t at) noexcept {
  std::size_t end = at;
  for (std::uint64_t eight = 0; end + 8 <= bytes.size(); end += 8) {
    std::memcpy(&eight, bytes.data() + end, 8);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (end < bytes.size() && byte_at(bytes, end) < 0x80) ++end;
  return end - at;
}

}  // namespace trawl::html
