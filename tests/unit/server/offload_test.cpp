// The threads beside the loop: what is computed there never holds up the end of the service.
#include "server/offload.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <stdexcept>

#include "crawler/async/gate.hpp"

namespace trawl::server {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> keep(judges& threads, int& out) {
  out = co_await threads.run([] { return 7; });
}

asio::awaitable<void> keep_failure(judges& threads, std::string& out) {
  try {
    co_await threads.run([]() -> int { throw std::runtime_error("odd"); });
  } catch (const std::runtime_error& e) {
    out = e.what();
  }
}

TEST(Judges, GiveTheValueOrTheException) {
  asio::io_context loop;
  judges threads(1);
  int value = 0;
  std::string failure;
  const auto open = asio::make_work_guard(loop);
  asio::co_spawn(loop, keep(threads, value), [](std::exception_ptr) {});
  asio::co_spawn(loop, keep_failure(threads, failure), [&loop](std::exception_ptr) { loop.stop(); });
  loop.run_for(5s);
  EXPECT_EQ(value, 7);
  EXPECT_EQ(failure, "odd");
}

struct long_work {
  std::shared_ptr<std::atomic<int>> state;
  int operator()() const {
    *state = 1;
    while (*state == 1) std::this_thread::sleep_for(1ms);
    *state = 3;
    return 0;
  }
};

asio::awaitable<void> wait_for(judges& threads, long_work work) { co_await threads.run(std::move(work)); }

TEST(Judges, NeitherCancellationNorTheEndWaitsForWork) {
  const auto state = std::make_shared<std::atomic<int>>(0);
  {
    asio::io_context loop;
    judges threads(1);
    async::gate gate(loop.get_executor());
    gate.spawn(wait_for(threads, {state}));
    for (int i = 0; i < 5'000 && *state == 0; ++i) loop.run_for(1ms);
    ASSERT_EQ(*state, 1);
    gate.cancel_all();
    asio::co_spawn(loop, gate.close(), [](std::exception_ptr) {});
    loop.restart();
    loop.run_for(5s);
    EXPECT_EQ(gate.held(), 0U);
  }
  EXPECT_EQ(*state, 1);  // it still computes, and nobody waited
  *state = 2;
  for (int i = 0; i < 5'000 && *state != 3; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(*state, 3);
}

}  // namespace
}  // namespace trawl::server
