#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

using namespace std::chrono_literals;

CO_TEST(Deadline, PassesAnswersAndErrorsThrough) {
  scripted_fetch next;
  next.then(answer_of(200)).then(fail(errc::tls_handshake));
  const auto fetch = with_deadline(next.function(), 2s);
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).status, 200);
  const auto failed = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(failed.error().code, errc::tls_handshake);
}

CO_TEST(Deadline, EndsWhatHangsWithItsOwnCode) {
  scripted_fetch next;
  next.then_never();
  const auto fetch = with_deadline(next.function(), 20ms);
  const auto got = co_await fetch(ask_for("http://a/"));
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().code, errc::timeout_total);
}

CO_TEST(Deadline, CancellationFromAboveIsNoTimeout) {
  scripted_fetch next;
  next.then_never();
  const auto fetch = with_deadline(next.function(), 1h);
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(loop, fetch(ask_for("http://a/")), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure, result<outcome> got) {
    ended = true;
    EXPECT_TRUE(failure || got.error().code == errc::cancelled);
  }));
  asio::steady_timer soon(loop, 2ms);
  co_await soon.async_wait(asio::use_awaitable);
  stop.emit(asio::cancellation_type::terminal);
  soon.expires_after(10ms);
  co_await soon.async_wait(asio::use_awaitable);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace trawl::fetch
