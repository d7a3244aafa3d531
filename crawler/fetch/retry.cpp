#include "crawler/policy/retry.hpp"

#include "crawler/fetch/decorators.hpp"
#include "crawler/policy/backoff.hpp"

namespace trawl::fetch {
namespace {

constexpr std::uint32_t most_refusals = 10;  // of one request that the server has not looked at; a further one is a failure like others

class retrier final {
 public:
  retrier(fetch_fn next, const config::fetch& settings, async::clock& time) : next_(std::move(next)), settings_(settings), time_(time) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    attempt_state state = asked.so_far;
    const bool repeats = asked.idempotent, may_repeat = repeats && state.retries < settings_.retries;
    auto got = co_await next_(std::move(asked));
    if (!got && got.error().unseen && state.refusals < most_refusals) co_return asked_anew(std::move(state));
    if (repeats && was_our_wait(got) && state.refusals < most_refusals) co_return asked_anew(std::move(state));
    if (!may_repeat || !is_worth_it(got)) co_return got;
    const auto now = time_.now();
    const auto wait = policy::backoff(settings_.backoff, state.retries, policy::jitter(now));
    ++state.attempts;
    ++state.retries;
    state.holds = 0;  // no longer in a row
    co_return deferral{now + wait, std::move(state), defer_reason::retry};
  }

 private:
  /// The first time at the host's own pace; a server that goes on refusing has too much to do.
  outcome asked_anew(attempt_state state) const {
    const auto now = time_.now();
    const auto wait = state.refusals == 0 ? async::clock::duration::zero() : policy::backoff(settings_.backoff, state.refusals - 1, policy::jitter(now));
    ++state.attempts;
    ++state.refusals;
    return deferral{now + wait, std::move(state), defer_reason::retry};
  }

  /// The body was cut because it waited too long for room of ours (fetch.memory): the server has done all that it should.
  static bool was_our_wait(const result<outcome>& got) {
    const auto* answer = got ? std::get_if<response>(&*got) : nullptr;
    return answer != nullptr && answer->truncated == truncation::time && answer->waited > response{}.waited;
  }

  static bool is_worth_it(const result<outcome>& got) {
    if (!got) return policy::classify(got.error()) == policy::retry_class::retry;
    const auto* answer = std::get_if<response>(&*got);
    return answer != nullptr && (policy::classify(answer->status) == policy::retry_class::retry || answer->truncated == truncation::disconnect || answer->truncated == truncation::time);
  }

  fetch_fn next_;
  const config::fetch& settings_;
  async::clock& time_;
};

}  // namespace

fetch_fn with_retry(fetch_fn next, const config::fetch& settings, async::clock& time) { return retrier(std::move(next), settings, time); }

}  // namespace trawl::fetch
