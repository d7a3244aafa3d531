#include "crawler/url/host.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "crawler/url/domain.hpp"
#include "crawler/url/idna.hpp"

namespace trawl::url {
namespace {

TEST(Host, AsciiIsLowerCasedAndItsXnLabelsAreNotValidated) {
  EXPECT_EQ(parse_host("EXAMPLE.org", true), "example.org");
  EXPECT_EQ(parse_host("xn--a", true), "xn--a");
  EXPECT_EQ(parse_host("a%2Eb", true), "a.b");
}

TEST(Host, ForbiddenCodePointsFail) {  // URL Standard, 3.1
  for (const char c : std::string("\t\n\r #/:<>?@[\\]^|%\x01\x7F", 17)) EXPECT_FALSE(parse_host(std::string("a") + c + "b", true)) << int{c};
  EXPECT_FALSE(parse_host(std::string("a\0b", 3), true));
  EXPECT_FALSE(parse_host("a%00b", true));
  EXPECT_FALSE(parse_host("", true));
  EXPECT_FALSE(parse_host("%C2%AD", true));  // a soft hyphen alone maps to nothing
}

TEST(Host, OpaqueHostsKeepTheirCase) {
  EXPECT_EQ(parse_host("ExAmple\xC3\xA9", false), "ExAmple%C3%A9");
  EXPECT_FALSE(parse_host("a b", false));
}

TEST(Host, LastLabelDecidesOnIpv4) {  // URL Standard, 3.5: ends in a number
  EXPECT_EQ(parse_host("1.2.3", true), "1.2.0.3");
  EXPECT_EQ(parse_host("0xff.0", true), "255.0.0.0");
  EXPECT_EQ(parse_host("0x.0x.0", true), "0.0.0.0");
  EXPECT_EQ(parse_host("4294967295", true), "255.255.255.255");
  EXPECT_EQ(parse_host("1.2.3.a", true), "1.2.3.a");
  for (const char* bad : {"4294967296", "a.1", "1..2", "256.0.0.1", "1.2.3.4.5", "0x100.1.1.1", "08.1.1.1", "99999999999999999999.1"}) EXPECT_FALSE(parse_host(bad, true)) << bad;
}

TEST(Host, Ipv6FormsAndTheirFaults) {
  EXPECT_EQ(parse_host("[::]", true), "[::]");
  EXPECT_EQ(parse_host("[1:0:0:2::]", true), "[1:0:0:2::]");
  EXPECT_EQ(parse_host("[0:0:1:0:0:0:1:0]", true), "[0:0:1::1:0]");
  EXPECT_EQ(parse_host("[::127.0.0.1]", true), "[::7f00:1]");
  EXPECT_EQ(parse_host("[ABCD::]", true), "[abcd::]");
  for (const char* bad : {"[", "[]", "[:]", "[1]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[12345::]", "[::1%eth0]", "[::1.2.3]", "[::1.2.3.04]", "[::1.2.3.4.5]", "[1:2:3:4:5:6:7:1.2.3.4]", "[::g]", "[1:]"})
    EXPECT_FALSE(parse_host(bad, true)) << bad;
}

TEST(Host, AddressesAreToldFromNames) {
  EXPECT_TRUE(is_address("127.0.0.1"));
  EXPECT_TRUE(is_address("[::1]"));
  EXPECT_FALSE(is_address("a.1x"));
  EXPECT_FALSE(is_address(""));
}

TEST(Idna, CharactersThatUnicode16MapsAreMapped) {  // UTS 46, revisions 31 and 33
  EXPECT_EQ(domain_to_ascii("\xE1\xBA\x9E"), "xn--zca");              // capital sharp s is ß
  EXPECT_EQ(domain_to_ascii("\xE1\x82\xA0"), "xn--rkj");              // Georgian capital an: U+2D00
  EXPECT_EQ(domain_to_ascii("a\xE3\x85\xA4" "b.com"), "ab.com");      // Hangul filler vanishes
  EXPECT_EQ(domain_to_ascii("\xF0\xAF\xA1\xB4"), domain_to_ascii("\xE5\xBD\x93"));
}

TEST(Idna, ChecksBidiAndJoiners) {
  EXPECT_FALSE(domain_to_ascii("a\xE2\x80\x8D" "b"));   // a joiner without a virama before it
  EXPECT_FALSE(domain_to_ascii("\xD7\x90" "a"));        // Hebrew and Latin in one label
  EXPECT_EQ(domain_to_ascii("-\xC3\xA9-.com"), "xn-----bja.com");  // hyphens anywhere
}

TEST(Idna, LongDomainsCostLittle) {
  std::string labels;
  while (labels.size() < 3'000'000) labels += "\xC3\xA9.";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(parse_host(labels, true));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(Domain, FollowsThePublicSuffixList) {
  EXPECT_EQ(registrable_domain("www.example.co.uk"), "example.co.uk");
  EXPECT_EQ(registrable_domain("a.b.example.com"), "example.com");
  EXPECT_EQ(registrable_domain("a.user.github.io"), "user.github.io");  // the list's private section
  EXPECT_EQ(registrable_domain("www.xn--85x722f.xn--55qx5d.cn"), "xn--85x722f.xn--55qx5d.cn");
}

TEST(Domain, OfWhatHasNoneIsItself) {
  for (const char* host : {"127.0.0.1", "[::1]", "localhost", "co.uk", "com", ""}) EXPECT_EQ(registrable_domain(host), host);
}

TEST(Domain, PublicSuffixesBelongToNobody) {
  for (const char* suffix : {"com", "co.uk", "github.io", "localhost", "co.uk."}) EXPECT_TRUE(is_public_suffix(suffix)) << suffix;
  for (const char* owned : {"example.com", "user.github.io", "127.0.0.1", "[::1]", ""}) EXPECT_FALSE(is_public_suffix(owned)) << owned;
}

TEST(Domain, KeepsATrailingDot) { EXPECT_EQ(registrable_domain("www.example.com."), "example.com."); }

}  // namespace
}  // namespace trawl::url
