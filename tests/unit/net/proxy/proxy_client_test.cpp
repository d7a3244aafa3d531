// The client through proxies that do exactly what a case is about.
#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/support/peer.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::script;

std::string proxy_at(std::uint16_t port, const std::string& scheme = "http") { return scheme + "://127.0.0.1:" + std::to_string(port); }

config::fetch through(std::vector<std::string> proxies) {
  config::fetch out;
  out.proxies = std::move(proxies);
  return out;
}

CO_TEST(ClientProxy, PlainPagesOfAllHostsShareItsConnection) {
  site::server proxy(ok);
  client c = open_client(loop, through({proxy_at(proxy.port())}));
  for (const char* url : {"http://a.test/x?y", "http://b.test:8080/"}) EXPECT_TRUE((co_await c.exchange(get(url), quick_options())).has_value());
  CO_ASSERT(proxy.log().size() == 2U);
  EXPECT_EQ(proxy.log()[0].target, "http://a.test/x?y");
  EXPECT_EQ(proxy.log()[0].header("host"), "a.test");
  EXPECT_EQ(proxy.log()[1].target, "http://b.test:8080/");
  EXPECT_EQ(proxy.connections().size(), 1U);
}

CO_TEST(ClientProxy, SeveralTakeTurns) {
  site::server one(ok), two(ok);
  client c = open_client(loop, through({proxy_at(one.port()), proxy_at(two.port())}));
  for (int i = 0; i < 6; ++i) EXPECT_TRUE((co_await c.exchange(get("http://a.test/"), quick_options())).has_value());
  EXPECT_EQ(one.log().size(), 3U);
  EXPECT_EQ(two.log().size(), 3U);
}

CO_TEST(ClientProxy, OneThatIsDeadIsPassedOver) {
  site::server alive(ok);
  client c = open_client(loop, through({proxy_at(testing::free_port()), proxy_at(alive.port())}));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE((co_await c.exchange(get("http://a.test/"), quick_options())).has_value()) << i;
  EXPECT_EQ(alive.log().size(), 4U);
}

CO_TEST(ClientProxy, OneThatWantsOtherCredentialsIsPassedOver) {
  site::server refusing([](const auto&) { return site::page("", 407); }), good(ok);
  client c = open_client(loop, through({proxy_at(refusing.port()), proxy_at(good.port())}));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE((co_await c.exchange(get("http://a.test/"), quick_options())).has_value()) << i;
  EXPECT_EQ(good.log().size(), 4U);
  client alone = open_client(loop, through({proxy_at(refusing.port())}));
  EXPECT_EQ(code_of(co_await alone.exchange(get("http://a.test/"), quick_options())), errc::proxy_auth);
}

CO_TEST(ClientProxy, WhereNoneCanBeUsedItIsRefused) {
  client c = open_client(loop, through({proxy_at(testing::free_port()), proxy_at(testing::free_port(), "socks5")}));
  const auto r = co_await c.exchange(get("http://a.test/"), quick_options());
  CO_ASSERT(!r.has_value());
  EXPECT_EQ(r.error().code, errc::proxy_refused);
}

CO_TEST(ClientProxy, AnswersToConnectHaveTheirCodes) {
  for (const auto& [answer, code] : std::vector<std::pair<std::string, errc>>{{"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n", errc::proxy_auth},
                                                                               {"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", errc::proxy_refused},
                                                                               {"HTTP/1.1 502 Bad\r\n\r\n", errc::proxy_refused},
                                                                               {"SSH-2.0-OpenSSH_9\r\n\r\n", errc::proxy_refused},
                                                                               {"HTTP/1.1 200 OK\r\n\r\nand more", errc::proxy_refused}}) {
    site::server proxy([&](const auto&) { return site::reply{answer}; });
    client c = open_client(loop, through({proxy_at(proxy.port())}));
    EXPECT_EQ(code_of(co_await c.exchange(get("https://a.test/"), quick_options())), code) << answer;
    CO_ASSERT(!proxy.log().empty());
    EXPECT_EQ(proxy.log()[0].method, "CONNECT");
    EXPECT_EQ(proxy.log()[0].target, "a.test:443");
    EXPECT_EQ(proxy.log()[0].header("host"), "a.test:443");
  }
}

CO_TEST(ClientProxy, OneThatSaysNothingEndsWithTheConnectDeadline) {
  site::server proxy([](const auto&) { return script({site::hang()}); });
  for (const char* scheme : {"http", "socks5"}) {
    client c = open_client(loop, through({proxy_at(proxy.port(), scheme)}));
    exchange_options o = quick_options();
    o.timeout.connect = 100ms;
    EXPECT_EQ(code_of(co_await c.exchange(get("https://a.test/"), o)), errc::connect_timeout) << scheme;
  }
}

CO_TEST(ClientProxy, PrivateOneIsForTheOperatorAlone) {
  site::server proxy(ok);
  client stranger(loop, through({proxy_at(proxy.port())}), egress_policy{});
  EXPECT_EQ(code_of(co_await stranger.exchange(get("http://a.test/"), quick_options())), errc::connect_blocked_address);
  EXPECT_TRUE(proxy.connections().empty());
  egress_policy own;
  own.private_proxies = true;
  client operator_client(loop, through({proxy_at(proxy.port())}), own);
  EXPECT_TRUE((co_await operator_client.exchange(get("http://a.test/"), quick_options())).has_value());
  for (const char* target : {"http://127.0.0.1/", "http://169.254.169.254/latest/", "https://[::1]/", "http://localhost/", "http://2130706433/", "http://a.test:25/"})
    EXPECT_EQ(code_of(co_await operator_client.exchange(get(target), quick_options())), errc::connect_blocked_address) << target;  // no detour into the private network
  EXPECT_EQ(proxy.log().size(), 1U);
}

}  // namespace
}  // namespace trawl::net
