#include "crawler/net/egress.hpp"

#include <gtest/gtest.h>

#include <bitset>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <random>

namespace trawl::net {
namespace {

namespace ip = boost::asio::ip;

bool reachable(const std::string& text) { return globally_reachable(ip::make_address(text)); }

/// IANA IPv4 Special-Purpose Address Registry and multicast: what is not for a crawler.
const std::vector<std::string> special4 = {"0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10",   "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
                                           "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",  "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",  "240.0.0.0/4"};
/// IANA IPv6 Special-Purpose Address Registry, site-local and multicast, without those that hold an IPv4 address.
const std::vector<std::string> special6 = {"::/128", "::1/128", "100::/64", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"};

std::string text_of(std::uint32_t v4) { return ip::address_v4(v4).to_string(); }

TEST(Egress, Ipv4BlocksEndWhereTheRegistrySaysSo) {
  const auto listed = [](std::uint32_t a) {
    return std::ranges::any_of(special4, [&](const std::string& block) {
      const auto net = ip::make_network_v4(block);
      return (a & net.netmask().to_uint()) == net.network().to_uint();
    });
  };
  for (const std::string& block : special4) {
    const auto net = ip::make_network_v4(block);
    const std::uint32_t first = net.network().to_uint(), last = net.broadcast().to_uint();
    EXPECT_FALSE(reachable(text_of(first))) << block;
    EXPECT_FALSE(reachable(text_of(last))) << block;
    if (first != 0) EXPECT_EQ(reachable(text_of(first - 1)), !listed(first - 1)) << block;
    if (last != 0xFFFFFFFFU) EXPECT_EQ(reachable(text_of(last + 1)), !listed(last + 1)) << block;
  }
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t a = static_cast<std::uint32_t>(random());
    ASSERT_EQ(globally_reachable(ip::address_v4(a)), !listed(a)) << text_of(a);
  }
}

TEST(Egress, PublicAddressesAreReachable) {
  for (const char* good : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "198.20.0.1", "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2003::1"})
    EXPECT_TRUE(reachable(good)) << good;
}

TEST(Egress, Ipv6BlocksAreRefusedFirstAndLast) {
  for (const std::string& block : special6) {
    const auto net = ip::make_network_v6(block);
    EXPECT_FALSE(globally_reachable(net.network())) << block;
    auto last = net.network().to_bytes();
    for (unsigned bit = net.prefix_length(); bit < 128; ++bit) last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | (0x80U >> (bit % 8)));
    EXPECT_FALSE(globally_reachable(ip::address_v6(last))) << block;
  }
  EXPECT_FALSE(reachable("4000::1"));  // outside the one range that is given out
}

TEST(Egress, EmbeddedIpv4IsUnwrapped) {
  const auto embedded = [](std::uint32_t v4) -> std::vector<ip::address> {
    const auto hex = [&](int shift) { return fmt::format("{:x}", (v4 >> shift) & 0xFFFF); };
    return {ip::make_address("::ffff:" + text_of(v4)), ip::make_address("64:ff9b::" + text_of(v4)), ip::make_address("2002:" + hex(16) + ":" + hex(0) + "::1")};
  };
  for (const char* inside : {"127.0.0.1", "169.254.169.254", "10.1.2.3", "192.168.0.1", "0.0.0.0", "255.255.255.255"})
    for (const auto& address : embedded(ip::make_address_v4(inside).to_uint())) EXPECT_FALSE(globally_reachable(address)) << address;
  for (const auto& address : embedded(ip::make_address_v4("8.8.8.8").to_uint())) EXPECT_TRUE(globally_reachable(address)) << address;
  EXPECT_FALSE(reachable("::8.8.8.8"));                // IPv4-compatible, given up
  EXPECT_FALSE(reachable("2001:0:808:808::1"));        // Teredo
  EXPECT_FALSE(reachable("64:ff9b:1::8.8.8.8"));       // local-use translation
}

/// The reference, written from the registries' text alone: an address as a string of binary digits, the blocks as such strings, the
/// longest one that an address begins with decides. Nothing of it is shared with the rule it is held against.
struct reference {
  /// A block of the registries, and what it says of the addresses in it.
  struct line {
    std::string digits;
    char says;  // '-' not for a crawler, '+' reachable, or '4': as the IPv4 address in the 32 digits behind it
  };
  std::vector<line> four, six;

  static std::string digits_of(const ip::address& a) {
    std::string out;
    const auto add = [&](const auto& bytes) {
      for (const unsigned char b : bytes) out += std::bitset<8>(b).to_string();
    };
    a.is_v4() ? add(a.to_v4().to_bytes()) : add(a.to_v6().to_bytes());
    return out;
  }
  static line block(const std::string& text, char says) {
    const std::size_t slash = text.find('/');
    return {digits_of(ip::make_address(text.substr(0, slash))).substr(0, std::stoul(text.substr(slash + 1))), says};
  }
  reference() {
    four = {{"", '+'}};
    for (const std::string& b : special4) four.push_back(block(b, '-'));
    six = {{"", '-'}, block("2000::/3", '+'), block("::ffff:0:0/96", '4'), block("64:ff9b::/96", '4'), block("2002::/16", '4')};
    for (const std::string& b : special6) six.push_back(block(b, '-'));
  }
  static const line& longest(const std::vector<line>& table, const std::string& digits) {
    const line* best = &table.front();
    for (const line& l : table)
      if (digits.starts_with(l.digits) && l.digits.size() >= best->digits.size()) best = &l;
    return *best;
  }
  bool says(const std::string& digits) const {
    const line& decides = longest(digits.size() == 32 ? four : six, digits);
    return decides.says == '4' ? says(digits.substr(decides.digits.size(), 32)) : decides.says == '+';
  }
};

/// Random addresses, every second one with the digits of a block in front and one digit of those turned at times: where mistakes would be.
std::string near_a_block(const std::vector<reference::line>& table, std::size_t size, std::mt19937_64& random) {
  std::string digits;
  while (digits.size() < size) digits += std::bitset<64>(random()).to_string();
  digits.resize(size);
  if (random() % 2 == 0) {
    const std::string& block = table[random() % table.size()].digits;
    digits.replace(0, block.size(), block);
    if (!block.empty() && random() % 3 == 0) {
      char& turned = digits[random() % block.size()];
      turned = turned == '0' ? '1' : '0';
    }
  }
  return digits;
}

void expect_agreement(std::size_t count) {
  const reference registries;
  std::mt19937_64 random(6890);
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_v6 = i % 2 == 0;
    std::string digits = near_a_block(is_v6 ? registries.six : registries.four, is_v6 ? 128 : 32, random);
    if (is_v6 && i % 8 == 0) {  // an IPv4 address of interest inside
      const auto& holder = registries.six[2 + random() % 3].digits;
      digits.replace(0, holder.size(), holder);
      digits.replace(holder.size(), 32, near_a_block(registries.four, 32, random));
    }
    ip::address address;
    if (is_v6) {
      ip::address_v6::bytes_type bytes;
      for (std::size_t b = 0; b < bytes.size(); ++b) bytes[b] = static_cast<unsigned char>(std::bitset<8>(digits, b * 8, 8).to_ulong());
      address = ip::address_v6(bytes);
    } else {
      address = ip::address_v4(static_cast<std::uint32_t>(std::bitset<32>(digits).to_ulong()));
    }
    ASSERT_EQ(globally_reachable(address), registries.says(digits)) << address;
  }
}

TEST(Rfc6890, RuleAgreesWithTheRegistries) { expect_agreement(1'000'000); }
TEST(Rfc6890Nightly, RuleAgreesWithTheRegistriesOnTenMillion) { expect_agreement(10'000'000); }

TEST(Egress, PolicyExemptsHostAndPortTogether) {
  const egress_policy policy{.allow_private = false, .networks = {}, .exempt = {{"intranet.test", 8080}}};
  const auto private_address = ip::make_address("10.0.0.1");
  EXPECT_TRUE(policy.allows("intranet.test", 8080, private_address));
  EXPECT_FALSE(policy.allows("intranet.test", 80, private_address));
  EXPECT_FALSE(policy.allows("other.test", 8080, private_address));
  EXPECT_TRUE(policy.allows("other.test", 80, ip::make_address("8.8.8.8")));
  EXPECT_TRUE((egress_policy{true, {}}).allows("other.test", 80, private_address));
}

TEST(Egress, BadPortsAreThoseOfTheFetchStandard) {  // Fetch, 2.9
  for (const std::uint16_t bad : {0, 1, 7, 22, 23, 25, 53, 110, 143, 389, 427, 465, 587, 989, 993, 1719, 2049, 4190, 5060, 6000, 6566, 6665, 6669, 6679, 6697, 10080}) EXPECT_TRUE(is_bad_port(bad)) << bad;
  for (const std::uint16_t good : {80, 443, 8080, 8443, 3000, 6664, 6670, 10081, 65535}) EXPECT_FALSE(is_bad_port(good)) << good;
  int count = 0;
  for (int port = 0; port <= 65535; ++port) count += is_bad_port(static_cast<std::uint16_t>(port)) ? 1 : 0;
  EXPECT_EQ(count, 83);
}

}  // namespace
}  // namespace trawl::net
