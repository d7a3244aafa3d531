// What a body may take of memory while it comes: the client reads no further than there is room, and waits on its own time.
#include <gtest/gtest.h>

#include "crawler/async/gate.hpp"
#include "tests/support/co_test.hpp"
#include "tests/support/compressed.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using async::smallest_lease;

constexpr std::uint64_t mib = 1U << 20;

struct budgeted {
  explicit budgeted(asio::io_context& loop, std::uint64_t limit) : all(limit), job(all, limit), c(open_client(loop)) {
    options.memory = &job;
    options.max_body = mib;
  }
  /// One exchange with a lease of its own.
  asio::awaitable<void> ask(std::string url) {
    co_await asio::this_coro::throw_if_cancelled(false);
    byte_lease lease;
    const auto begun = co_await job.take(lease, smallest_lease, std::chrono::steady_clock::time_point::max());
    if (!begun) co_return;
    request r = get(std::move(url));
    r.memory = &lease;
    auto got = co_await c.exchange(std::move(r), options);
    most_held = std::max(most_held, lease.bytes());
    answers.push_back(std::move(got));
  }

  async::byte_budget all;
  async::byte_account job;
  client c;
  exchange_options options = quick_options();
  std::vector<result<response>> answers;
  std::uint64_t most_held = 0;
};

/// Makes it the one lease that may go beyond the limit, with the least that there is: whoever else needs more has to wait.
asio::awaitable<void> favour(async::byte_account& job, byte_lease& lease) {
  EXPECT_TRUE(job.try_take(lease, smallest_lease));
  const auto got = co_await job.take(lease, job.limit(), std::chrono::steady_clock::time_point::max());
  EXPECT_TRUE(got && lease.is_favoured());
  lease.trim(smallest_lease);
}

CO_TEST(ClientMemory, ABodyTakesRoomAsItGrows) {
  site::server s([](const auto&) { return site::page(std::string(500'000, 'x')); });
  budgeted b(loop, 4 * mib);
  co_await b.ask(s.url("/"));
  CO_ASSERT(b.answers.size() == 1 && b.answers[0]);
  EXPECT_EQ(b.answers[0]->body.size(), 500'000U);
  EXPECT_GE(b.most_held, 500'000U);
  EXPECT_LE(b.most_held, 1'000'000U);
  EXPECT_EQ(b.all.used(), 0U);
}

CO_TEST(ClientMemory, ABombUnfoldsNoFurtherThanThereIsRoom) {
  const std::string bomb = testing::compressed_zeros(8 * mib, "gzip");
  site::server s([&](const auto&) { return site::page(bomb, 200, "text/html", "Content-Encoding: gzip\r\n"); });
  budgeted b(loop, mib);
  async::gate tasks(loop.get_executor());
  for (int i = 0; i < 20; ++i) tasks.spawn(b.ask(s.url("/" + std::to_string(i))));
  co_await tasks.close();
  CO_ASSERT(b.answers.size() == 20);
  for (const auto& answer : b.answers) {
    CO_ASSERT(answer);
    EXPECT_EQ(answer->body.size(), mib);
    EXPECT_EQ(answer->truncated, truncation::length);
  }
  EXPECT_LE(b.most_held, mib + 1);
  EXPECT_EQ(b.all.used(), 0U);
}

/// 200 ms of the server's and 300 ms of ours: together more than its total, and a whole window of its rate.
CO_TEST(ClientMemory, WaitingStopsTheServersClocks) {
  const std::string body(200'000, 'x');
  site::server s([&](const auto&) { return site::script({site::send(site::head(200, "Content-Type: text/html\r\nContent-Length: 200000\r\n")), site::pause(200ms), site::send(body)}); });
  budgeted b(loop, 2 * smallest_lease);
  b.options.timeout.total = 400ms;
  b.options.min_rate = 1'000'000;
  b.options.rate_window = 300ms;
  byte_lease held;
  co_await favour(b.job, held);
  async::gate tasks(loop.get_executor());
  tasks.spawn(b.ask(s.url("/")));
  asio::steady_timer timer(loop);
  while (b.job.waiting() == 0) {
    timer.expires_after(5ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  timer.expires_after(300ms);
  co_await timer.async_wait(asio::use_awaitable);
  held.release();
  co_await tasks.close();
  CO_ASSERT(b.answers.size() == 1 && b.answers[0]);
  EXPECT_EQ(b.answers[0]->body, body);
  EXPECT_EQ(b.answers[0]->truncated, truncation::none);
  EXPECT_GE(b.answers[0]->waited, 250ms);
}

CO_TEST(ClientMemory, AWaitIsNoLongerThanTheTotalAndKeepsWhatCame) {
  site::server s([](const auto&) { return site::page(std::string(200'000, 'x')); });
  budgeted b(loop, 2 * smallest_lease);
  b.options.timeout.total = 200ms;
  byte_lease held;
  co_await favour(b.job, held);
  co_await b.ask(s.url("/"));
  CO_ASSERT(b.answers.size() == 1 && b.answers[0]);
  EXPECT_EQ(b.answers[0]->truncated, truncation::time);
  EXPECT_EQ(b.answers[0]->body.size(), smallest_lease);
  EXPECT_EQ(b.job.waiting(), 0U);
}

CO_TEST(ClientMemory, ACancelledWaitGivesBackWhatItHad) {
  site::server s([](const auto&) { return site::page(std::string(200'000, 'x')); });
  budgeted b(loop, 2 * smallest_lease);
  byte_lease held;
  co_await favour(b.job, held);
  async::gate tasks(loop.get_executor());
  tasks.spawn(b.ask(s.url("/")));
  while (b.job.waiting() == 0) {
    asio::steady_timer timer(loop, 5ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  tasks.cancel_all();
  co_await tasks.close();
  CO_ASSERT(b.answers.size() == 1);
  EXPECT_EQ(code_of(b.answers[0]), errc::cancelled);
  EXPECT_EQ(b.job.waiting(), 0U);
  EXPECT_EQ(b.all.used(), smallest_lease);
}

}  // namespace
}  // namespace trawl::net
