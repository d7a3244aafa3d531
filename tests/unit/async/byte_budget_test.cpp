#include "crawler/async/byte_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "crawler/async/gate.hpp"
#include "tests/support/co_test.hpp"

namespace trawl::async {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

steady_clock::time_point late() { return steady_clock::now() + 1h; }

asio::awaitable<void> turn() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

/// Takes so much, notes its name, and keeps the lease in `kept`.
asio::awaitable<void> take_and_note(byte_account& from, std::uint64_t bytes, byte_lease& kept, int name, std::vector<int>& order) {
  const auto got = co_await from.take(kept, bytes, late());
  if (got) order.push_back(name);
}

TEST(ByteBudget, GivesAtOnceWhatThereIs) {
  byte_budget all(100);
  byte_account job(all, 80);
  byte_lease a, b;
  EXPECT_TRUE(job.try_take(a, 50));
  EXPECT_FALSE(job.try_take(b, 31));
  EXPECT_TRUE(job.try_take(b, 30));
  EXPECT_EQ(job.used(), 80U);
  a.release();
  EXPECT_EQ(job.used(), 30U);
  b.trim(10);
  EXPECT_EQ(b.bytes(), 10U);
  EXPECT_EQ(all.used(), 10U);
}

TEST(ByteBudget, AnAccountHasNoMoreThanTheBudget) {
  byte_budget all(100);
  const byte_account job(all, 1000);
  EXPECT_EQ(job.limit(), 100U);
}

TEST(ByteBudget, ALeaseGivesBackWhenItGoes) {
  byte_budget all(100);
  byte_account job(all, 100);
  try {
    byte_lease lease;
    EXPECT_TRUE(job.try_take(lease, 60));
    const byte_lease moved = std::move(lease);
    EXPECT_EQ(all.used(), 60U);
    throw std::runtime_error("a page that can't be read");
  } catch (const std::runtime_error&) {
    EXPECT_EQ(all.used(), 0U);
  }
}

CO_TEST(ByteBudget, ServesThoseWhoWaitInTheirOrder) {
  byte_budget all(100);
  byte_account job(all, 100);
  gate tasks(loop.get_executor());
  std::vector<int> order;
  byte_lease held;
  EXPECT_TRUE(job.try_take(held, 100));
  std::vector<byte_lease> leases(4);
  for (int i = 0; i < 4; ++i) tasks.spawn(take_and_note(job, 40, leases[static_cast<std::size_t>(i)], i, order));
  co_await turn();
  EXPECT_EQ(all.waiting(), 4U);
  byte_lease small;
  EXPECT_FALSE(job.try_take(small, 0)) << "nobody overtakes";
  held.release();
  co_await turn();
  co_await turn();
  EXPECT_EQ(order, (std::vector{0, 1}));
  leases[0].release();
  leases[1].release();
  co_await tasks.close();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(job.waits(), 4U);
}

CO_TEST(ByteBudget, WhoHasAPartGoesBeforeWhoHasNotBegun) {
  byte_budget all(100);
  byte_account job(all, 100);
  gate tasks(loop.get_executor());
  std::vector<int> order;
  std::vector<byte_lease> leases(4);
  for (const std::size_t i : {0U, 1U}) EXPECT_TRUE(job.try_take(leases[i], 50));
  tasks.spawn(take_and_note(job, 10, leases[2], 2, order));
  co_await turn();
  tasks.spawn(take_and_note(job, 10, leases[0], 0, order));  // favoured: it goes beyond the limit
  tasks.spawn(take_and_note(job, 10, leases[1], 1, order));
  co_await turn();
  co_await turn();
  EXPECT_EQ(order, (std::vector{0}));
  EXPECT_TRUE(leases[0].is_favoured());
  leases[0].trim(30);
  co_await turn();
  co_await turn();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  co_await tasks.close();
}

/// A body of `whole` bytes that comes in steps, and is worked on for a while when it is there.
asio::awaitable<void> read_body(byte_account& from, std::uint64_t whole, std::uint64_t step, std::uint64_t& most, int& ended) {
  byte_lease lease;
  while (lease.bytes() < whole) {
    const auto got = co_await from.take(lease, std::min(step, whole - lease.bytes()), late());
    if (!got) co_return;
    most = std::max(most, from.used());
    co_await turn();
  }
  ++ended;
}

CO_TEST(ByteBudget, AHundredLargeBodiesInARoomForTwoAllEnd) {
  constexpr std::uint64_t whole = 1000;
  byte_budget all(2 * whole);
  byte_account job(all, 2 * whole);
  gate tasks(loop.get_executor());
  std::uint64_t most = 0;
  int ended = 0;
  for (int i = 0; i < 100; ++i) tasks.spawn(read_body(job, whole, 100, most, ended));
  co_await tasks.close();
  EXPECT_EQ(ended, 100);
  EXPECT_LE(most, 3 * whole);
  EXPECT_EQ(all.used(), 0U);
  EXPECT_EQ(all.waiting(), 0U);
}

CO_TEST(ByteBudget, BodiesLargerThanTheLimitGoOneByOne) {
  byte_budget all(1);
  byte_account job(all, 1);
  gate tasks(loop.get_executor());
  std::uint64_t most = 0;
  int ended = 0;
  for (int i = 0; i < 20; ++i) tasks.spawn(read_body(job, 500, 100, most, ended));
  co_await tasks.close();
  EXPECT_EQ(ended, 20);
  EXPECT_LE(most, 501U);
}

CO_TEST(ByteBudget, AJobThatHoldsAllKeepsNoOtherFromGoingOn) {
  byte_budget all(1000);
  byte_account hog(all, 1000), other(all, 1000);
  byte_lease held;
  EXPECT_TRUE(hog.try_take(held, 1000));
  gate tasks(loop.get_executor());
  std::uint64_t most = 0;
  int ended = 0;
  for (int i = 0; i < 5; ++i) tasks.spawn(read_body(other, 300, 100, most, ended));
  co_await tasks.close();
  EXPECT_EQ(ended, 5);
  EXPECT_LE(most, 300U) << "one body each: the budget is used up";
}

CO_TEST(ByteBudget, AWaitEndsAtItsTime) {
  byte_budget all(100);
  byte_account job(all, 100);
  byte_lease held, lease;
  EXPECT_TRUE(job.try_take(held, 100));
  const auto got = co_await job.take(lease, 1, steady_clock::now() + 20ms);
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().code, errc::timeout_total);
  EXPECT_EQ(all.waiting(), 0U);
  EXPECT_EQ(all.used(), 100U);
}

asio::awaitable<void> take_or_say_why(byte_account& from, std::optional<errc>& why) {
  co_await asio::this_coro::throw_if_cancelled(false);
  byte_lease lease;
  const auto got = co_await from.take(lease, 10, late());
  if (!got) why = got.error().code;
}

CO_TEST(ByteBudget, ACancelledWaitLeavesItsPlace) {
  byte_budget all(100);
  byte_account job(all, 100);
  byte_lease held;
  EXPECT_TRUE(job.try_take(held, 100));
  gate tasks(loop.get_executor());
  std::optional<errc> why;
  tasks.spawn(take_or_say_why(job, why));
  co_await turn();
  EXPECT_EQ(all.waiting(), 1U);
  tasks.cancel_all();
  co_await tasks.close();
  EXPECT_EQ(why, errc::cancelled);
  EXPECT_EQ(all.waiting(), 0U);
  held.release();
  EXPECT_EQ(all.used(), 0U);
}

/// What was granted to a coroutine that never ran again is not lost.
TEST(ByteBudget, AGrantThatNobodyFetchesGoesBack) {
  byte_budget all(100);
  byte_account job(all, 100);
  byte_lease held, lease;
  ASSERT_TRUE(job.try_take(held, 100));
  {
    asio::io_context loop;
    std::vector<int> order;
    asio::co_spawn(loop, take_and_note(job, 70, lease, 0, order), [](std::exception_ptr) {});
    loop.poll();
    ASSERT_EQ(all.waiting(), 1U);
    held.release();
    EXPECT_EQ(all.used(), 70U);
  }
  EXPECT_EQ(all.used(), 0U);
}

/// Shards take from one budget at once: nothing is counted twice or lost, nobody waits for ever.
TEST(ByteBudget, HoldsForManyThreads) {
  constexpr std::uint64_t whole = 1000;
  constexpr int bodies = 200;
  byte_budget all(3 * whole);
  byte_account jobs[2] = {{all, 2 * whole}, {all, 3 * whole}};
  std::atomic<int> ended = 0;
  std::atomic<std::uint64_t> most = 0;
  const auto run = [&](byte_account& job) {
    asio::io_context loop(1);
    int mine = 0;
    std::uint64_t high = 0;
    for (int i = 0; i < bodies; ++i) asio::co_spawn(loop, read_body(job, whole, 50, high, mine), [](std::exception_ptr e) { EXPECT_FALSE(e); });
    loop.run_for(30s);
    ended += mine;
    for (std::uint64_t seen = most; seen < high && !most.compare_exchange_weak(seen, high);) {
    }
  };
  {
    std::vector<std::jthread> shards;
    for (int i = 0; i < 4; ++i) shards.emplace_back(run, std::ref(jobs[i % 2]));
  }
  EXPECT_EQ(ended, 4 * bodies);
  EXPECT_LE(most, 4 * whole + 4 * 50) << "and what is counted and not yet taken back where it did not fit";
  EXPECT_EQ(all.used(), 0U);
  EXPECT_EQ(all.waiting(), 0U);
}

}  // namespace
}  // namespace trawl::async
