#include "crawler/net/proxy/socks5.hpp"

#include <gtest/gtest.h>

namespace trawl::net {
namespace {

using namespace std::string_literals;

const proxy_server open_proxy = *parse_proxy("socks5://p.test");
const proxy_server closed_proxy = *parse_proxy("socks5://us:pw@p.test");

TEST(Rfc1928, GreetingOffersAPasswordWhereThereIsOne) {  // 3
  EXPECT_EQ(socks5::greeting(open_proxy), "\x05\x01\x00"s);
  EXPECT_EQ(socks5::greeting(closed_proxy), "\x05\x02\x00\x02"s);
}

TEST(Rfc1928, MethodIsTheProxysChoice) {  // 3
  EXPECT_EQ(socks5::read_method("\x05\x00"s, open_proxy), false);
  EXPECT_EQ(socks5::read_method("\x05\x02"s, closed_proxy), true);
  EXPECT_EQ(socks5::read_method("\x05\x02"s, open_proxy).error().code, errc::proxy_auth);
  EXPECT_EQ(socks5::read_method("\x05\xFF"s, closed_proxy).error().code, errc::proxy_auth);
  EXPECT_EQ(socks5::read_method("HT"s, open_proxy).error().code, errc::proxy_refused);
}

TEST(Rfc1929, UserAndPasswordHaveTheirLengthsInFront) {
  EXPECT_EQ(socks5::credentials(closed_proxy), "\x01\x02us\x02pw"s);
  EXPECT_TRUE(socks5::read_verdict("\x01\x00"s).has_value());
  EXPECT_EQ(socks5::read_verdict("\x01\x01"s).error().code, errc::proxy_auth);
  proxy_server endless = closed_proxy;
  endless.password = std::string(256, 'x');
  EXPECT_EQ(socks5::credentials(endless).error().code, errc::proxy_auth);
}

TEST(Rfc1928, NamesAreLeftToTheProxy) {  // 4, 5
  EXPECT_EQ(socks5::connect("h.test", 443), "\x05\x01\x00\x03\x06h.test\x01\xBB"s);
  EXPECT_EQ(socks5::connect("192.0.2.1", 80), "\x05\x01\x00\x01\xC0\x00\x02\x01\x00\x50"s);
  EXPECT_EQ(socks5::connect("[2001:db8::1]", 80), "\x05\x01\x00\x04\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\x01\x00\x50"s);
  EXPECT_EQ(socks5::connect(std::string(256, 'a'), 80).error().code, errc::proxy_refused);
}

TEST(Rfc1928, ReplySaysHowLongItIs) {  // 6
  EXPECT_EQ(socks5::read_reply("\x05\x00\x00\x01\x00"s), 5U);
  EXPECT_EQ(socks5::read_reply("\x05\x00\x00\x04\x00"s), 17U);
  EXPECT_EQ(socks5::read_reply("\x05\x00\x00\x03\x07"s), 9U);
  EXPECT_EQ(socks5::read_reply("\x05\x00\x00\x09\x00"s).error().code, errc::proxy_refused);
  for (int reply = 1; reply < 256; ++reply) {
    const auto refused = socks5::read_reply({"\x05"s + static_cast<char>(reply) + "\x00\x01\x00"s});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::proxy_refused);
  }
  EXPECT_NE(socks5::read_reply("\x05\x05\x00\x01\x00"s).error().detail.find("connection refused"), std::string::npos);
}

}  // namespace
}  // namespace trawl::net
