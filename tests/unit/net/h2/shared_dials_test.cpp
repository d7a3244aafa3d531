// Who waits for whose dial, and what comes of it; at the end the client, with servers that answer the dial in all ways.
#include "crawler/net/h2/shared_dials.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "tests/support/co_test.hpp"
#include "tests/support/nginx.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net::h2 {
namespace {

using std::chrono::steady_clock;

/// Several that wait for one route's dial, and what they were told.
struct waiters {
  asio::io_context loop;
  shared_dials dials;
  std::vector<std::optional<result<dial_end>>> told;

  void add(std::size_t how_many, steady_clock::duration patience = 5s) {
    for (std::size_t i = 0; i < how_many; ++i) {
      const std::size_t mine = told.size();
      told.emplace_back();
      asio::co_spawn(loop, dials.outcome("a", steady_clock::now() + patience), [this, mine](std::exception_ptr, result<dial_end> r) { told[mine] = std::move(r); });
    }
    loop.poll();
  }
};

TEST(SharedDials, AllWhoWaitAreToldWhatCameOfIt) {
  for (const dial_end how : {dial_end::http2, dial_end::http1, dial_end::failed}) {
    waiters w;
    auto turn = w.dials.begin("a");
    EXPECT_TRUE(w.dials.is_under_way("a"));
    EXPECT_FALSE(w.dials.is_under_way("b"));
    w.add(3);
    EXPECT_FALSE(w.told[0].has_value());
    turn.end(how);
    EXPECT_FALSE(w.dials.is_under_way("a"));
    w.loop.restart();
    w.loop.poll();
    for (const auto& t : w.told) EXPECT_EQ(t.value().value(), how);
  }
}

TEST(SharedDials, OneThatGoesWithoutAWordIsAbandoned) {
  waiters w;
  std::optional<shared_dials::turn> turn(w.dials.begin("a"));
  w.add(2);
  turn.reset();
  w.loop.restart();
  w.loop.poll();
  for (const auto& t : w.told) EXPECT_EQ(t.value().value(), dial_end::abandoned);
  EXPECT_FALSE(w.dials.is_under_way("a"));
}

TEST(SharedDials, NobodyWaitsBeyondHisDeadline) {
  waiters w;
  const auto turn = w.dials.begin("a");
  w.add(1, 20ms);
  w.loop.restart();
  w.loop.run_for(5s);
  ASSERT_TRUE(w.told[0].has_value());
  EXPECT_EQ(w.told[0]->error().code, errc::connect_timeout);
  EXPECT_TRUE(w.dials.is_under_way("a"));
}

TEST(SharedDials, OneWhoWaitsCanBeCancelled) {
  waiters w;
  auto turn = w.dials.begin("a");
  asio::cancellation_signal stop;
  std::optional<result<dial_end>> told;
  asio::co_spawn(w.loop, w.dials.outcome("a", steady_clock::now() + 5s), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<dial_end> r) { told = std::move(r); }));
  w.loop.poll();
  stop.emit(asio::cancellation_type::terminal);
  w.loop.restart();
  w.loop.poll();
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->error().code, errc::cancelled);
  turn.end(dial_end::http2);
}

TEST(SharedDials, NobodyWaitsWhereHttp1WasSpokenLast) {
  shared_dials dials(2);
  dials.begin("a").end(dial_end::http1);
  auto alone = dials.begin("a");
  EXPECT_FALSE(dials.is_under_way("a"));
  alone.end(dial_end::http2);
  const auto shared = dials.begin("a");
  EXPECT_TRUE(dials.is_under_way("a"));
  for (const char* other : {"b", "c", "d"}) dials.begin(other).end(dial_end::http1);
  const auto forgotten = dials.begin("b");
  EXPECT_TRUE(dials.is_under_way("b"));
}

TEST(SharedDials, ASecondDialOfARouteChangesNothingForThoseWhoWait) {
  waiters w;
  auto first = w.dials.begin("a");
  w.add(1);
  { const auto second = w.dials.begin("a"); }
  w.loop.restart();
  w.loop.poll();
  EXPECT_FALSE(w.told[0].has_value());
  EXPECT_TRUE(w.dials.is_under_way("a"));
}

TEST(SharedDials, ATurnMayOutliveTheDials) {
  auto dials = std::make_unique<shared_dials>();
  const auto turn = dials->begin("a");
  dials.reset();
}

const site::authority& ca() {
  static const site::authority made;
  return made;
}

client trusting_client(asio::io_context& loop) {
  config::fetch settings;
  settings.tls.ca_file = ca().ca_file();
  return open_client(loop, settings);
}

/// Requests of one URL that start at once.
struct burst {
  const exchange_options options;
  std::vector<std::optional<result<response>>> answers;
  std::size_t left;
  asio::steady_timer all;

  burst(asio::io_context& loop, client& c, const std::string& url, std::size_t size, exchange_options as = quick_options())
      : options(std::move(as)), answers(size), left(size), all(loop, steady_clock::time_point::max()) {
    for (auto& answer : answers)
      asio::co_spawn(loop, c.exchange(get(url), options), [this, &answer](std::exception_ptr, result<response> r) {
        answer = std::move(r);
        if (--left == 0) all.cancel();
      });
  }
  asio::awaitable<void> wait() {
    while (left > 0) co_await all.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  std::size_t answered() const {
    return static_cast<std::size_t>(std::ranges::count_if(answers, [](const auto& a) { return a && *a && (*a)->status == 200; }));
  }
};

CO_TEST(ClientDials, OneServesAllWhereNginxSpeaksHttp2) {
  CO_SKIP_WITHOUT("nginx");
  const testing::nginx server({}, {.ca = &ca(), .listen = "http2", .more = "location /number { return 200 $connection; }"});
  const auto number = [](const result<response>& r) { return r ? std::stoi(r->body) : 0; };
  client before = trusting_client(loop), c = trusting_client(loop), after = trusting_client(loop);
  const int first = number(co_await before.exchange(get(server.url("/number")), quick_options()));
  burst all(loop, c, server.url("/number"), 8);
  co_await all.wait();
  EXPECT_EQ(all.answered(), 8U);
  const int last = number(co_await after.exchange(get(server.url("/number")), quick_options()));
  EXPECT_EQ(last - first, 2) << "nginx counts the connections that it accepts";
}

// Each handshake takes 300 ms here: the dials that begin within them do not wait for one another.
CO_TEST(ClientDials, EachHasItsOwnWhereTheServerSpeaksHttp1) {
  site::server s([](const auto&) { return site::reply{site::page("ok").bytes, 100ms}; });
  s.on_connect([](std::uint64_t) { return site::script({site::pause(300ms)}); });
  const std::string url = s.listen_tls(ca().issue()).url("/");
  client c = trusting_client(loop);
  burst unknown(loop, c, url, 4);
  co_await unknown.wait();
  EXPECT_EQ(unknown.answered(), 4U);
  auto seen = s.connections();
  CO_ASSERT(seen.size() == 4U);
  EXPECT_GE(seen[1].opened - seen[0].opened, 290ms);
  EXPECT_LT(seen[3].opened - seen[1].opened, 300ms);
  c.close_idle();
  burst known(loop, c, url, 4);
  co_await known.wait();
  EXPECT_EQ(known.answered(), 4U);
  seen = s.connections();
  CO_ASSERT(seen.size() == 8U);
  EXPECT_LT(seen[7].opened - seen[4].opened, 300ms);
}

/// An https URL where nobody shakes hands: what the server does with a connection is up to `greeting`.
struct mute_server {
  site::server s{ok};
  std::string url = "https://127.0.0.1:" + std::to_string(s.port()) + "/";
  explicit mute_server(site::step greeting) {
    s.on_connect([greeting](std::uint64_t) { return site::script({greeting, site::hang()}); });
  }
};

CO_TEST(ClientDials, AFailureIsSeenByAllAndLosesNobody) {
  mute_server mute(site::send("HTTP/1.1 400 Bad Request\r\n\r\n"));
  client c = trusting_client(loop);
  burst all(loop, c, mute.url, 4);
  co_await all.wait();
  for (const auto& a : all.answers) EXPECT_EQ(code_of(a.value()), errc::tls_handshake);
  EXPECT_EQ(mute.s.connections().size(), 4U);
}

CO_TEST(ClientDials, ADialWithoutEndEndsForAllAtTheirOwnDeadlines) {
  mute_server mute(site::pause(10ms));
  client c = trusting_client(loop);
  exchange_options patient = quick_options(), hasty = quick_options();
  patient.timeout.connect = 400ms;
  hasty.timeout.connect = 100ms;
  const auto begin = steady_clock::now();
  burst first(loop, c, mute.url, 1, patient), others(loop, c, mute.url, 3, hasty);
  co_await others.wait();
  EXPECT_LT(steady_clock::now() - begin, 350ms);
  for (const auto& a : others.answers) EXPECT_EQ(code_of(a.value()), errc::connect_timeout);
  EXPECT_EQ(mute.s.connections().size(), 1U);
  co_await first.wait();
  EXPECT_EQ(code_of(first.answers[0].value()), errc::connect_timeout);
}

CO_TEST(ClientDials, TheNextDialsWhereTheFirstIsCancelled) {
  site::server s(ok);
  const std::string url = s.listen_tls(ca().issue()).url("/");
  s.on_connect([](std::uint64_t connection) { return connection == 1 ? site::script({site::pause(4s)}) : site::reply{}; });
  client c = trusting_client(loop);
  const exchange_options options = quick_options();  // exchange keeps a reference
  asio::cancellation_signal stop;
  std::optional<errc> first;
  asio::co_spawn(loop, c.exchange(get(url), options), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, const result<response>& r) { first = code_of(r); }));
  burst others(loop, c, url, 2);
  asio::steady_timer pause(loop, 100ms);
  co_await pause.async_wait(asio::use_awaitable);
  EXPECT_EQ(s.connections().size(), 1U);
  stop.emit(asio::cancellation_type::terminal);
  co_await others.wait();
  EXPECT_EQ(first, errc::cancelled);
  EXPECT_EQ(others.answered(), 2U);
}

}  // namespace
}  // namespace trawl::net::h2
