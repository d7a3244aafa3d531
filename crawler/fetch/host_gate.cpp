#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "crawler/fetch/decorators.hpp"
#include "crawler/policy/backoff.hpp"
#include "crawler/policy/hosts/host_health.hpp"
#include "crawler/policy/retry.hpp"

namespace trawl::fetch {
namespace {

constexpr std::uint32_t most_holds = 10;  // for 429 and 503 in a row; the next such answer is itself the record

class gate_keeper final {
 public:
  gate_keeper(fetch_fn next, frontier::host_gates& gates, const config::fetch& settings, config::duration max_retry_after, async::clock& time)
      : next_(std::move(next)), gates_(gates), settings_(settings), max_retry_after_(max_retry_after), time_(time) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    const auto where = url::parse(asked.url);
    if (!where) co_return fail(errc::url_invalid, "not a URL");
    const std::string host = where->host_port();
    if (!asked.charged) {
      const bool is_open = co_await pass(host);
      if (!is_open) co_return fail(errc::cancelled);
    }
    attempt_state state = asked.so_far;
    const auto charged = asked.charged;
    const auto begin = time_.now();
    auto got = co_await next_(std::move(asked));
    const auto* answer = got ? std::get_if<response>(&*got) : nullptr;
    frontier::host_gate& gate = gates_.gate(host);
    if (answer == nullptr) {
      if (got) step_back(std::get<deferral>(*got), gate, charged);
      if (!got) learn_from(got.error(), host, time_.now() - begin);
      co_return got;
    }
    const bool is_good = answer->status < 300 || answer->status == 304;  // 304: what was asked for, in few bytes
    gate.observe(answer->latency, is_good ? policy::health::good : answer->status < 500 ? policy::health::error : policy::health::trouble);
    const bool refuses = policy::classify(answer->status) == policy::retry_class::hold;
    gate.answered(time_.now(), refuses);
    if (!refuses || state.holds >= most_holds) co_return got;
    co_return put_off(*answer, std::move(state), gate);
  }

 private:
  /// Nothing was sent, for the address is full: the host's clock is as before, and nothing else of the host is tried until its turn.
  static void step_back(deferral& off, frontier::host_gate& gate, std::optional<frontier::clock::time_point> charged) {
    if (off.reason != defer_reason::address) return;
    if (charged) gate.refund(*charged);
    gate.hold(off.not_before);
    if (off.state.attempts == 0) off.state.first_attempt_at.clear();
  }

  void learn_from(const error& failure, const std::string& host, async::clock::duration took) const {
    frontier::host_gate& gate = gates_.gate(host);
    if (is_retryable(failure.code) && !failure.unseen) gate.observe(took, policy::health::trouble);
    if (policy::is_no_connection(failure.code) && gate.unreached(time_.now(), settings_.backoff.max))
      spdlog::warn("{} is given up as dead: no connection to it comes about; what is queued of it is skipped", host);
  }

  /// Waits for its turn by the host's clock; false when cancelled. Only what holds no lease may come here: it sleeps. The turn is charged
  /// before it comes: a scheduler with a full queue takes every moment that is free.
  asio::awaitable<bool> pass(const std::string& host) const {
    frontier::clock::time_point turn = gates_.gate(host).reserve(time_.now());
    for (;;) {
      const auto now = time_.now();
      if (gates_.gate(host).held_until() > turn) turn = gates_.gate(host).reserve(now);  // a Retry-After came while we slept: a new turn behind it
      if (turn <= now) co_return true;
      const auto wait = turn - now;
      co_await async::sleep_for(time_, wait);
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) co_return false;
    }
  }

  outcome put_off(const response& answer, attempt_state state, frontier::host_gate& gate) const {
    const auto now = time_.now();
    const auto asked_for = policy::retry_after(answer.header("retry-after").value_or(""), std::chrono::system_clock::now());
    const frontier::clock::duration wait = asked_for ? std::min<frontier::clock::duration>(*asked_for, max_retry_after_)
                                                     : policy::backoff(settings_.backoff, state.holds, policy::jitter(now));
    gate.hold(now + wait);
    ++state.attempts;
    ++state.holds;
    return deferral{now + wait, std::move(state), defer_reason::hold};
  }

  fetch_fn next_;
  frontier::host_gates& gates_;
  const config::fetch& settings_;
  config::duration max_retry_after_;
  async::clock& time_;
};

}  // namespace

fetch_fn with_host_gate(fetch_fn next, frontier::host_gates& gates, const config::fetch& settings, config::duration max_retry_after, async::clock& time) {
  return gate_keeper(std::move(next), gates, settings, max_retry_after, time);
}

}  // namespace trawl::fetch
