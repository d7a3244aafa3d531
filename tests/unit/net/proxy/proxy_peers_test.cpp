// The client through real proxies: tinyproxy and microsocks.
#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/tls_front.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using testing::free_port;
using testing::peer;

const site::authority& ca() {
  static const site::authority made;
  return made;
}

std::unique_ptr<peer> tinyproxy(const std::string& more = "") {
  const std::uint16_t port = free_port();
  return std::make_unique<peer>(std::vector<std::string>{"tinyproxy", "-d", "-c", "{file}"}, port, "Port " + std::to_string(port) + "\nListen 127.0.0.1\nTimeout 5\nMaxClients 50\nLogLevel Warning\n" + more);
}

std::unique_ptr<peer> microsocks(std::vector<std::string> more = {}) {
  const std::uint16_t port = free_port();
  std::vector<std::string> command = {"microsocks", "-i", "127.0.0.1", "-p", std::to_string(port)};
  command.insert(command.end(), more.begin(), more.end());
  return std::make_unique<peer>(std::move(command), port);
}

config::fetch through(std::vector<std::string> proxies) {
  config::fetch out;
  out.tls.ca_file = ca().ca_file();
  out.proxies = std::move(proxies);
  return out;
}

std::string at(const peer& p, const std::string& scheme, const std::string& credentials = "") { return scheme + "://" + credentials + "127.0.0.1:" + std::to_string(p.port()); }

CO_TEST(ProxyTinyproxy, FetchesPlainPagesAndTunnelsTls) {
  CO_SKIP_WITHOUT("tinyproxy");
  site::server s(ok);
  const site::place secure = s.listen_tls(ca().issue({"localhost"}));
  const auto proxy = tinyproxy();
  client c = open_client(loop, through({at(*proxy, "http")}));
  for (const std::string& url : {s.url("/plain"), secure.url("/secure", "localhost")}) {
    const auto r = co_await c.exchange(get(url), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "ok");
    EXPECT_EQ(r->ip, "");  // of the target nothing is known
    EXPECT_TRUE(r->tls_verified);
  }
  EXPECT_NE(s.log().at(0).header("via"), "");
  EXPECT_EQ(s.log().at(1).header("via"), "");
}

CO_TEST(ProxyTinyproxy, CredentialsGoToTheProxyAlone) {
  CO_SKIP_WITHOUT("tinyproxy");
  site::server s(ok);
  const site::place secure = s.listen_tls(ca().issue());
  const auto proxy = tinyproxy("BasicAuth us pw\n");
  client c = open_client(loop, through({at(*proxy, "http", "us:pw@")}));
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  EXPECT_TRUE((co_await c.exchange(get(secure.url("/")), quick_options())).has_value());
  for (const auto& r : s.log()) EXPECT_EQ(r.header("proxy-authorization"), "");
  client wrong = open_client(loop, through({at(*proxy, "http", "us:wrong@")})), nobody = open_client(loop, through({at(*proxy, "http")}));
  EXPECT_EQ(code_of(co_await wrong.exchange(get(secure.url("/")), quick_options())), errc::proxy_auth);
  EXPECT_EQ(code_of(co_await nobody.exchange(get(secure.url("/")), quick_options())), errc::proxy_auth);
  EXPECT_EQ(code_of(co_await nobody.exchange(get(s.url("/")), quick_options())), errc::proxy_auth);
  EXPECT_EQ(s.log().size(), 2U);
}

CO_TEST(ProxyTinyproxy, InsideTlsItIsAnHttpsProxy) {
  CO_SKIP_WITHOUT("tinyproxy");
  site::server s(ok);
  const site::place secure = s.listen_tls(ca().issue());
  const auto proxy = tinyproxy();
  const testing::tls_front front(ca().issue({"localhost"}), proxy->port());
  client c = open_client(loop, through({"https://localhost:" + std::to_string(front.port())}));
  for (const std::string& url : {s.url("/plain"), secure.url("/in-both"), secure.url("/again")}) {
    const auto r = co_await c.exchange(get(url), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "ok") << url;
  }
  EXPECT_EQ(s.connections().size(), 2U);  // the tunnel is kept
  client doubtful = open_client(loop, through({"https://127.0.0.1:" + std::to_string(front.port())}));  // the certificate is for localhost
  EXPECT_EQ(code_of(co_await doubtful.exchange(get(s.url("/")), quick_options())), errc::proxy_refused);
}

CO_TEST(ProxyTinyproxy, TargetThatCannotBeReachedIsRefusedByTheProxy) {
  CO_SKIP_WITHOUT("tinyproxy");
  const auto proxy = tinyproxy();
  client c = open_client(loop, through({at(*proxy, "http")}));
  EXPECT_EQ(code_of(co_await c.exchange(get("https://127.0.0.1:" + std::to_string(free_port()) + "/"), quick_options())), errc::proxy_refused);
}

CO_TEST(ProxyMicrosocks, ResolvesNamesItself) {
  CO_SKIP_WITHOUT("microsocks");
  site::server s(ok);
  const site::place secure = s.listen_tls(ca().issue({"localhost"}));
  const auto proxy = microsocks();
  config::fetch settings = through({at(*proxy, "socks5")});
  settings.resolve = {{"localhost", "192.0.2.1"}};  // would lead nowhere
  client c = open_client(loop, settings);
  for (const std::string& url : {"http://localhost:" + std::to_string(s.port()) + "/plain", secure.url("/secure", "localhost")}) {
    const auto r = co_await c.exchange(get(url), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "ok");
  }
  EXPECT_EQ(s.log().at(0).target, "/plain");
}

CO_TEST(ProxyMicrosocks, WantsUserAndPassword) {
  CO_SKIP_WITHOUT("microsocks");
  site::server s(ok);
  const auto proxy = microsocks({"-u", "us", "-P", "pw"});
  client c = open_client(loop, through({at(*proxy, "socks5", "us:pw@")}));
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  for (const char* wrong : {"us:other@", ""}) {
    client stranger = open_client(loop, through({at(*proxy, "socks5", wrong)}));
    EXPECT_EQ(code_of(co_await stranger.exchange(get(s.url("/")), quick_options())), errc::proxy_auth) << wrong;
  }
  EXPECT_EQ(s.log().size(), 1U);
}

CO_TEST(ProxyMicrosocks, TargetThatCannotBeReachedIsRefusedByTheProxy) {
  CO_SKIP_WITHOUT("microsocks");
  const auto proxy = microsocks();
  client c = open_client(loop, through({at(*proxy, "socks5")}));
  const auto r = co_await c.exchange(get("http://127.0.0.1:" + std::to_string(free_port()) + "/"), quick_options());
  CO_ASSERT(!r.has_value());
  EXPECT_EQ(r.error().code, errc::proxy_refused);
  EXPECT_NE(r.error().detail.find("connection refused"), std::string::npos);
}

}  // namespace
}  // namespace trawl::net
