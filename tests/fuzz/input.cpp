#include "tests/fuzz/input.hpp"

namespace trawl::fuzz {
namespace {

struct lead {
  std::uint8_t from, to, low, high;  ///< lead bytes, and the bounds of the second byte
  std::size_t more;                  ///< continuation bytes
};

constexpr lead leads[] = {{0xC2, 0xDF, 0x80, 0xBF, 1}, {0xE0, 0xE0, 0xA0, 0xBF, 2}, {0xE1, 0xEC, 0x80, 0xBF, 2}, {0xED, 0xED, 0x80, 0x9F, 2},
                          {0xEE, 0xEF, 0x80, 0xBF, 2}, {0xF0, 0xF0, 0x90, 0xBF, 3}, {0xF1, 0xF3, 0x80, 0xBF, 3}, {0xF4, 0xF4, 0x80, 0x8F, 3}};

std::size_t sequence_length(std::string_view text) {  // of the sequence at the start; 0: none
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (at(0) < 0x80) return 1;
  for (const lead& l : leads) {
    if (at(0) < l.from || at(0) > l.to) continue;
    if (text.size() <= l.more || at(1) < l.low || at(1) > l.high) return 0;
    for (std::size_t i = 2; i <= l.more; ++i)
      if ((at(i) & 0xC0) != 0x80) return 0;
    return l.more + 1;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace trawl::fuzz
