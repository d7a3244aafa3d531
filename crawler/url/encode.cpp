#include "crawler/url/encode.hpp"

#include <algorithm>
#include <cstring>

namespace trawl::url {
namespace {

bool one_of(unsigned char b, std::string_view set) noexcept { return set.find(static_cast<char>(b)) != std::string_view::npos; }

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

bool is_encoded(unsigned char b, encode_set set) noexcept {
  if (b < 0x20 || b > 0x7E) return true;
  switch (set) {
    case encode_set::c0_control: return false;
    case encode_set::fragment: return one_of(b, " \"<>`");
    case encode_set::query: return one_of(b, " \"#<>");
    case encode_set::special_query: return one_of(b, " \"#<>'");
    case encode_set::path: return one_of(b, " \"#<>?^`{}");
    case encode_set::userinfo: return one_of(b, " \"#<>?^`{}/:;=@[\\]|");
    case encode_set::form: return !((b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || one_of(b, "*-._"));
  }
  return true;
}

void append_encoded(std::string& out, std::string_view text, encode_set set) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if (!is_encoded(b, set)) {
      out += c;
      continue;
    }
    out += '%';
    out += hex[b >> 4];
    out += hex[b & 15];
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
