#include "crawler/net/egress.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>

namespace trawl::net {
namespace {

namespace ip = boost::asio::ip;

struct block4 {
  std::uint32_t base;
  int bits;
};

/// IANA IPv4 Special-Purpose Address Registry, every block that is not globally reachable, and multicast.
constexpr std::array<block4, 17> special4 = {{{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16}, {0xAC100000, 12},
                                              {0xC0000000, 24}, {0xC0000200, 24}, {0xC01FC400, 24}, {0xC034C100, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
                                              {0xC0AF3000, 24}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 3}}};

bool reachable4(std::uint32_t a) noexcept {
  return std::ranges::none_of(special4, [a](const block4& b) { return (a >> (32 - b.bits)) == (b.base >> (32 - b.bits)); });
}

bool reachable6(const ip::address_v6::bytes_type& b) noexcept {
  const auto v4 = [&](std::size_t at) { return (std::uint32_t{b[at]} << 24) | (std::uint32_t{b[at + 1]} << 16) | (std::uint32_t{b[at + 2]} << 8) | b[at + 3]; };
  const bool zeros10 = std::all_of(b.begin(), b.begin() + 10, [](auto x) { return x == 0; });
  if (zeros10 && b[10] == 0xFF && b[11] == 0xFF) return reachable4(v4(12));  // ::ffff:0:0/96
  if (zeros10 && b[10] == 0 && b[11] == 0) return false;                     // ::, ::1 and the old ::/96
  const auto starts = [&](std::initializer_list<std::uint8_t> prefix) { return std::equal(prefix.begin(), prefix.end(), b.begin()); };
  if (starts({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return reachable4(v4(12));  // 64:ff9b::/96
  if (starts({0, 0x64, 0xFF, 0x9B, 0, 1})) return false;                                 // 64:ff9b:1::/48
  if (starts({0x20, 0x02})) return reachable4(v4(2));                                    // 6to4
  if ((b[0] & 0xE0) != 0x20) return false;                                               // outside 2000::/3: fc00::/7, fe80::/10, ff00::/8 …
  if (starts({0x20, 0x01}) && b[2] < 2) return false;                                    // 2001::/23, Teredo too
  if (starts({0x20, 0x01, 0x0D, 0xB8})) return false;                                    // documentation
  return !(b[0] == 0x3F && b[1] == 0xFF && (b[2] & 0xF0) == 0);                          // 3fff::/20, documentation
}

}  // namespace

bool globally_reachable(const ip::address& address) noexcept {
  return address.is_v4() ? reachable4(address.to_v4().to_uint()) : reachable6(address.to_v6().to_bytes());
}

bool allowed_network::holds(const ip::address& address, std::uint16_t at_port) const noexcept {
  if ((port != any_port && port != at_port) || address.is_v4() != base.is_v4()) return false;
  const auto bits = static_cast<unsigned short>(length);
  if (address.is_v4()) return ip::network_v4(address.to_v4(), bits).canonical() == ip::network_v4(base.to_v4(), bits).canonical();
  return ip::network_v6(address.to_v6(), bits).canonical() == ip::network_v6(base.to_v6(), bits).canonical();
}

std::optional<allowed_network> parse_allowed_network(std::string_view text) {
  const bool is_v6 = text.starts_with('[');
  const std::size_t bracket = is_v6 ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', bracket);
  allowed_network out;
  if (const std::string_view port = colon == std::string_view::npos ? "*" : text.substr(colon + 1); port != "*") {
    const auto [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (wrong != std::errc() || end != port.data() + port.size() || out.port == any_port) return std::nullopt;
  }
  std::string network(text.substr(0, colon));
  std::erase_if(network, [](char c) { return c == '[' || c == ']'; });
  if (network.find('/') == std::string::npos) network += is_v6 ? "/128" : "/32";
  boost::system::error_code ec;
  if (is_v6) {
    const auto parsed = ip::make_network_v6(network, ec);
    out.base = parsed.address();
    out.length = parsed.prefix_length();
  } else {
    const auto parsed = ip::make_network_v4(network, ec);
    out.base = parsed.address();
    out.length = parsed.prefix_length();
  }
  return ec ? std::nullopt : std::optional(out);
}

bool egress_policy::allows(const std::string& host, std::uint16_t port, const ip::address& address) const {
  if (globally_reachable(address) || allow_private) return true;
  if (std::ranges::any_of(networks, [&](const allowed_network& n) { return n.holds(address, port); })) return true;
  if (std::ranges::any_of(exempt, [&](const auto& e) { return e.first == host && (e.second == port || e.second == any_port); })) return true;
  return also && also(host, port);
}

bool is_bad_port(std::uint16_t port) noexcept {
  constexpr std::array<std::uint16_t, 82> bad = {1,   7,   9,   11,  13,  15,  17,  19,  20,  21,  22,  23,   25,   37,   42,   43,   53,   69,   77,   79,   87,
                                                 95,  101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119,  123,  135,  137,  139,  143,  161,  179,  389,  427,
                                                 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554,  556,  563,  587,  601,  636,  989,  990,  993,  995,
                                                 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
  return std::ranges::binary_search(bad, port) || port == 0;
}

}  // namespace trawl::net
