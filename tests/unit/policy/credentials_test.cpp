#include "crawler/policy/credentials.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

config::auth_entry entry(std::string host) {
  config::auth_entry out;
  out.host = std::move(host);
  return out;
}

header_list sent(const credentials& c, std::string_view target, header_list headers = {}) {
  c.add_to(headers, *url::parse(target));
  return headers;
}

TEST(AuthHost, IsANameOrAddressWithOrWithoutAPort) {
  EXPECT_EQ(parse_auth_host("Shop.Example")->name, "shop.example");
  EXPECT_FALSE(parse_auth_host("shop.example")->port);
  EXPECT_EQ(parse_auth_host("shop.example:80")->port, 80);
  EXPECT_EQ(parse_auth_host("b\xC3\xBC" "cher.example")->name, "xn--bcher-kva.example");
  EXPECT_EQ(parse_auth_host("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_auth_host("[::1]")->name, "[::1]");
  EXPECT_FALSE(parse_auth_host("[::1]")->port);
  EXPECT_EQ(parse_auth_host("[::1]:443")->port, 443);
  for (const char* odd : {"", ":80", "a.example:", "a.example:x", "a.example:70000", "https://a.example", "a.example/", "u@a.example", "a b", "[::1", "*"})
    EXPECT_EQ(parse_auth_host(odd).has_value(), std::string_view(odd) == "*") << odd;  // a star is a name like any other: it matches nothing else
}

// RFC 7617, 2: the example of the standard.
TEST(Credentials, BasicIsUserAndPasswordInBase64) {
  auto e = entry("a.example");
  e.basic = {"Aladdin", "open sesame"};
  EXPECT_EQ(sent(credentials({e}), "http://a.example/x"), (header_list{{"Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}));
  e.basic = {"u", ""};
  EXPECT_EQ(sent(credentials({e}), "http://a.example/")[0].second, "Basic dTo=");
}

TEST(Credentials, GoToTheirOwnHostAlone) {
  auto e = entry("a.example");
  e.bearer = "t";
  const credentials c({e});
  EXPECT_EQ(sent(c, "https://a.example:8443/"), (header_list{{"Authorization", "Bearer t"}}));
  for (const char* other : {"http://b.example/", "http://www.a.example/", "http://example/", "http://a.example.b.example/", "http://a.example@b.example/"}) EXPECT_TRUE(sent(c, other).empty()) << other;
}

TEST(Credentials, PortNarrowsAndWins) {
  auto all = entry("a.example"), one = entry("a.example:8080");
  all.bearer = "all";
  all.cookie = "a=1";
  one.bearer = "one";
  const credentials c({all, one});
  EXPECT_EQ(sent(c, "http://a.example/"), (header_list{{"Authorization", "Bearer all"}, {"Cookie", "a=1"}}));
  EXPECT_EQ(sent(c, "http://a.example:8080/"), (header_list{{"Authorization", "Bearer one"}, {"Cookie", "a=1"}}));
  auto https = entry("a.example:443");
  https.bearer = "s";
  EXPECT_EQ(sent(credentials({https}), "https://a.example/").size(), 1U);
  EXPECT_EQ(sent(credentials({https}), "http://a.example/").size(), 0U);
}

TEST(Credentials, WhatTheRequestHasStays) {
  auto e = entry("a.example");
  e.bearer = "t";
  e.headers = {{"X-Key", "k"}};
  EXPECT_EQ(sent(credentials({e}), "http://a.example/", {{"authorization", "own"}}), (header_list{{"authorization", "own"}, {"X-Key", "k"}}));
}

}  // namespace
}  // namespace trawl::policy
