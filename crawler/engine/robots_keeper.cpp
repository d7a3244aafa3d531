#include "crawler/engine/robots_keeper.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "crawler/engine/plan.hpp"
#include "crawler/policy/backoff.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::robots_state;

namespace {
constexpr auto kept_for = std::chrono::hours(24);            // RFC 9309, 2.4
constexpr auto asked_again_after = std::chrono::minutes(30); // an origin whose robots.txt was unreachable
constexpr int most_redirects = 5;                            // RFC 9309, 2.3.1.2
}  // namespace

robots_keeper::robots_keeper(frontier::host_gates& gates, const config::job& job, fetch::fetch_fn bare)
    : gates_(gates), job_(job), bare_(std::move(bare)), agent_(robots_agent(job)) {}

asio::awaitable<robots_answer> robots_keeper::ask(const url::url& target) {
  robots_answer answer;
  if (job_.politeness.robots == config::robots_mode::ignore) co_return answer;
  // Another user agent may be under other rules: the token is part of the key.
  const std::string key = target.origin() + ' ' + agent_;
  for (;;) {
    const auto& known = gates_.robots(key);
    const bool stale = known.expires <= frontier::clock::now();
    if ((known.state == robots_state::known || known.state == robots_state::unreachable) && !stale) break;
    if (const auto running = loading_.find(key); running != loading_.end()) {
      co_await running->second->async_wait(asio::as_tuple(asio::use_awaitable));
      if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return answer;
      continue;
    }
    co_await load(target.origin(), target.host_port());
  }
  const auto& known = gates_.robots(key);
  if (known.state == robots_state::unreachable) {
    answer.allowed = false;
    answer.unreachable = true;
    co_return answer;
  }
  const auto verdict = known.rules->check(target.path_and_query());
  answer.allowed = verdict.allowed;
  if (!verdict.rule.empty()) answer.note = robots_note{verdict.allowed, verdict.rule};
  co_return answer;
}

asio::awaitable<result<response>> robots_keeper::fetch_following(std::string address) {
  for (int hops = 0;; ++hops) {
    request r;
    r.url = address;
    auto answer = co_await bare_(std::move(r));
    if (!answer || answer->status < 300 || answer->status > 399) co_return answer;
    const auto here = url::parse(address);
    const auto location = answer->header("location");
    const auto target = location && here ? url::parse(*location, &*here) : std::nullopt;
    if (!target || !target->is_http()) co_return answer;
    if (hops >= most_redirects) co_return fail(errc::http_too_many_redirects, "robots.txt redirects too often");
    address = std::string(target->without_fragment());
  }
}

asio::awaitable<void> robots_keeper::load(std::string origin, std::string host) {
  const std::string key = origin + ' ' + agent_;
  const auto executor = co_await asio::this_coro::executor;
  struct waking {  // whatever happens, those who wait are woken
    robots_keeper& self;
    const std::string& key;
    ~waking() { self.loading_.erase(key); }
  };
  loading_[key] = std::make_unique<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const waking wake_all{*this, key};

  for (std::uint32_t attempt = 0;; ++attempt) {
    auto answer = co_await fetch_following(origin + "/robots.txt");
    if (!answer && answer.error().code == errc::cancelled) co_return;
    frontier::origin_robots found;
    found.expires = frontier::clock::now() + kept_for;
    if (answer && answer->status >= 200 && answer->status <= 299) {
      found.state = robots_state::known;
      found.rules = std::make_shared<const policy::robots>(policy::robots::parse(answer->body, agent_));
      if (const auto delay = found.rules->crawl_delay())
        gates_.gate(host).crawl_delay(std::min<frontier::clock::duration>(*delay, job_.politeness.max_delay));
    } else if (answer && answer->status >= 300 && answer->status <= 499 && answer->status != 429) {
      found.state = robots_state::known;  // RFC 9309, 2.3.1.3: unavailable, everything may be fetched
      found.rules = std::make_shared<const policy::robots>(policy::robots::allow_all());
    } else if (attempt < job_.fetch.retries && (!answer ? is_retryable(answer.error().code) : true)) {
      asio::steady_timer pause(executor, policy::backoff(job_.fetch.backoff, attempt, 0.5));
      const auto [ec] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      if (ec) co_return;
      continue;
    } else {
      found.state = robots_state::unreachable;  // 2.3.1.4: assume complete disallow
      found.expires = frontier::clock::now() + asked_again_after;
    }
    gates_.robots(key) = std::move(found);
    co_return;
  }
}

}  // namespace trawl::engine
