#include "tests/support/scripted_fetch.hpp"

#include <gtest/gtest-spi.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "tests/support/co_test.hpp"

namespace trawl::testing {
namespace {

request for_url(std::string url) {
  request r;
  r.url = std::move(url);
  return r;
}

CO_TEST(ScriptedFetch, GivesItsOutcomesInOrderAndRemembers) {
  scripted_fetch script;
  script.then(answer_of(200)).then(fail(errc::connect_reset));
  const fetch::fetch_fn fetch = script.function();
  const auto first = co_await fetch(for_url("http://h/1"));
  const auto second = co_await fetch(for_url("http://h/2"));
  EXPECT_TRUE(first.has_value());
  CO_ASSERT(!second.has_value());
  EXPECT_EQ(second.error().code, errc::connect_reset);
  CO_ASSERT(script.asked().size() == 2U);
  EXPECT_EQ(script.asked()[1].url, "http://h/2");
  EXPECT_EQ(script.left(), 0U);
}

CO_TEST(ScriptedFetch, NeverEndsWhenCancelled) {
  scripted_fetch script;
  script.then_never();
  const fetch::fetch_fn fetch = script.function();
  boost::asio::cancellation_signal stop;
  boost::asio::steady_timer ended(loop, boost::asio::steady_timer::time_point::max());
  std::optional<errc> code;
  boost::asio::co_spawn(loop, fetch(for_url("http://h/")), boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, scripted_fetch::outcome out) {
    if (!out) code = out.error().code;
    ended.cancel();
  }));
  boost::asio::steady_timer soon(loop, std::chrono::milliseconds(5));
  co_await soon.async_wait(boost::asio::use_awaitable);
  EXPECT_FALSE(code);
  stop.emit(boost::asio::cancellation_type::terminal);
  co_await ended.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  EXPECT_EQ(code, errc::cancelled);
}

boost::asio::awaitable<void> ask_once_too_often(boost::asio::io_context&) {
  const fetch::fetch_fn fetch = scripted_fetch().function();
  co_await fetch(for_url("http://h/"));
}

TEST(ScriptedFetch, FailsTheTestWhenAskedTooOften) { EXPECT_NONFATAL_FAILURE(run_to_end(&ask_once_too_often), "http://h/"); }

}  // namespace
}  // namespace trawl::testing
