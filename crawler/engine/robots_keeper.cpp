#include "crawler/engine/robots_keeper.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "crawler/engine/plan.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::admission;
using frontier::robots_state;

namespace {
constexpr auto kept_for = std::chrono::hours(24);            // RFC 9309, 2.4
constexpr auto asked_again_after = std::chrono::minutes(30); // an origin whose robots.txt was unreachable
constexpr int most_redirects = 5;                            // RFC 9309, 2.3.1.2

/// Jobs share what they know of an origin only if they ask as the same agent and reach the same server.
std::string key_tail(const config::job& job) {
  std::string out = ' ' + robots_agent(job);
  out += job.fetch.private_addresses == config::address_mode::allow ? " private" : "";
  out += job.fetch.tls.verify ? "" : " unverified";
  out += job.fetch.tls.ca_file ? ' ' + *job.fetch.tls.ca_file : "";
  for (const auto& [name, address] : job.fetch.resolve) out += ' ' + name + '=' + address;
  return out;
}

}  // namespace

robots_keeper::robots_keeper(frontier::host_gates& gates, const config::job& job, fetch::fetch_fn bare, async::gate& tasks, async::clock& time,
                             std::function<void(const std::string&)> on_known)
    : gates_(gates), job_(job), bare_(std::move(bare)), tasks_(tasks), time_(time), on_known_(std::move(on_known)), agent_(robots_agent(job)), key_tail_(key_tail(job)) {}

admission robots_keeper::check(const url::url& target) {
  admission answer;
  if (job_.politeness.robots == config::robots_mode::ignore) return answer;
  std::string key = target.origin() + key_tail_;
  const auto& known = gates_.robots(key);
  if (known.state == robots_state::unknown || known.expires <= time_.now()) {
    answer.is = admission::kind::wait;
    if (loading_.insert(std::move(key)).second) tasks_.spawn(load(target.origin(), target.host_port()));
    return answer;
  }
  if (known.state == robots_state::unreachable) {
    answer.is = admission::kind::refuse;
    answer.refused = error{errc::robots_unreachable, "robots.txt could not be read"};
    return answer;
  }
  if (known.state == robots_state::blocked) {
    answer.is = admission::kind::refuse;
    answer.refused = error{errc::connect_blocked_address, "not a globally reachable address"};
    return answer;
  }
  const auto verdict = known.rules->check(target.path_and_query());
  if (!verdict.rule.empty()) answer.robots = robots_note{verdict.allowed, verdict.rule};
  if (!verdict.allowed) {
    answer.is = admission::kind::refuse;
    answer.refused = error{errc::robots_disallowed, "robots.txt forbids it"};
  }
  return answer;
}

/// One exchange with its retries and holds. It holds no lease, so it may sleep.
asio::awaitable<result<response>> robots_keeper::ask(std::string address) {
  attempt_state so_far;
  for (;;) {
    request r;
    r.url = address;
    r.so_far = so_far;
    auto got = co_await bare_(std::move(r));
    if (!got) co_return std::unexpected(std::move(got.error()));
    auto* off = std::get_if<deferral>(&*got);
    if (off == nullptr) co_return std::get<response>(std::move(*got));
    so_far = std::move(off->state);
    const auto wait = off->not_before - time_.now();
    co_await async::sleep_for(time_, wait);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
  }
}

/// robots.txt may lead elsewhere; the hop is asked for from here, whoever owns its host: it is one request.
asio::awaitable<result<response>> robots_keeper::ask_following(std::string address) {
  for (int hops = 0;; ++hops) {
    auto answer = co_await ask(address);
    if (!answer || answer->status < 300 || answer->status > 399) co_return answer;
    const auto here = url::parse(address);
    const auto location = answer->header("location");
    const auto target = location && here ? url::parse(*location, &*here) : std::nullopt;
    if (!target || !target->is_http()) co_return answer;
    if (hops >= most_redirects) co_return answer;  // 2.3.1.2: as if it were unavailable
    address = target->without_fragment();
  }
}

frontier::origin_robots robots_keeper::read(const result<response>& answer, const std::string& host) {
  frontier::origin_robots found;
  found.state = robots_state::known;
  found.expires = time_.now() + kept_for;
  if (answer && answer->status >= 200 && answer->status <= 299) {
    found.rules = std::make_shared<const policy::robots>(policy::robots::parse(answer->body, agent_));
    if (const auto delay = found.rules->crawl_delay())
      gates_.gate(host).crawl_delay(std::min<frontier::clock::duration>(*delay, job_.politeness.max_delay));
  } else if (answer && answer->status >= 300 && answer->status <= 499 && answer->status != 429) {
    found.rules = std::make_shared<const policy::robots>(policy::robots::allow_all());  // 2.3.1.3: unavailable, everything may be fetched
  } else if (!answer && answer.error().code == errc::connect_blocked_address) {
    found.state = robots_state::blocked;
    found.expires = time_.now() + asked_again_after;
  } else {
    found.state = robots_state::unreachable;  // 2.3.1.4: assume complete disallow
    found.expires = time_.now() + asked_again_after;
  }
  return found;
}

asio::awaitable<void> robots_keeper::load(std::string origin, std::string host) {
  const std::string key = origin + key_tail_;
  struct telling {  // whatever happens, the host is looked at again
    robots_keeper& self;
    const std::string& key;
    const std::string& host;
    ~telling() {
      self.loading_.erase(key);
      self.on_known_(host);
    }
  };
  const telling tell{*this, key, host};
  const auto answer = co_await ask_following(origin + "/robots.txt");
  if (!answer && answer.error().code == errc::cancelled) co_return;
  gates_.robots(key) = read(answer, host);
}

}  // namespace trawl::engine
