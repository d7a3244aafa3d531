// Two jobs that ask the same host: each has its turn, and none waits for the other's whole queue.
#include <boost/asio/detached.hpp>

#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

using namespace std::chrono_literals;

/// One job's frontier on gates that it shares, and what it has done.
struct job {
  job(asio::io_context& io, host_gates& gates, async::manual_clock& clock_of_all, clock::duration delay, std::uint32_t per_host, std::uint32_t slots = 256)
      : time(clock_of_all), shared(slots, 0),
        urls(io.get_executor(), shared, gates, log, {.on_new_host = [=, this](host_gate& gate, const candidate&) { gate.join(delay, per_host, this); }, .time = clock_of_all}) {}

  task add(std::uint64_t count) {
    std::vector<candidate> all;
    for (std::uint64_t i = 1; i <= count; ++i) all.push_back(page(i));
    co_await urls.add(all, seed_cursor{0, true});
  }
  task visit(lease held, clock::duration latency) {
    co_await async::sleep_for(time, latency);
    co_await urls.commit(held, finished_page());
    ++recorded;
  }
  task crawl(clock::duration latency) {
    while (auto held = co_await urls.next()) {
      ++started;
      asio::co_spawn(co_await asio::this_coro::executor, visit(std::move(*held), latency), asio::detached);
    }
    ended_at = time.now();
  }

  async::manual_clock& time;
  ledger shared;
  memory_log log;
  memory_frontier urls;
  std::uint64_t started = 0, recorded = 0;
  clock::time_point ended_at{};
};

struct FairShare : ::testing::Test {
  asio::io_context io;
  async::manual_clock time;
  host_gates gates;

  task read_log(job& of) {
    for (std::uint64_t seq = 0;;) {
      const auto entry = co_await of.log.read(seq);
      if (!entry) co_return;
      seq = entry->seq;
    }
  }
  void start(job& one, std::uint64_t urls, clock::duration latency) {
    asio::co_spawn(io, read_log(one), asio::detached);
    asio::co_spawn(io, one.add(urls), asio::detached);
    asio::co_spawn(io, one.crawl(latency), asio::detached);
  }
  void run_until(const std::function<bool()>& condition, clock::duration at_most) {
    const auto end = time.now() + at_most;
    for (;;) {
      io.restart();
      if (io.poll() > 0) continue;
      if (condition() || time.now() >= end) return;
      time.advance(1ms);
    }
  }
  static clock::duration time_of(const job& one, clock::time_point begin) { return one.ended_at - begin; }
};

TEST_F(FairShare, OfAHostsClockEachHasEverySecondTurn) {
  job big(io, gates, time, 10ms, 2), small(io, gates, time, 10ms, 2);
  start(big, 1000, 1ms);
  run_until([&] { return big.recorded >= 20; }, 1s);
  const auto begin = time.now();
  const std::uint64_t before = big.started;
  start(small, 10, 1ms);
  run_until([&] { return small.ended_at != clock::time_point{}; }, 10s);
  EXPECT_EQ(small.recorded, 10U);
  EXPECT_LE(time_of(small, begin), 215ms);  // ten turns of its own, ten of the other
  EXPECT_GE(big.started - before, 9U);
  EXPECT_LE(big.started - before, 11U);
  big.urls.cancel();
  run_until([&] { return big.ended_at != clock::time_point{}; }, 1s);
}

TEST_F(FairShare, OfAHostsPermitsEachHasEverySecondOne) {
  job big(io, gates, time, 0ms, 1), small(io, gates, time, 0ms, 1);
  start(big, 10'000, 5ms);
  run_until([&] { return big.recorded >= 20; }, 1s);
  const auto begin = time.now();
  start(small, 10, 5ms);
  run_until([&] { return small.ended_at != clock::time_point{}; }, 10s);
  EXPECT_EQ(small.recorded, 10U);
  EXPECT_LE(time_of(small, begin), 110ms);
  big.urls.cancel();
  run_until([&] { return big.ended_at != clock::time_point{}; }, 1s);
}

TEST_F(FairShare, AJobThatIsPausedKeepsNoOtherWaiting) {
  job paused(io, gates, time, 10ms, 2), other(io, gates, time, 10ms, 2);
  start(paused, 1000, 1ms);
  run_until([&] { return paused.recorded >= 5; }, 1s);
  start(other, 1000, 1ms);
  run_until([&] { return other.recorded >= 5; }, 1s);
  paused.urls.pause();
  const std::uint64_t before = other.recorded;
  run_until([&] { return other.recorded >= before + 100; }, 5s);
  EXPECT_GE(other.recorded, before + 100);
  const auto now = time.now();
  run_until([&] { return other.recorded >= before + 200; }, 5s);
  EXPECT_LE(time.now() - now, 1100ms);  // its whole pace
  paused.urls.resume();
  run_until([&] { return paused.recorded >= 20; }, 1s);
  EXPECT_GE(paused.recorded, 20U);
  paused.urls.cancel(), other.urls.cancel();
  run_until([&] { return paused.ended_at != clock::time_point{} && other.ended_at != clock::time_point{}; }, 1s);
}

TEST_F(FairShare, AJobWithoutAFreeSlotKeepsNoOtherWaiting) {
  job slow(io, gates, time, 0ms, 2, 1), quick(io, gates, time, 0ms, 2);
  start(slow, 1000, 200ms);
  start(quick, 100, 1ms);
  const auto begin = time.now();
  run_until([&] { return quick.ended_at != clock::time_point{}; }, 10s);
  EXPECT_EQ(quick.recorded, 100U);
  EXPECT_LE(time_of(quick, begin), 300ms);
  slow.urls.cancel();
  run_until([&] { return slow.ended_at != clock::time_point{}; }, 1s);
}

}  // namespace
}  // namespace trawl::frontier
