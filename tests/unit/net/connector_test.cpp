#include "crawler/net/connector.hpp"

#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using testing::dns_reply;
using testing::dns_server;

asio::ip::address ip(const char* text) { return asio::ip::make_address(text); }
open_limits within(std::chrono::milliseconds length) { return {std::chrono::steady_clock::now() + length}; }
route to(const std::string& url) { return {*url::parse(url), nullptr}; }

/// A rule by which 127.0.0.1 at this port is as good as public.
egress_policy public_is(std::uint16_t port) {
  egress_policy out;
  out.networks.push_back({ip("127.0.0.1"), 32, port});
  return out;
}

TEST(Route, IsWhatConnectionsMayBeSharedBy) {
  const proxy_server http = *parse_proxy("http://p.test"), socks = *parse_proxy("socks5://p.test");
  const auto key = [](const char* url, const proxy_server* via = nullptr) { return route(*url::parse(url), via).key(); };
  EXPECT_EQ(key("http://a.test/x"), key("http://a.test:80/y"));
  EXPECT_NE(key("http://a.test/"), key("https://a.test/"));
  EXPECT_NE(key("http://a.test/"), key("http://a.test:81/"));
  EXPECT_NE(key("http://a.test/"), key("http://a.test/", &socks));
  EXPECT_NE(key("https://a.test/", &http), key("https://a.test/", &socks));
  EXPECT_EQ(key("http://a.test/", &http), key("http://b.test/", &http));  // the proxy fetches both
  EXPECT_NE(key("https://a.test/", &http), key("https://b.test/", &http));
}

CO_TEST(Connector, OfANamesAddressesOnlyThePublicOnesAreConnectedTo) {
  site::server s(ok);
  s.listen("::1", s.port());
  s.listen("127.0.0.2", s.port());
  const dns_server names([](const auto&, bool, std::size_t) { return dns_reply{{ip("::1"), ip("127.0.0.2"), ip("127.0.0.1")}}; });
  connector opener(loop, {}, public_is(s.port()), [] {}, names.address());
  const auto done = co_await opener.open(to("http://mixed.test:" + std::to_string(s.port())), within(2s));
  CO_ASSERT(done.connection.has_value());
  EXPECT_EQ((*done.connection)->peer(), "127.0.0.1");
  EXPECT_EQ((*done.connection)->speaks(), protocol::http1);
  EXPECT_TRUE(s.wait_until([](const site::server& now) { return now.connections().size() == 1U; }));
  EXPECT_EQ(s.connections().at(0).address, "127.0.0.1");
}

CO_TEST(Connector, NameThatFlipsAfterTheCheckChangesNothing) {
  site::server s(ok);
  s.listen("127.0.0.2", s.port());
  const dns_server names([](const auto&, bool, std::size_t before) { return dns_reply{.found = {before == 0 ? ip("127.0.0.1") : ip("127.0.0.2")}, .ttl = 0}; });
  connector opener(loop, {}, public_is(s.port()), [] {}, names.address());
  for (int i = 0; i < 3; ++i) {
    const auto done = co_await opener.open(to("http://flips.test:" + std::to_string(s.port())), within(2s));
    CO_ASSERT(done.connection.has_value());
    EXPECT_EQ((*done.connection)->peer(), "127.0.0.1");
  }
  EXPECT_EQ(names.asked("flips.test"), 1U);
}

CO_TEST(Connector, NameThatLeadsInsideIsBlocked) {
  site::server s(ok);
  const dns_server names([](const auto&, bool, std::size_t) { return dns_reply{{ip("127.0.0.1"), ip("::1"), ip("169.254.169.254")}}; });
  connector opener(loop, {}, {}, [] {}, names.address());
  const auto done = co_await opener.open(to("http://metadata.google.internal:" + std::to_string(s.port())), within(2s));
  CO_ASSERT(!done.connection.has_value());
  EXPECT_EQ(done.connection.error().code, errc::connect_blocked_address);
  EXPECT_TRUE(s.connections().empty());
}

CO_TEST(Connector, DeadlineHoldsForTheNameToo) {
  const dns_server names([](const auto&, bool, std::size_t) { return dns_reply{.silent = true}; });
  connector opener(loop, {}, {}, [] {}, names.address());
  const auto begin = std::chrono::steady_clock::now();
  const auto done = co_await opener.open(to("http://silent.test/"), within(100ms));
  CO_ASSERT(!done.connection.has_value());
  EXPECT_EQ(done.connection.error().code, errc::dns_timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

}  // namespace
}  // namespace trawl::net
