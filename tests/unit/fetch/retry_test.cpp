#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

using namespace std::chrono_literals;

config::fetch settings(std::uint32_t retries = 2) {
  config::fetch out;
  out.retries = retries;
  out.backoff = {10s, 60s, 0};
  return out;
}

CO_TEST(Retry, LeavesWhatIsFinalAlone) {
  async::manual_clock time;
  const config::fetch how = settings();
  for (const int status : {200, 204, 301, 304, 400, 403, 404, 410, 501}) {
    scripted_fetch next;
    next.then(answer_of(status));
    const auto fetch = with_retry(next.function(), how, time);
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(got).status, status);
  }
}

CO_TEST(Retry, PutsOffWhatMayPassByItself) {
  async::manual_clock time;
  const config::fetch how = settings();
  for (const int status : {408, 425, 500, 502, 504, 522, 524}) {
    scripted_fetch next;
    next.then(answer_of(status));
    const auto fetch = with_retry(next.function(), how, time);
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(deferral_in(got).not_before - time.now(), 10s) << status;
    EXPECT_EQ(deferral_in(got).reason, defer_reason::retry);
    EXPECT_EQ(deferral_in(got).state.retries, 1U);
    EXPECT_EQ(deferral_in(got).state.attempts, 1U);
  }
}

// RFC 9113, 8.7: a request that the server has not looked at may be sent again, whatever it does. It is no failed try; but a server that
// goes on refusing is left in peace for longer and longer, and not for ever.
CO_TEST(Retry, ARequestThatTheServerHasNotLookedAtIsPutOffAndCostsNoRetry) {
  async::manual_clock time;
  const config::fetch how = settings(0);
  scripted_fetch next;
  for (int i = 0; i < 11; ++i) next.then(std::unexpected(error{errc::connect_reset, "the server refused the stream", true}));
  const auto fetch = with_retry(next.function(), how, time);
  request r = ask_for("http://a/");
  r.idempotent = false;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const auto got = co_await fetch(r);
    EXPECT_EQ(deferral_in(got).state.refusals, i + 1);
    EXPECT_EQ(deferral_in(got).state.attempts, i + 1);
    EXPECT_EQ(deferral_in(got).state.retries, 0U);
    EXPECT_EQ(deferral_in(got).not_before - time.now(), i == 0 ? 0s : std::min(10s * (1 << std::min(i - 1, 4U)), 60s));
    r.so_far = deferral_in(got).state;
  }
  const auto last = co_await fetch(r);
  CO_ASSERT(!last.has_value());
  EXPECT_EQ(last.error().code, errc::connect_reset);
}

CO_TEST(Retry, AWaitForOurOwnMemoryIsNoFailedTry) {
  async::manual_clock time;
  const config::fetch how = settings(0);
  scripted_fetch next;
  response cut = answer_of(200, {}, "half");
  cut.truncated = truncation::time;
  cut.waited = 1s;
  next.then(std::move(cut));
  const auto fetch = with_retry(next.function(), how, time);
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(deferral_in(got).state.retries, 0U);
  EXPECT_EQ(deferral_in(got).state.refusals, 1U);
}

CO_TEST(Retry, ABodyThatWasCutOffIsAskedForAgain) {
  async::manual_clock time;
  const config::fetch how = settings(1);
  scripted_fetch next;
  for (int twice = 0; twice < 2; ++twice) {
    response cut = answer_of(200, {}, "half");
    cut.truncated = truncation::disconnect;
    next.then(std::move(cut));
  }
  const auto fetch = with_retry(next.function(), how, time);
  request r = ask_for("http://a/");
  const auto first = co_await fetch(r);
  EXPECT_EQ(deferral_in(first).reason, defer_reason::retry);
  r.so_far = deferral_in(first).state;
  const auto second = co_await fetch(r);
  EXPECT_EQ(response_in(second).body, "half");
}

CO_TEST(Retry, BacksOffFurtherEachTimeAndThenGivesTheAnswer) {
  async::manual_clock time;
  const config::fetch how = settings(2);
  scripted_fetch next;
  next.then(fail(errc::connect_refused)).then(fail(errc::connect_refused)).then(fail(errc::connect_refused));
  const auto fetch = with_retry(next.function(), how, time);
  request r = ask_for("http://a/");
  const auto first = co_await fetch(r);
  r.so_far = deferral_in(first).state;
  const auto second = co_await fetch(r);
  EXPECT_EQ(deferral_in(second).not_before - time.now(), 20s);
  r.so_far = deferral_in(second).state;
  const auto third = co_await fetch(r);
  CO_ASSERT(!third);
  EXPECT_EQ(third.error().code, errc::connect_refused);
}

CO_TEST(Retry, NeverRepeatsWhatOnlyWorksOnce) {
  async::manual_clock time;
  const config::fetch how = settings();
  for (const errc code : {errc::tls_certificate, errc::connect_blocked_address, errc::url_invalid, errc::cancelled}) {
    scripted_fetch next;
    next.then(fail(code));
    const auto fetch = with_retry(next.function(), how, time);
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_FALSE(got) << to_string(code);
  }
  scripted_fetch next;
  next.then(answer_of(500));
  request post = ask_for("http://a/");
  post.method = "POST";
  post.idempotent = false;
  const auto fetch = with_retry(next.function(), how, time);
  const auto got = co_await fetch(post);
  EXPECT_EQ(response_in(got).status, 500);
}

}  // namespace
}  // namespace trawl::fetch
