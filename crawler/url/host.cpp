#include "crawler/url/host.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include "crawler/url/encode.hpp"
#include "crawler/url/idna.hpp"

namespace trawl::url {
namespace {

constexpr std::string_view forbidden_host = std::string_view("\0\t\n\r #/:<>?@[\\]^|", 17);

bool is_forbidden_host(char c) noexcept { return forbidden_host.find(c) != std::string_view::npos; }
bool is_forbidden_domain(char c) noexcept {
  const auto b = static_cast<unsigned char>(c);
  return b < 0x20 || b == 0x7F || c == '%' || is_forbidden_host(c);
}

/// 3.5, IPv4 number parser.
std::optional<std::uint64_t> ipv4_number(std::string_view s) noexcept {
  if (s.empty()) return std::nullopt;
  unsigned radix = 10;
  if (s.size() >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
    s.remove_prefix(2);
    radix = 16;
  } else if (s.size() >= 2 && s[0] == '0') {
    s.remove_prefix(1);
    radix = 8;
  }
  std::uint64_t value = 0;
  for (const char c : s) {
    const int digit = hex_value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= radix) return std::nullopt;
    value = value * radix + static_cast<unsigned>(digit);
    if (value > 0xFFFFFFFFFULL) value = 0xFFFFFFFFFULL;  // far out of range already; keep it from wrapping
  }
  return value;
}

std::vector<std::string_view> split_dots(std::string_view s) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t dot = s.find('.', at);
    parts.push_back(s.substr(at, dot == std::string_view::npos ? dot : dot - at));
    if (dot == std::string_view::npos) return parts;
    at = dot + 1;
  }
}

/// 3.5, ends in a number checker.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return true;
  return last.size() >= 2 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X') && last.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

/// 3.5, IPv4 parser, and its serialiser.
std::optional<std::string> parse_ipv4(std::string_view host) {
  auto parts = split_dots(host);
  if (parts.back().empty() && parts.size() > 1) parts.pop_back();
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto n = ipv4_number(parts[i]);
    if (!n) return std::nullopt;
    const bool last = i + 1 == parts.size();
    if (!last && *n > 255) return std::nullopt;
    if (last && *n >= (std::uint64_t{1} << (8 * (5 - parts.size())))) return std::nullopt;
    address += last ? *n : *n << (8 * (3 - i));
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string((address >> shift) & 255);
    if (shift > 0) out += '.';
  }
  return out;
}

using ipv6 = std::array<std::uint16_t, 8>;

/// The dotted quad at an IPv6 address's end; false if it is malformed.
bool ipv6_tail(std::string_view s, std::size_t& at, ipv6& pieces, std::size_t& piece) noexcept {
  int seen = 0;
  while (at < s.size()) {
    int value = -1;
    if (seen > 0) {
      if (s[at] != '.' || seen >= 4) return false;
      ++at;
    }
    if (at >= s.size() || s[at] < '0' || s[at] > '9') return false;
    while (at < s.size() && s[at] >= '0' && s[at] <= '9') {
      if (value == 0) return false;
      value = value < 0 ? s[at] - '0' : value * 10 + (s[at] - '0');
      if (value > 255) return false;
      ++at;
    }
    pieces[piece] = static_cast<std::uint16_t>(pieces[piece] * 256 + value);
    if (++seen == 2 || seen == 4) ++piece;
  }
  return seen == 4;
}

std::string write_ipv6(const ipv6& pieces) {
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t j = i;
    while (j < 8 && pieces[j] == 0) ++j;
    if (j - i > best_length) best = i, best_length = j - i;
    i = j + 1;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "[";
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += i == 0 ? "::" : ":";
      i += best_length - 1;
      continue;
    }
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = (pieces[i] >> shift) & 15U;
      if (digit != 0 || started || shift == 0) out += hex[digit], started = true;
    }
    if (i < 7) out += ':';
  }
  return out + "]";
}

/// 3.5, IPv6 parser.
std::optional<std::string> parse_ipv6(std::string_view s) {
  ipv6 pieces{};
  std::size_t piece = 0, at = 0, compress = 9;
  if (s.starts_with(':')) {
    if (!s.starts_with("::")) return std::nullopt;
    at = 2;
    compress = ++piece;
  }
  while (at < s.size()) {
    if (piece == 8) return std::nullopt;
    if (s[at] == ':') {
      if (compress != 9) return std::nullopt;
      ++at;
      compress = ++piece;
      continue;
    }
    unsigned value = 0;
    std::size_t length = 0;
    while (length < 4 && at < s.size() && hex_value(s[at]) >= 0) value = value * 16 + static_cast<unsigned>(hex_value(s[at++])), ++length;
    if (at < s.size() && s[at] == '.') {
      if (length == 0 || piece > 6) return std::nullopt;
      at -= length;
      if (!ipv6_tail(s, at, pieces, piece)) return std::nullopt;
      break;
    }
    if (at < s.size() && s[at] == ':') {
      if (++at == s.size()) return std::nullopt;
    } else if (at < s.size()) {
      return std::nullopt;
    }
    pieces[piece++] = static_cast<std::uint16_t>(value);
  }
  if (compress != 9) {
    std::size_t moves = piece - compress;
    for (std::size_t to = 7; to != 0 && moves > 0; --to, --moves) std::swap(pieces[to], pieces[compress + moves - 1]);
  } else if (piece != 8) {
    return std::nullopt;
  }
  return write_ipv6(pieces);
}

}  // namespace

bool is_address(std::string_view host) noexcept { return !host.empty() && (host.front() == '[' || ends_in_number(host)); }

std::optional<std::string> parse_host(std::string_view input, bool special) {
  if (input.starts_with('[')) {
    if (!input.ends_with(']')) return std::nullopt;
    return parse_ipv6(input.substr(1, input.size() - 2));
  }
  if (!special) {
    std::string out;
    for (const char c : input)
      if (is_forbidden_host(c)) return std::nullopt;
    append_encoded(out, input, encode_set::c0_control);
    return out;
  }
  std::string domain = input.find('%') == std::string_view::npos ? std::string(input) : to_valid_utf8(percent_decode(input));
  if (is_ascii(domain)) {  // all-ASCII hosts are lower-cased, their xn-- labels not validated
    for (char& c : domain)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  } else {
    auto ascii = domain_to_ascii(domain);
    if (!ascii) return std::nullopt;
    domain = std::move(*ascii);
  }
  if (domain.empty()) return std::nullopt;
  for (const char c : domain)
    if (is_forbidden_domain(c)) return std::nullopt;
  if (ends_in_number(domain)) return parse_ipv4(domain);
  return domain;
}

}  // namespace trawl::url
