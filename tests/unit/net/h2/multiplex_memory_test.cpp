// Memory for bodies over HTTP/2: while one waits for it, its server may send no more of it, and the connection's others go on.
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <vector>

#include "crawler/async/gate.hpp"
#include "crawler/net/h2/multiplex.hpp"
#include "tests/support/co_test.hpp"
#include "tests/support/compressed.hpp"
#include "tests/support/h2_peer.hpp"

namespace trawl::net::h2 {
namespace {

using async::smallest_lease;
using testing::h2_peer;
using testing::memory_stream;
using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1U << 20;

/// A server whose answers are so many zeros, compressed where the path says so, and a client with a budget.
struct budgeted {
  budgeted(asio::io_context& loop, std::uint64_t limit) : all(limit), job(all, limit), wire(std::make_shared<memory_stream>(loop.get_executor())) {
    wire->on_write = [this](std::string_view bytes) { take(bytes); };
    h2 = std::make_unique<multiplex>(loop.get_executor(), wire);
  }
  ~budgeted() { wire->on_write = nullptr; }
  void take(std::string_view bytes) {
    peer.feed(bytes);
    for (const auto& [id, r] : peer.requests()) {
      if (!r.is_whole || id <= answered) continue;
      answered = id;
      const bool is_bomb = r.field(":path") == "/bomb";
      peer.respond(id, 200, is_bomb ? header_list{{"content-encoding", "gzip"}} : header_list{}, is_bomb ? testing::compressed_zeros(4 * mib, "gzip") : std::string(2 * mib, 'x'));
    }
    if (const std::string out = peer.take_output(); !out.empty()) sent += out.size(), wire->push(out);
  }
  asio::awaitable<void> ask(std::string path, std::chrono::milliseconds total = 3s) {
    co_await asio::this_coro::throw_if_cancelled(false);
    byte_lease lease;
    const auto begun = co_await job.take(lease, smallest_lease, std::chrono::steady_clock::time_point::max());
    if (!begun) co_return;
    request r;
    r.url = "https://h.example" + path;
    r.memory = &lease;
    auto target = url::parse(r.url);
    const auto now = std::chrono::steady_clock::now();
    exchange_terms terms{.first_byte = now + 3s, .total = now + total, .max_body = mib, .wants_body = {}, .memory = &job, .longest_wait = total};
    outcome o = co_await h2->exchange(std::move(r), std::move(*target), std::move(terms));
    answers.push_back(std::move(o.answer));
  }
  /// Makes it the one lease that may go beyond the limit, with the least that there is: whoever else needs more has to wait.
  asio::awaitable<void> favour(byte_lease& lease) {
    EXPECT_TRUE(job.try_take(lease, smallest_lease));
    const auto got = co_await job.take(lease, job.limit(), std::chrono::steady_clock::time_point::max());
    EXPECT_TRUE(got && lease.is_favoured());
    lease.trim(smallest_lease);
  }

  async::byte_budget all;
  async::byte_account job;
  std::shared_ptr<memory_stream> wire;
  h2_peer peer;
  std::unique_ptr<multiplex> h2;
  std::int32_t answered = 0;
  std::size_t sent = 0;
  std::vector<result<response>> answers;
};

asio::awaitable<void> pause(asio::io_context& loop, std::chrono::milliseconds how_long) {
  asio::steady_timer timer(loop, how_long);
  co_await timer.async_wait(asio::use_awaitable);
}

CO_TEST(MultiplexMemory, ManyLargeBodiesAndBombsAllEnd) {
  budgeted b(loop, mib);
  async::gate tasks(loop.get_executor());
  for (int i = 0; i < 10; ++i) {
    tasks.spawn(b.ask("/bomb"));
    tasks.spawn(b.ask("/plain"));
  }
  co_await tasks.close();
  CO_ASSERT(b.answers.size() == 20);
  for (const auto& answer : b.answers) {
    CO_ASSERT(answer);
    EXPECT_EQ(answer->body.size(), mib);
    EXPECT_EQ(answer->truncated, truncation::length);
  }
  EXPECT_EQ(b.all.used(), 0U);
  EXPECT_EQ(b.all.waiting(), 0U);
}

/// RFC 9113, 6.9: what is not read opens no window.
CO_TEST(MultiplexMemory, WhoWaitsKeepsItsWindowShutAndItsClockStill) {
  budgeted b(loop, 2 * smallest_lease);
  byte_lease held;
  co_await b.favour(held);
  async::gate tasks(loop.get_executor());
  tasks.spawn(b.ask("/plain", 300ms));
  co_await pause(loop, 200ms);
  EXPECT_EQ(b.job.waiting(), 1U);
  EXPECT_LE(b.sent, session_limits{}.stream_window + smallest_lease);
  held.release();
  co_await tasks.close();
  CO_ASSERT(b.answers.size() == 1 && b.answers[0]);
  EXPECT_EQ(b.answers[0]->body.size(), mib);
  EXPECT_EQ(b.answers[0]->truncated, truncation::length);
  EXPECT_GE(b.answers[0]->waited, 150ms);
}

CO_TEST(MultiplexMemory, AWaitThatIsTooLongKeepsWhatCameAndTheConnection) {
  budgeted b(loop, 2 * smallest_lease);
  byte_lease held;
  co_await b.favour(held);
  co_await b.ask("/plain", 100ms);
  CO_ASSERT(b.answers.size() == 1 && b.answers[0]);
  EXPECT_EQ(b.answers[0]->truncated, truncation::time);
  EXPECT_EQ(b.answers[0]->body.size(), smallest_lease);
  held.release();
  EXPECT_TRUE(b.h2->accepts());
  for (int i = 0; i < 70; ++i) co_await b.ask("/plain");  // more than the window of all bodies
  CO_ASSERT(b.answers.size() == 71);
  for (std::size_t i = 1; i < b.answers.size(); ++i) EXPECT_TRUE(b.answers[i] && b.answers[i]->body.size() == mib);
}

}  // namespace
}  // namespace trawl::net::h2
