// CO_TEST(Suite, Case) { … co_await …; }: a GoogleTest case whose body is a coroutine on an event loop of its own.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <string>

namespace trawl::testing {

/// Longer than any case needs on a loaded machine, short enough to wait for.
inline constexpr std::chrono::seconds co_test_deadline{5};

/// Runs the coroutine to its end on a loop of its own; the case fails when it has not ended by then, or ends with an exception. One
/// that is late is cancelled (terminal) and, if that does not end it, destroyed with its loop.
inline void run_to_end(boost::asio::awaitable<void> (*body)(boost::asio::io_context&), std::chrono::milliseconds deadline = co_test_deadline) {
  boost::asio::io_context loop(1);
  boost::asio::cancellation_signal stop;
  bool ended = false, late = false;
  boost::asio::co_spawn(loop, body(loop), boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure) {
    ended = true;
    loop.stop();
    if (!failure || late) return;  // late: cancelled below, as it says
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      ADD_FAILURE() << "the coroutine ended with an exception: " << e.what();
    }
  }));
  loop.run_for(deadline);
  if (ended) return;
  late = true;
  ADD_FAILURE() << "the coroutine has not ended after " << std::chrono::duration<double>(deadline).count() << " s";
  stop.emit(boost::asio::cancellation_type::terminal);
  loop.run_for(std::chrono::milliseconds(100));
}

}  // namespace trawl::testing

/// The body is a coroutine; `loop` is the io_context that it runs on.
#define CO_TEST(Suite, Case)                                                                                             \
  static boost::asio::awaitable<void> Suite##_##Case##_body(boost::asio::io_context& loop);                              \
  TEST(Suite, Case) { ::trawl::testing::run_to_end(&Suite##_##Case##_body); }                                            \
  static boost::asio::awaitable<void> Suite##_##Case##_body([[maybe_unused]] boost::asio::io_context& loop)

/// ASSERT_TRUE for coroutines, where GoogleTest's own can't return.
#define CO_ASSERT(condition)                                                  \
  if (!(condition)) {                                                         \
    ADD_FAILURE() << "CO_ASSERT(" #condition ") does not hold";              \
    co_return;                                                                \
  } else                                                                      \
    static_cast<void>(0)
