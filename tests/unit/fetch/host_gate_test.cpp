#include <boost/asio/detached.hpp>
#include <vector>

#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

using namespace std::chrono_literals;

struct gated {
  async::manual_clock time;
  frontier::host_gates gates;
  config::fetch how;
  scripted_fetch next;
  fetch_fn fetch;

  gated() : fetch(with_host_gate(next.function(), gates, how, 30s, time)) { how.backoff = {10s, 60s, 0}; }
};

CO_TEST(HostGate, WaitsForTheHostsClockWhereNobodyChargedIt) {
  gated g;
  g.gates.gate("a").join(5s, 1);
  g.next.then(answer_of(200)).then(answer_of(200));
  request r = ask_for("http://a/robots.txt");
  r.charged.reset();
  const auto first = co_await g.fetch(r);
  EXPECT_EQ(response_in(first).status, 200);
  asio::steady_timer soon(loop, 1ms);
  soon.async_wait([&](auto) {
    EXPECT_EQ(g.next.asked().size(), 1U);  // still waiting
    g.time.advance(5s);
  });
  const auto begin = g.time.now();
  const auto second = co_await g.fetch(r);
  EXPECT_EQ(g.time.now() - begin, 5s);
  EXPECT_EQ(response_in(second).status, 200);
}

CO_TEST(HostGate, AHoldThatComesMeanwhileGivesEachWaiterATurnBehindIt) {
  gated g;
  g.gates.gate("a").join(1s, 1);
  g.gates.gate("a").charge(g.time.now());
  g.next.then(answer_of(200)).then(answer_of(200));
  std::vector<async::clock::time_point> started;
  const auto wait = [&]() -> asio::awaitable<void> {
    request r = ask_for("http://a/robots.txt");
    r.charged.reset();
    co_await g.fetch(std::move(r));
    started.push_back(g.time.now());
  };
  const auto begin = g.time.now();
  asio::co_spawn(loop, wait, asio::detached);
  asio::co_spawn(loop, wait, asio::detached);
  asio::steady_timer soon(loop, 1ms);
  co_await soon.async_wait(asio::use_awaitable);
  g.gates.gate("a").hold(begin + 10s);
  while (started.size() < 2 && g.time.now() < begin + 30s) {
    g.time.advance(500ms);
    soon.expires_after(1ms);
    co_await soon.async_wait(asio::use_awaitable);
  }
  CO_ASSERT(started.size() == 2);
  EXPECT_EQ(started[0] - begin, 10s);
  EXPECT_EQ(started[1] - begin, 11s);
}

CO_TEST(HostGate, CancelledWhileItWaitsItAsksNothing) {
  gated g;
  g.gates.gate("a").hold(g.time.now() + 1h);
  request r = ask_for("http://a/");
  r.charged.reset();
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(loop, g.fetch(r), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<outcome> got) {
    ended = true;
    EXPECT_EQ(got.error().code, errc::cancelled);
  }));
  asio::steady_timer soon(loop, 1ms);
  co_await soon.async_wait(asio::use_awaitable);
  stop.emit(asio::cancellation_type::terminal);
  soon.expires_after(5ms);
  co_await soon.async_wait(asio::use_awaitable);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(g.next.asked().empty());
}

CO_TEST(HostGate, HoldsTheHostAfter429And503ForAsLongAsAsked) {
  for (const int status : {429, 503}) {
    gated g;
    g.next.then(answer_of(status, {{"Retry-After", "20"}}));
    const auto got = co_await g.fetch(ask_for("http://a/"));
    EXPECT_EQ(deferral_in(got).reason, defer_reason::hold);
    EXPECT_EQ(deferral_in(got).not_before - g.time.now(), 20s);
    EXPECT_EQ(g.gates.gate("a").clock_opens_at() - g.time.now(), 20s);
    EXPECT_EQ(deferral_in(got).state.holds, 1U);
    EXPECT_EQ(deferral_in(got).state.retries, 0U);  // a hold costs no retry
  }
}

CO_TEST(HostGate, CutsALongRetryAfterAndBacksOffWithoutOne) {
  gated g;
  g.next.then(answer_of(429, {{"Retry-After", "100000"}})).then(answer_of(429));
  const auto cut = co_await g.fetch(ask_for("http://a/"));
  EXPECT_EQ(deferral_in(cut).not_before - g.time.now(), 30s);
  request r = ask_for("http://a/");
  r.so_far.holds = 1;
  const auto own = co_await g.fetch(r);
  EXPECT_EQ(deferral_in(own).not_before - g.time.now(), 20s);
}

CO_TEST(HostGate, AfterTenHoldsInARowTheAnswerIsTheAnswer) {
  gated g;
  g.next.then(answer_of(503));
  request r = ask_for("http://a/");
  r.so_far.holds = 10;
  const auto got = co_await g.fetch(r);
  EXPECT_EQ(response_in(got).status, 503);
}

CO_TEST(HostGate, OtherHostsAreNotHeld) {
  gated g;
  g.next.then(answer_of(429, {{"Retry-After", "20"}}));
  co_await g.fetch(ask_for("http://a/"));
  EXPECT_LE(g.gates.gate("b").clock_opens_at(), g.time.now());
}

CO_TEST(HostGate, ErrorsPassThrough) {
  gated g;
  g.next.then(fail(errc::connect_reset));
  const auto got = co_await g.fetch(ask_for("http://a/"));
  EXPECT_EQ(got.error().code, errc::connect_reset);
}

}  // namespace
}  // namespace trawl::fetch
