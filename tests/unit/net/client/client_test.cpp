#include "crawler/net/client.hpp"

#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::script;

asio::awaitable<void> sleep_for(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

CO_TEST(Client, SaysWhatItGotAndFromWhere) {
  site::server s([](const auto&) { return site::page("hello", 200, "text/html", "X-Key: v\r\n"); });
  client c = open_client(loop);
  const auto r = co_await c.exchange(get(s.url("/a?b")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->status, 200);
  EXPECT_EQ(r->body, "hello");
  EXPECT_EQ(r->wire_bytes, 5U);
  EXPECT_EQ(r->http_version, "1.1");
  EXPECT_EQ(r->ip, "127.0.0.1");
  EXPECT_EQ(r->final_url, s.url("/a?b"));
  EXPECT_EQ(r->header("x-key"), "v");
  EXPECT_GT(r->latency.count(), 0);
  EXPECT_EQ(s.log().at(0).target, "/a?b");
}

CO_TEST(Client, KeepsConnectionsAlive) {
  site::server s(ok);
  client c = open_client(loop);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  EXPECT_EQ(s.connections().size(), 1U);
}

CO_TEST(Client, OpensAnotherConnectionWhereTheAnswerEndedThisOne) {
  const std::vector<std::string> last_words = {
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more than was said",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
  };
  for (const std::string& words : last_words) {
    site::server s([&](const auto&) { return site::reply{words}; });
    client c = open_client(loop);
    for (int i = 0; i < 2; ++i) {
      const auto r = co_await c.exchange(get(s.url("/")), quick_options());
      CO_ASSERT(r.has_value());
      EXPECT_EQ(r->body, "ok") << words;
    }
    EXPECT_EQ(s.connections().size(), 2U) << words;
  }
}

CO_TEST(Client, ConnectionThatSpeaksUnaskedIsNotUsedAgain) {  // RFC 9112, 9.2
  site::server s([](const auto&) { return script({site::send(site::page("ok").bytes), site::pause(10ms), site::send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")}); });
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  co_await sleep_for(300ms);
  const auto r = co_await c.exchange(get(s.url("/")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->body, "ok");
  EXPECT_EQ(s.connections().size(), 2U);
}

CO_TEST(Client, KeptConnectionThatDiesIsReplacedOnceUnseen) {  // RFC 9112, 9.3.1
  site::server s([](const site::seen_request& r) { return r.target == "/second" && r.connection == 1 ? script({site::reset()}) : ok(r); });
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/first")), quick_options())).has_value());
  EXPECT_TRUE((co_await c.exchange(get(s.url("/second")), quick_options())).has_value());
  EXPECT_EQ(s.count("/second"), 2U);
  EXPECT_EQ(s.connections().size(), 2U);
}

CO_TEST(Client, FreshConnectionThatDiesIsNotReplaced) {
  site::server s([](const auto&) { return script({site::reset()}); });
  client c = open_client(loop);
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/")), quick_options())), errc::connect_reset);
  EXPECT_EQ(s.log().size(), 1U);
}

CO_TEST(Client, WhatIsNotIdempotentIsNotSentTwice) {
  site::server s([](const site::seen_request& r) { return r.method == "POST" ? script({site::close()}) : ok(r); });
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  EXPECT_EQ(code_of(co_await c.exchange(post(s.url("/order"), "x=1"), quick_options())), errc::connect_reset);
  EXPECT_EQ(s.count("/order"), 1U);
}

CO_TEST(Client, BeginOfAnAnswerIsNoReasonToAskAgain) {
  site::server s([](const site::seen_request& r) { return r.target == "/b" ? script({site::send("HTTP/1.1 2"), site::close()}) : ok(r); });
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/a")), quick_options())).has_value());
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/b")), quick_options())), errc::connect_reset);
  EXPECT_EQ(s.count("/b"), 1U);
}

CO_TEST(Client, CloseIdleForgetsTheConnections) {
  site::server s(ok);
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  c.close_idle();
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  EXPECT_EQ(s.connections().size(), 2U);
}

CO_TEST(Client, HeadHasNoBodyAndKeepsTheConnection) {
  site::server s([](const site::seen_request& r) { return r.method == "HEAD" ? site::reply{site::head(200, "Content-Length: 500\r\n")} : ok(r); });
  client c = open_client(loop);
  request head = get(s.url("/"));
  head.method = "HEAD";
  const auto r = co_await c.exchange(head, quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->body, "");
  EXPECT_TRUE((co_await c.exchange(get(s.url("/")), quick_options())).has_value());
  EXPECT_EQ(s.connections().size(), 1U);
}

CO_TEST(Client, ReadsWhatDripsByteByByte) {
  const std::string bytes = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
  site::server s([&](const auto&) { return script({site::drip(bytes, 1, 1ms)}); });
  client c = open_client(loop);
  const auto r = co_await c.exchange(get(s.url("/")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->status, 200);
  EXPECT_EQ(r->body, "abcde");
}

CO_TEST(Client, EachDeadlineHasItsCode) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/silent") return script({site::hang()});
    if (r.target == "/head") return script({site::drip(site::head(200, "A: " + std::string(5000, 'x') + "\r\n"), 1, 1ms), site::hang()});
    return script({site::send(site::head(200, "Content-Length: 5000\r\n")), site::drip(std::string(5000, 'x'), 1, 1ms), site::hang()});
  });
  client c = open_client(loop);
  exchange_options o = quick_options();
  o.timeout = {.connect = 1s, .first_byte = 100ms, .total = 200ms};
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/silent")), o)), errc::timeout_first_byte);
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/head")), o)), errc::timeout_first_byte);
  const auto begin = std::chrono::steady_clock::now();
  const auto late = co_await c.exchange(get(s.url("/body")), o);
  CO_ASSERT(late.has_value());
  EXPECT_EQ(late->truncated, truncation::time);  // what came is kept
  EXPECT_FALSE(late->body.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_TRUE(s.wait_until([](const site::server& now) { return now.connections().at(0).closed.has_value(); }));  // nothing is left open
}

CO_TEST(Client, AnswersThatAreNoneHaveTheirCodes) {
  site::server s(ok);
  s.on("/garbage", [](const auto&) { return script({site::send("220 mail.example.org ESMTP\r\n")}); });
  s.on("/huge", [](const auto&) { return script({site::send("HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'x') + "\r\n\r\n")}); });
  s.on("/closed", [](const auto&) { return script({site::close()}); });
  s.on("/half", [](const auto&) { return script({site::half_close()}); });
  s.on("/chunk", [](const auto&) { return script({site::send(site::head(200, "Transfer-Encoding: chunked\r\n") + "zz\r\n")}); });
  client c = open_client(loop);
  const std::vector<std::pair<std::string, errc>> expected = {{"/garbage", errc::http_malformed}, {"/huge", errc::http_header_too_large}, {"/closed", errc::connect_reset}, {"/half", errc::connect_reset}, {"/chunk", errc::http_malformed}};
  for (const auto& [target, code] : expected) EXPECT_EQ(code_of(co_await c.exchange(get(s.url(target)), quick_options())), code) << target;
}

CO_TEST(Client, AcceptedAndClosedIsAReset) {
  site::server s(ok);
  s.on_connect([](std::uint64_t) { return script({site::reset()}); });
  client c = open_client(loop);
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/")), quick_options())), errc::connect_reset);
}

CO_TEST(Client, ClosedPortIsRefused) {
  std::string url;
  {
    const site::server gone(ok);
    url = gone.url("/");
  }
  client c = open_client(loop);
  EXPECT_EQ(code_of(co_await c.exchange(get(url), quick_options())), errc::connect_refused);
}

CO_TEST(Client, CutBodiesAreKeptAndMarked) {  // RFC 9112, 8
  const std::string length = site::head(200, "Content-Length: 100\r\n") + "half", chunked = site::head(200, "Transfer-Encoding: chunked\r\n") + "4\r\nhalf\r\n";
  const std::vector<site::reply> cuts = {script({site::send(length), site::close()}), script({site::send(chunked), site::close()}), script({site::send(length), site::pause(20ms), site::reset()})};
  for (const site::reply& cut : cuts) {
    site::server s([&](const auto&) { return cut; });
    client c = open_client(loop);
    const auto r = co_await c.exchange(get(s.url("/")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "half");
    EXPECT_EQ(r->truncated, truncation::disconnect);
  }
}

CO_TEST(Client, BodyUpToTheCloseIsWhole) {
  site::server s([](const auto&) { return script({site::send(site::head(200) + "all"), site::close()}); });
  client c = open_client(loop);
  const auto r = co_await c.exchange(get(s.url("/")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->body, "all");
  EXPECT_EQ(r->truncated, truncation::none);
}

CO_TEST(Client, BodyIsCutAtTheLimitWhateverItsLengthSays) {
  site::server s([](const site::seen_request& r) {
    return r.target == "/length" ? site::page(std::string(5000, 'x')) : script({site::send(site::head(200, "Transfer-Encoding: chunked\r\n") + site::chunk(std::string(5000, 'x')))});
  });
  client c = open_client(loop);
  exchange_options o = quick_options();
  o.max_body = 1000;
  for (const char* target : {"/length", "/chunked"}) {
    const auto r = co_await c.exchange(get(s.url(target)), o);
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body.size(), 1000U) << target;
    EXPECT_EQ(r->truncated, truncation::length) << target;
  }
}

CO_TEST(Client, UnwantedTypesAreNotRead) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/small.png") return site::page("png", 200, "image/png");
    if (r.target == "/big.iso") return script({site::send(site::head(200, "Content-Type: application/octet-stream\r\nContent-Length: 1000000000\r\n")), site::hang()});
    if (r.target == "/unlabelled") return site::reply{site::head(200, "Content-Length: 2\r\n") + "ok"};
    return site::page("ok", 200, "Text/HTML ; charset=x");
  });
  client c = open_client(loop);
  exchange_options o = quick_options();
  o.content_types = {"text/html", "application/*+xml"};
  const auto small = co_await c.exchange(get(s.url("/small.png")), o);
  const auto big = co_await c.exchange(get(s.url("/big.iso")), o);
  const auto unlabelled = co_await c.exchange(get(s.url("/unlabelled")), o);
  const auto wanted = co_await c.exchange(get(s.url("/wanted")), o);
  CO_ASSERT(small && big && unlabelled && wanted);
  EXPECT_TRUE(small->body_skipped && small->body.empty());
  EXPECT_TRUE(big->body_skipped && big->body.empty());
  EXPECT_FALSE(unlabelled->body_skipped || wanted->body_skipped);
  EXPECT_EQ(unlabelled->body + wanted->body, "okok");
  const auto log = s.log();
  EXPECT_EQ(log[0].connection, log[1].connection);  // a small body is read away and the connection kept
  EXPECT_NE(log[1].connection, log[2].connection);  // a large one is not waited for
}

CO_TEST(Client, NamesGoWhereResolveSaysAndHostKeepsTheName) {
  site::server s(ok);
  const site::place other = s.listen("127.0.0.2");
  config::fetch settings;
  settings.resolve = {{"shop.test", "127.0.0.2"}};
  client c = open_client(loop, settings);
  const auto r = co_await c.exchange(get(other.url("/", "shop.test")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->ip, "127.0.0.2");
  EXPECT_EQ(s.log().at(0).header("host"), "shop.test:" + std::to_string(other.port));
}

CO_TEST(Client, BlockedAddressesAndPortsSeeNoConnection) {
  site::server s(ok);
  config::fetch settings;
  settings.resolve = {{"public-looking.test", "127.0.0.1"}};
  client c(loop, settings, {});
  for (const std::string& url : {s.url("/"), "http://localhost:" + std::to_string(s.port()) + "/", "http://public-looking.test:" + std::to_string(s.port()) + "/",
                                 "http://[::ffff:127.0.0.1]:" + std::to_string(s.port()) + "/", std::string("http://8.8.8.8:25/")})
    EXPECT_EQ(code_of(co_await c.exchange(get(url), quick_options())), errc::connect_blocked_address) << url;
  EXPECT_TRUE(s.connections().empty());
}

CO_TEST(Client, WhatIsNoHttpUrlIsInvalid) {
  client c = open_client(loop);
  for (const char* url : {"ftp://h/", "http://", "not a url", "data:,x"}) EXPECT_EQ(code_of(co_await c.exchange(get(url), quick_options())), errc::url_invalid) << url;
}

CO_TEST(Client, ExchangesAtOnceHaveConnectionsOfTheirOwn) {
  site::server s([](const auto&) { return site::reply{site::page("ok").bytes, 50ms}; });
  client c = open_client(loop);
  const exchange_options options = quick_options();  // exchange keeps a reference
  int ended = 0;
  for (int i = 0; i < 3; ++i) asio::co_spawn(loop, c.exchange(get(s.url("/")), options), [&](std::exception_ptr, const result<response>& r) { ended += r ? 1 : 0; });
  for (int i = 0; i < 100 && ended < 3; ++i) co_await sleep_for(10ms);
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(s.connections().size(), 3U);
  EXPECT_EQ(s.most().requests, 3U);
}

CO_TEST(Client, CancelledExchangeEndsAtOnceAndLetsGo) {
  site::server s([](const auto&) { return script({site::hang()}); });
  client c = open_client(loop);
  const exchange_options options = quick_options();  // exchange keeps a reference
  asio::cancellation_signal stop;
  std::optional<errc> code;
  asio::co_spawn(loop, c.exchange(get(s.url("/")), options), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, const result<response>& r) { code = code_of(r); }));
  for (int i = 0; i < 200 && s.log().empty(); ++i) co_await sleep_for(10ms);
  CO_ASSERT(s.log().size() == 1U);
  stop.emit(asio::cancellation_type::terminal);
  co_await sleep_for(20ms);
  EXPECT_EQ(code, errc::cancelled);
  EXPECT_TRUE(s.wait_until([](const site::server& now) { return now.connections().at(0).closed.has_value(); }));
}

}  // namespace
}  // namespace trawl::net
