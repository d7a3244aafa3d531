// Servers that answer before they have read the request, and may close then: the answer counts, the connection is not used again.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "tests/support/co_test.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::script;

constexpr std::size_t large = 8U << 20;  // more than the buffers of both sockets hold while nobody reads

request upload(std::string url, std::size_t size = large) { return post(std::move(url), std::string(size, 'b')); }

/// A client and a server, plain or with TLS.
struct bench {
  const site::authority ca;
  site::server s{ok};
  site::place there;
  client c;

  bench(asio::io_context& loop, bool tls) : there(tls ? s.listen_tls(ca.issue()) : site::place{"http", "127.0.0.1", s.port()}), c(open_client(loop, settings())) {}
  config::fetch settings() const {
    config::fetch out;
    out.tls.ca_file = ca.ca_file();
    return out;
  }
};

// RFC 9112, 9.5: "A client sending a message body SHOULD monitor the open connection for an error response while it is transmitting the
// request." 9.6: what a server sends before it closes may be lost to a client that only writes.
asio::awaitable<void> early_answers_count(asio::io_context& loop, bool tls) {
  for (const auto& end : {site::close(), site::reset(), site::hang()}) {
    bench b(loop, tls);
    for (const auto& [target, answer] : std::vector<std::pair<std::string, site::reply>>{{"/large", site::page("too large", 413)}, {"/login", site::page("who are you?", 401)}, {"/moved", site::redirect("/there", 307)}}) {
      b.s.on_head(target, [&](const auto&) { return script({site::send(answer.bytes), site::pause(50ms), end}); });
      const auto r = co_await b.c.exchange(upload(b.there.url(target)), quick_options());
      EXPECT_TRUE(r.has_value()) << target << ": " << (r ? "" : r.error().detail);
      if (!r) continue;
      EXPECT_EQ(r->status, target == "/large" ? 413 : target == "/login" ? 401 : 307);
      EXPECT_EQ(r->truncated, truncation::none);
      if (target == "/large") EXPECT_EQ(r->body, "too large");
      const std::size_t before = b.s.connections().size();
      const auto own = co_await b.c.exchange(get(b.there.url("/own")), quick_options());
      CO_ASSERT(own.has_value());
      EXPECT_EQ(own->body, "ok");
      EXPECT_EQ(b.s.connections().size(), before + 1) << "not on the connection of " << target;
    }
  }
}

CO_TEST(ClientEarlyAnswer, Counts) { co_await early_answers_count(loop, false); }
CO_TEST(ClientEarlyAnswer, CountsOverTls) { co_await early_answers_count(loop, true); }

CO_TEST(ClientEarlyAnswer, OneWithoutALengthEndsWithItsConnection) {
  bench b(loop, false);
  b.s.on_head("/", [](const auto&) { return script({site::send(site::head(413) + "too "), site::pause(20ms), site::send("large"), site::pause(50ms), site::half_close(), site::hang()}); });
  const auto r = co_await b.c.exchange(upload(b.there.url("/")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->body, "too large");
}

// RFC 9110, 15.2: interim answers are no answer; the body is still to be sent.
CO_TEST(ClientEarlyAnswer, AnInterimOneEndsNothing) {
  constexpr std::size_t all = 1U << 20;
  for (const bool tls : {false, true}) {
    bench b(loop, tls);
    b.s.on_head("/", [](const auto&) { return script({site::send("HTTP/1.1 100 Continue\r\n\r\n"), site::take_body(), site::send(site::page("all read").bytes)}); });
    for (int i = 0; i < 2; ++i) {
      const auto r = co_await b.c.exchange(upload(b.there.url("/"), all), quick_options());
      CO_ASSERT(r.has_value());
      EXPECT_EQ(r->body, "all read");
    }
    EXPECT_EQ(b.s.log().back().body.size(), all);
    EXPECT_EQ(b.s.connections().size(), 1U) << "a connection that has taken all is used again";
  }
}

CO_TEST(ClientEarlyAnswer, IsNotThereWhereTheServerJustCloses) {
  for (const bool tls : {false, true}) {
    bench b(loop, tls);
    for (const auto& end : {site::close(), site::reset()}) {
      b.s.on_head("/", [&](const auto&) { return script({end}); });
      EXPECT_EQ(code_of(co_await b.c.exchange(upload(b.there.url("/")), quick_options())), errc::connect_reset);
    }
  }
}

CO_TEST(ClientEarlyAnswer, ABodyThatNobodyTakesEndsAtTheDeadline) {
  for (const bool tls : {false, true}) {
    bench b(loop, tls);
    b.s.on_head("/", [](const auto&) { return script({site::pause(5s)}); });
    exchange_options hasty = quick_options();
    hasty.timeout.first_byte = 100ms;
    EXPECT_EQ(code_of(co_await b.c.exchange(upload(b.there.url("/")), hasty)), errc::timeout_first_byte);
  }
}

CO_TEST(ClientEarlyAnswer, SendingIsCancelledWithItsExchange) {
  for (const bool tls : {false, true}) {
    bench b(loop, tls);
    b.s.on_head("/", [](const auto&) { return script({site::pause(5s)}); });
    const exchange_options options = quick_options();  // exchange keeps a reference
    asio::cancellation_signal stop;
    std::optional<errc> code;
    asio::co_spawn(loop, b.c.exchange(upload(b.there.url("/")), options), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, const result<response>& r) { code = code_of(r); }));
    asio::steady_timer pause(loop, 100ms);
    co_await pause.async_wait(asio::use_awaitable);
    EXPECT_FALSE(code.has_value());
    stop.emit(asio::cancellation_type::terminal);
    pause.expires_after(20ms);
    co_await pause.async_wait(asio::use_awaitable);
    EXPECT_EQ(code, errc::cancelled);
  }
}

// A server that is full may say so to whoever connects, and close before anything was asked.
CO_TEST(ClientEarlyAnswer, CountsWhereItCameBeforeTheRequest) {
  site::server s(ok);
  s.on_connect([](std::uint64_t) { return script({site::send(site::page("full", 503).bytes), site::close()}); });
  client c = open_client(loop);
  const auto r = co_await c.exchange(post(s.url("/"), "small"), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->status, 503);
}

}  // namespace
}  // namespace trawl::net
