#include "tests/support/co_test.hpp"

#include <gtest/gtest-spi.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace trawl::testing {
namespace {

namespace asio = boost::asio;

CO_TEST(CoTest, RunsItsBodyOnTheLoop) {
  asio::steady_timer timer(loop, std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
  const auto executor = co_await asio::this_coro::executor;
  EXPECT_EQ(executor, asio::any_io_executor(loop.get_executor()));
}

bool destroyed = false;
asio::awaitable<void> never(asio::io_context& loop) {
  struct witness {
    ~witness() { destroyed = true; }
  } const here;
  asio::steady_timer timer(loop, asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::use_awaitable);
}

TEST(CoTest, FailsWhatHasNotEndedByTheDeadline) {
  destroyed = false;
  EXPECT_NONFATAL_FAILURE(run_to_end(&never, std::chrono::milliseconds(20)), "has not ended");
  EXPECT_TRUE(destroyed);
}

asio::awaitable<void> broken(asio::io_context&) {
  throw std::runtime_error("of its own");
  co_return;
}

TEST(CoTest, FailsOnAnException) { EXPECT_NONFATAL_FAILURE(run_to_end(&broken), "of its own"); }

int reached = 0;
asio::awaitable<void> half(asio::io_context&) {
  reached = 1;
  CO_ASSERT(reached == 2);
  reached = 3;
}

TEST(CoTest, AssertEndsTheBody) {
  EXPECT_NONFATAL_FAILURE(run_to_end(&half), "CO_ASSERT(reached == 2)");
  EXPECT_EQ(reached, 1);
}

}  // namespace
}  // namespace trawl::testing
