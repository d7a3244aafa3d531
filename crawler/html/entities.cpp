#include "crawler/html/entities.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace trawl::html {
namespace {

constexpr std::size_t longest_name = 32;

bool is_alnum(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// 13.2.5.80: windows-1252 where people meant it.
char32_t corrected(std::uint32_t c) noexcept {
  constexpr std::array<std::uint16_t, 32> table = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                   0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                   0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 0xFFFD;
  if (c >= 0x80 && c <= 0x9F && table[c - 0x80] != 0) return table[c - 0x80];
  return c;
}

/// "&#…": appends the character and returns what it took, 0 if it is none.
std::size_t numeric(std::string_view s, std::string& out) {
  const bool hex = s.size() > 2 && (s[2] == 'x' || s[2] == 'X');
  std::size_t at = hex ? 3 : 2;
  const std::size_t first = at;
  std::uint32_t value = 0;
  for (; at < s.size(); ++at) {
    const char c = s[at];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (hex && c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (hex && c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) break;
    value = std::min<std::uint32_t>(value * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit), 0x110000);
  }
  if (at == first) return 0;
  append_code_point(out, corrected(value));
  return at < s.size() && s[at] == ';' ? at + 1 : at;
}

/// "&name": the longest name that the table holds.
std::size_t named(std::string_view s, bool in_attribute, std::string& out) {
  std::size_t length = 1;
  while (length < s.size() && length <= longest_name && is_alnum(s[length])) ++length;
  if (length < s.size() && s[length] == ';') ++length;
  const named_reference* const end = named_references + named_reference_count;
  for (; length > 2; --length) {
    const std::string_view name = s.substr(1, length - 1);
    const auto* found = std::lower_bound(named_references, end, name, [](const named_reference& r, std::string_view n) { return r.name < n; });
    if (found == end || found->name != name) continue;
    if (in_attribute && name.back() != ';' && length < s.size() && (s[length] == '=' || is_alnum(s[length]))) return 0;
    out += found->text;
    return length;
  }
  return 0;
}

}  // namespace

void append_code_point(std::string& out, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 63))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
  } else {
    out += {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | ((c >> 12) & 63)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
  }
}

std::string decode_references(std::string_view raw, bool in_attribute) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t amp = raw.find('&', at);
    out.append(raw, at, amp == std::string_view::npos ? amp : amp - at);
    if (amp == std::string_view::npos) break;
    const std::string_view s = raw.substr(amp);
    const std::size_t used = s.size() > 1 && s[1] == '#' ? numeric(s, out) : named(s, in_attribute, out);
    if (used == 0) out += '&';
    at = amp + std::max<std::size_t>(used, 1);
  }
  return out;
}

}  // namespace trawl::html
