#include "crawler/async/gate.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/co_test.hpp"

namespace trawl::async {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> sleep_for(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> note_after(std::chrono::milliseconds length, int& ended) {
  co_await sleep_for(length);
  ++ended;
}

CO_TEST(Gate, CloseWaitsForAllInside) {
  gate g(loop.get_executor());
  int ended = 0;
  for (int i = 0; i < 3; ++i) g.spawn(note_after(10ms * i, ended));
  EXPECT_EQ(g.held(), 3U);
  EXPECT_FALSE(g.closing());
  co_await g.close();
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(g.held(), 0U);
  EXPECT_TRUE(g.closing());
}

CO_TEST(Gate, CloseOfAnEmptyOneIsAtOnce) {
  gate g(loop.get_executor());
  co_await g.close();
  co_await g.close();
  EXPECT_EQ(g.held(), 0U);
}

asio::awaitable<void> spawn_another(gate& g, int& ended) {
  co_await sleep_for(5ms);
  g.spawn(note_after(20ms, ended));
}

CO_TEST(Gate, WhatIsSpawnedMeanwhileCounts) {
  gate g(loop.get_executor());
  int ended = 0;
  g.spawn(spawn_another(g, ended));
  co_await g.close();
  EXPECT_EQ(ended, 1);
}

CO_TEST(Gate, CancelAllEndsWaits) {
  gate g(loop.get_executor());
  int ended = 0;
  for (int i = 0; i < 3; ++i) g.spawn(note_after(1h, ended));
  co_await sleep_for(1ms);  // they wait now
  g.cancel_all();
  co_await g.close();
  EXPECT_EQ(ended, 0);
}

asio::awaitable<void> throw_after(std::chrono::milliseconds length) {
  co_await sleep_for(length);
  throw std::runtime_error("of its own");
}

CO_TEST(Gate, ExceptionOfOneLeavesTheOthersAlone) {
  gate g(loop.get_executor());
  int ended = 0;
  g.spawn(throw_after(1ms));
  g.spawn(note_after(10ms, ended));
  co_await g.close();
  EXPECT_EQ(ended, 1);
}

TEST(GateDeathTest, DestroyedWhileItHoldsSomethingEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        asio::io_context io;
        gate g(io.get_executor());
        int ended = 0;
        g.spawn(note_after(1h, ended));
        io.poll();
      },
      "");
}

}  // namespace
}  // namespace trawl::async
