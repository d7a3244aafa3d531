#include <vector>

#include "crawler/async/gate.hpp"
#include "crawler/fetch/decorators.hpp"
#include "tests/unit/fetch/fetching.hpp"

namespace trawl::fetch {
namespace {

using namespace std::chrono_literals;
using async::smallest_lease;

struct counted {
  explicit counted(std::uint64_t limit) : all(limit), job(all, limit), fetch(with_memory(next.function(), job, gates)) {}

  async::byte_budget all;
  async::byte_account job;
  frontier::host_gates gates;
  scripted_fetch next;
  fetch_fn fetch;
};

CO_TEST(Memory, TheAnswerHoldsItsRoomUntilItGoes) {
  counted c(10 * smallest_lease);
  c.next.then(answer_of(200, {}, "body"));
  {
    const auto got = co_await c.fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(got).body, "body");
    EXPECT_EQ(response_in(got).memory.bytes(), smallest_lease);
    EXPECT_EQ(c.job.used(), smallest_lease);
  }
  EXPECT_EQ(c.job.used(), 0U);
  CO_ASSERT(c.next.asked().size() == 1);
  EXPECT_NE(c.next.asked()[0].memory, nullptr);
}

CO_TEST(Memory, AnErrorAndADeferralHoldNone) {
  counted c(10 * smallest_lease);
  c.next.then(fail(errc::connect_reset)).then(deferral{});
  const auto failed = co_await c.fetch(ask_for("http://a/"));
  EXPECT_EQ(failed.error().code, errc::connect_reset);
  EXPECT_EQ(c.job.used(), 0U);
  const auto off = co_await c.fetch(ask_for("http://a/"));
  EXPECT_TRUE(off);
  EXPECT_EQ(c.job.used(), 0U);
}

asio::awaitable<void> fetch_once(const fetch_fn& fetch, std::vector<result<outcome>>& out) {
  co_await asio::this_coro::throw_if_cancelled(false);
  out.push_back(co_await fetch(ask_for("http://a/")));
}

/// Its turn of the host's clock has passed when there is room: it has to take another.
CO_TEST(Memory, WithoutRoomItWaitsAndTakesAnotherTurn) {
  counted c(smallest_lease);
  byte_lease held;
  EXPECT_TRUE(c.job.try_take(held, smallest_lease));
  c.next.then(answer_of(200));
  async::gate tasks(loop.get_executor());
  std::vector<result<outcome>> got;
  tasks.spawn(fetch_once(c.fetch, got));
  asio::steady_timer soon(loop, 5ms);
  co_await soon.async_wait(asio::use_awaitable);
  EXPECT_TRUE(c.next.asked().empty());
  held.release();
  co_await tasks.close();
  CO_ASSERT(got.size() == 1);
  EXPECT_EQ(response_in(got[0]).status, 200);
  EXPECT_GE(response_in(got[0]).waited, 5ms);
  CO_ASSERT(c.next.asked().size() == 1);
  EXPECT_FALSE(c.next.asked()[0].charged);
}

CO_TEST(Memory, CancelledItLeavesNothingBehind) {
  counted c(smallest_lease);
  byte_lease held;
  EXPECT_TRUE(c.job.try_take(held, smallest_lease));
  async::gate tasks(loop.get_executor());
  std::vector<result<outcome>> got;
  tasks.spawn(fetch_once(c.fetch, got));
  asio::steady_timer soon(loop, 1ms);
  co_await soon.async_wait(asio::use_awaitable);
  EXPECT_EQ(c.job.waiting(), 1U);
  tasks.cancel_all();
  co_await tasks.close();
  CO_ASSERT(got.size() == 1);
  EXPECT_EQ(got[0].error().code, errc::cancelled);
  EXPECT_EQ(c.job.waiting(), 0U);
}

}  // namespace
}  // namespace trawl::fetch
