#include "crawler/url/encode.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace trawl::url {
namespace {

/// Of each byte, the sets that it is in: bit n for the n-th encode_set.
constexpr std::array<std::uint8_t, 256> sets_of = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned b = 0; b < 256; ++b)
    for (unsigned set = 0; set <= static_cast<unsigned>(encode_set::form); ++set)
      if (is_encoded(static_cast<unsigned char>(b), static_cast<encode_set>(set))) out[b] = static_cast<std::uint8_t>(out[b] | 1U << set);
  return out;
}();

/// Length of the longest valid prefix of one sequence; `whole` tells whether it is complete (Encoding Standard, 8.1.1).
std::size_t sequence(std::string_view s, std::size_t at, bool& whole) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(at);
  std::size_t need = 0;
  unsigned char low = 0x80, high = 0xBF;
  whole = false;
  if (lead < 0x80) {
    whole = true;
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) need = 1;
  if (lead >= 0xE0 && lead <= 0xEF) need = 2;
  if (lead >= 0xF0 && lead <= 0xF4) need = 3;
  if (need == 0) return 1;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i <= need; ++i) {
    if (at + i >= s.size() || byte(at + i) < low || byte(at + i) > high) return i;
    low = 0x80, high = 0xBF;
  }
  whole = true;
  return need + 1;
}

}  // namespace

void append_encoded(std::string& out, std::string_view text, encode_set set) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  const unsigned in_set = 1U << static_cast<unsigned>(set);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t run = at;
    while (at < text.size() && (sets_of[static_cast<unsigned char>(text[at])] & in_set) == 0) ++at;
    out.append(text, run, at - run);
    for (; at < text.size() && (sets_of[static_cast<unsigned char>(text[at])] & in_set) != 0; ++at) {
      const auto b = static_cast<unsigned char>(text[at]);
      out += {'%', hex[b >> 4], hex[b & 15]};
    }
  }
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

namespace {

/// Where the run of ASCII from `at` on ends, to within eight bytes before a byte that is none.
std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
  for (std::uint64_t eight = 0; at + 8 <= text.size(); at += 8) {
    std::memcpy(&eight, text.data() + at, 8);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  return at;
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text.substr(skip_ascii(text, 0)), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_valid_utf8(std::string_view text) noexcept {
  for (std::size_t at = skip_ascii(text, 0); at < text.size();) {
    const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
    bool whole = ascii;
    const std::size_t length = ascii ? 1 : sequence(text, at, whole);
    if (!whole) return false;
    at = ascii ? at + 1 : skip_ascii(text, at + length);
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    bool whole = false;
    const std::size_t length = sequence(text, i, whole);
    if (whole) {
      out.append(text, i, length);
    } else {
      out += "\xEF\xBF\xBD";
    }
    i += length;
  }
  return out;
}

}  // namespace trawl::url
