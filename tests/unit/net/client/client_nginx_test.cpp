// The client and HTTP/1.1, plain and with TLS, with a real server: nginx. For HTTP/2 see h2/client_h2_test.cpp.
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "tests/support/co_test.hpp"
#include "tests/support/nginx.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using testing::nginx;
using testing::nginx_request;

const site::authority& ca() {
  static const site::authority made;
  return made;
}

config::fetch trusting_settings() {
  config::fetch out;
  out.tls.ca_file = ca().ca_file();
  return out;
}

/// A page of words that compress, but not to nothing.
std::string words(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; out.size() < size; ++i) out += "word" + std::to_string(i * 7919 % 10'007) + (i % 16 == 15 ? "\n" : " ");
  out.resize(size);
  return out;
}

request with(std::string url, std::string name, std::string value) {
  request r = get(std::move(url));
  r.headers = {{std::move(name), std::move(value)}};
  return r;
}

std::size_t connections(const std::vector<nginx_request>& log) {
  std::set<std::string> out;
  for (const nginx_request& r : log) out.insert(r.connection);
  return out.size();
}

// keepalive_requests: after so many answers the server says "Connection: close".
CO_TEST(ClientNginx, KeptConnectionsAreUsedAsOftenAsTheServerWants) {
  CO_SKIP_WITHOUT("nginx");
  const std::string page = words(30'000);
  const nginx server({{"/page", page}}, {.more = "keepalive_requests 3;"});
  client c = open_client(loop);
  for (int i = 0; i < 10; ++i) {
    const auto r = co_await c.exchange(get(server.url("/page")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->http_version, "1.1");
    EXPECT_EQ(r->body, page);
    EXPECT_EQ(r->wire_bytes, page.size());
    EXPECT_EQ(r->truncated, truncation::none);
  }
  const auto log = server.log(10);
  EXPECT_EQ(log.size(), 10U);
  EXPECT_EQ(connections(log), 4U);
}

CO_TEST(ClientNginx, NothingIsLostOrAskedTwiceWhenConnectionsTurnOver) {
  CO_SKIP_WITHOUT("nginx");
  constexpr int requests = 100;
  const std::string page = words(100'000);
  const nginx server({{"/page", page}}, {.more = "keepalive_requests 5;"});
  client c = open_client(loop);
  int answered = 0, left = requests;
  asio::steady_timer all(loop, asio::steady_timer::time_point::max());
  for (int i = 0; i < requests; ++i)
    asio::co_spawn(loop, c.exchange(get(server.url("/page?" + std::to_string(i))), quick_options()), [&](std::exception_ptr, result<response> r) {
      answered += r && r->body == page ? 1 : 0;
      if (--left == 0) all.cancel();
    });
  while (left > 0) co_await all.async_wait(asio::as_tuple(asio::use_awaitable));
  EXPECT_EQ(answered, requests);
  const auto log = server.log(requests);
  std::set<std::string> targets;
  for (const nginx_request& r : log) targets.insert(r.target);
  EXPECT_EQ(log.size(), static_cast<std::size_t>(requests));
  EXPECT_EQ(targets.size(), static_cast<std::size_t>(requests));
}

CO_TEST(ClientNginx, ConnectionThatTheServerClosedWhileIdleIsReplaced) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server({{"/page", "page"}}, {.more = "keepalive_timeout 30ms;"});
  client c = open_client(loop);
  asio::steady_timer pause(loop);
  for (int i = 0; i < 3; ++i) {
    const auto r = co_await c.exchange(get(server.url("/page")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "page");
    pause.expires_after(80ms);
    co_await pause.async_wait(asio::use_awaitable);
  }
  EXPECT_EQ(connections(server.log(3)), 3U);
}

// Without a length nginx sends chunks, and to where those are off it ends the connection (RFC 9112, 6.3).
CO_TEST(ClientNginx, BodiesWithoutALengthAreWhole) {
  CO_SKIP_WITHOUT("nginx");
  const std::string page = words(400'000);
  const nginx server({{"/chunked", page}, {"/until-close", page}}, {.more = "ssi on; ssi_types *; location /until-close { chunked_transfer_encoding off; }"});
  client c = open_client(loop);
  for (int i = 0; i < 2; ++i) {
    const auto chunked = co_await c.exchange(get(server.url("/chunked")), quick_options());
    CO_ASSERT(chunked.has_value());
    EXPECT_EQ(chunked->header("transfer-encoding"), "chunked");
    EXPECT_EQ(chunked->body, page);
    EXPECT_EQ(chunked->truncated, truncation::none);
  }
  EXPECT_EQ(connections(server.log(2)), 1U);
  const auto closed = co_await c.exchange(get(server.url("/until-close")), quick_options());
  CO_ASSERT(closed.has_value());
  EXPECT_EQ(closed->header("transfer-encoding"), std::nullopt);
  EXPECT_EQ(closed->header("content-length"), std::nullopt);
  EXPECT_EQ(closed->body, page);
  EXPECT_EQ(closed->truncated, truncation::none);
}

/// Each coding gives the page as it is without one, over a connection that is kept.
asio::awaitable<void> expect_same_page(asio::io_context& loop, std::string coding, const testing::nginx_shape& shape) {
  const std::string page = words(300'000);
  const nginx server({{"/page", page}}, shape);
  client c = open_client(loop, trusting_settings());
  for (int i = 0; i < 2; ++i) {
    const auto r = co_await c.exchange(with(server.url("/page"), "Accept-Encoding", coding), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->header("content-encoding"), coding);
    EXPECT_EQ(r->body, page);
    EXPECT_LT(r->wire_bytes, page.size() / 2);
    EXPECT_EQ(r->truncated, truncation::none);
  }
  const auto plain = co_await c.exchange(get(server.url("/page")), quick_options());
  CO_ASSERT(plain.has_value());
  EXPECT_EQ(plain->header("content-encoding"), std::nullopt);
  EXPECT_EQ(plain->body, page);
  EXPECT_EQ(connections(server.log(3)), 1U);
}

CO_TEST(ClientNginx, GzipIsThePlainPage) {
  CO_SKIP_WITHOUT("nginx");
  for (const testing::nginx_shape& shape : {testing::nginx_shape{}, {.ca = &ca()}, {.ca = &ca(), .listen = "http2"}}) co_await expect_same_page(loop, "gzip", shape);
}

CO_TEST(ClientNginx, BrotliIsThePlainPage) {
  CO_SKIP_WITHOUT("nginx");
  if (testing::brotli_module().empty()) {
    [] { GTEST_SKIP() << "nginx's brotli module is not installed; deploy/setup.sh installs it"; }();
    co_return;
  }
  for (const testing::nginx_shape& shape : {testing::nginx_shape{}, {.ca = &ca()}, {.ca = &ca(), .listen = "http2"}}) co_await expect_same_page(loop, "br", shape);
}

// RFC 9110, 9.3.2, 15.3.5, 15.4.5: what comes next on the connection is the next answer.
CO_TEST(ClientNginx, AnswersWithoutABodyLeaveTheConnectionInOrder) {
  CO_SKIP_WITHOUT("nginx");
  const std::string page = words(30'000);
  const nginx server({{"/page", page}}, {.more = "location /none { return 204; }"});
  client c = open_client(loop);
  const auto first = co_await c.exchange(get(server.url("/page")), quick_options());
  CO_ASSERT(first.has_value() && first->header("etag"));
  const auto unchanged = co_await c.exchange(with(server.url("/page"), "If-None-Match", std::string(*first->header("etag"))), quick_options());
  CO_ASSERT(unchanged.has_value());
  EXPECT_EQ(unchanged->status, 304);
  EXPECT_EQ(unchanged->body, "");
  request head = get(server.url("/page"));
  head.method = "HEAD";
  const auto headed = co_await c.exchange(head, quick_options());
  CO_ASSERT(headed.has_value());
  EXPECT_EQ(headed->header("content-length"), std::to_string(page.size()));
  EXPECT_EQ(headed->body, "");
  const auto none = co_await c.exchange(get(server.url("/none")), quick_options());
  CO_ASSERT(none.has_value());
  EXPECT_EQ(none->status, 204);
  const auto last = co_await c.exchange(get(server.url("/page")), quick_options());
  CO_ASSERT(last.has_value());
  EXPECT_EQ(last->body, page);
  EXPECT_EQ(connections(server.log(5)), 1U);
}

CO_TEST(ClientNginx, BigHeadersAreReadUpToTheLimit) {
  CO_SKIP_WITHOUT("nginx");
  const std::string value(3000, 'v');
  std::string fields;
  for (int i = 0; i < 30; ++i) fields += "add_header X-Big-" + std::to_string(i) + " " + value + ";\n";
  const nginx server({{"/page", "page"}}, {.more = fields});
  client c = open_client(loop);
  const auto r = co_await c.exchange(get(server.url("/page")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->body, "page");
  EXPECT_EQ(r->header("x-big-0"), value);
  EXPECT_EQ(r->header("x-big-29"), value);
  exchange_options narrow = quick_options();
  narrow.max_header = 64U << 10;
  EXPECT_EQ(code_of(co_await c.exchange(get(server.url("/page")), narrow)), errc::http_header_too_large);
}

CO_TEST(ClientNginx, BodyIsCutAtTheLimit) {
  CO_SKIP_WITHOUT("nginx");
  const std::string page = words(400'000);
  const nginx server({{"/page", page}});
  client c = open_client(loop);
  exchange_options narrow = quick_options();
  narrow.max_body = 100'000;
  for (const char* coding : {"identity", "gzip"}) {
    const auto r = co_await c.exchange(with(server.url("/page"), "Accept-Encoding", coding), narrow);
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->truncated, truncation::length) << coding;
    EXPECT_EQ(r->body, page.substr(0, narrow.max_body)) << coding;
  }
  narrow.max_body = page.size();  // which it just fits
  const auto whole = co_await c.exchange(get(server.url("/page")), narrow);
  CO_ASSERT(whole.has_value());
  EXPECT_EQ(whole->truncated, truncation::none);
  EXPECT_EQ(whole->body, page);
}

/// An exchange with a server that knows one TLS version, with fetch.tls.min_version.
asio::awaitable<result<response>> over_tls(asio::io_context& loop, std::string server_version, std::string least, std::string& spoken) {
  const nginx server({{"/page", "page"}}, {.ca = &ca(), .more = "ssl_protocols " + server_version + ";"});
  config::fetch settings = trusting_settings();
  settings.tls.min_version = least;
  client c = open_client(loop, settings);
  auto answer = co_await c.exchange(get(server.url("/page")), quick_options());
  if (answer) spoken = server.log(1).at(0).tls;
  co_return answer;
}

CO_TEST(ClientNginx, TlsVersionsAreThoseThatBothKnow) {
  CO_SKIP_WITHOUT("nginx");
  std::string spoken;
  const auto old = co_await over_tls(loop, "TLSv1.2", "1.2", spoken);
  CO_ASSERT(old.has_value());
  EXPECT_TRUE(old->tls_verified);
  EXPECT_EQ(spoken, "TLSv1.2");
  for (const char* least : {"1.2", "1.3"}) {
    const auto now = co_await over_tls(loop, "TLSv1.3", least, spoken);
    CO_ASSERT(now.has_value());
    EXPECT_EQ(spoken, "TLSv1.3");
  }
  EXPECT_EQ(code_of(co_await over_tls(loop, "TLSv1.2", "1.3", spoken)), errc::tls_handshake);
}

// RFC 8446, 2.2 (a ticket); RFC 5246, 7.3 (a number that the server's cache knows); RFC 5077 (a ticket of TLS 1.2).
CO_TEST(ClientNginx, SessionsAreTakenUpAgain) {
  CO_SKIP_WITHOUT("nginx");
  for (const char* how : {"ssl_protocols TLSv1.3;", "ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.2; ssl_session_tickets off; ssl_session_cache shared:SSL:1m;"}) {
    const nginx server({{"/page", "page"}}, {.ca = &ca(), .more = std::string("keepalive_requests 1; ") + how});
    client c = open_client(loop, trusting_settings());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE((co_await c.exchange(get(server.url("/page")), quick_options())).has_value()) << how;
    const auto log = server.log(3);
    CO_ASSERT(log.size() == 3U);
    EXPECT_EQ(connections(log), 3U) << how;
    EXPECT_FALSE(log[0].took_up_session) << how;
    EXPECT_TRUE(log[1].took_up_session) << how;
    EXPECT_TRUE(log[2].took_up_session) << how;
  }
}

CO_TEST(ClientNginx, CertificateThatTheServerWouldLikeIsNotNeeded) {
  CO_SKIP_WITHOUT("nginx");
  for (const char* version : {"TLSv1.2", "TLSv1.3"}) {
    const nginx server({{"/page", "page"}}, {.ca = &ca(), .more = "ssl_verify_client optional; ssl_client_certificate " + ca().ca_file() + "; ssl_protocols " + version + ";"});
    client c = open_client(loop, trusting_settings());
    const auto r = co_await c.exchange(get(server.url("/page")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "page");
    EXPECT_EQ(server.log(1).at(0).client, "NONE");
  }
}

}  // namespace
}  // namespace trawl::net
