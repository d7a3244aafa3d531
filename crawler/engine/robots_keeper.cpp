#include "crawler/engine/robots_keeper.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

#include "crawler/engine/discovery/patient_fetch.hpp"
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

robots_keeper::robots_keeper(frontier::host_gates& gates, patient_fetch ask, const config::job& job, async::gate& tasks,
                             std::function<void(const std::string&)> on_known)
    : gates_(gates), ask_(std::move(ask)), job_(job), tasks_(tasks), on_known_(std::move(on_known)), agent_(robots_agent(job)), key_tail_(key_tail(job)) {}

admission robots_keeper::check(const url::url& target) {
  admission answer;
  if (job_.politeness.robots == config::robots_mode::ignore) return answer;
  std::string key = target.origin() + key_tail_;
  const auto& known = gates_.robots(key);
  if (known.state == robots_state::unknown || known.expires <= ask_.time.now()) return start_loading(target, std::move(key));
  if (known.state != robots_state::known) {
    answer.is = admission::kind::refuse;
    answer.refused = error{known.state == robots_state::blocked ? errc::connect_blocked_address : errc::robots_unreachable, known.cause};
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

admission robots_keeper::start_loading(const url::url& target, std::string key) {
  admission answer;
  answer.is = admission::kind::wait;
  if (loading_.contains(key)) return answer;
  request_permit slot(ask_.slots);
  if (!slot) {
    answer.is = admission::kind::no_slot;
    return answer;
  }
  loading_.insert(std::move(key));
  tasks_.spawn(load(target.origin(), target.host_port(), std::move(slot)));
  return answer;
}

const policy::robots* robots_keeper::rules(const url::url& target) const {
  const auto& known = gates_.robots(target.origin() + key_tail_);
  return known.state == robots_state::known && known.expires > ask_.time.now() ? known.rules.get() : nullptr;
}

/// robots.txt may lead elsewhere; the hop is asked for from here, whoever owns its host: it is one request.
asio::awaitable<result<response>> robots_keeper::ask_following(std::string address, request_permit& slot) {
  for (int hops = 0;; ++hops) {
    auto answer = co_await ask_(address, slot);
    if (!answer && hops > 0 && answer.error().code == errc::connect_blocked_address)
      co_return fail(errc::connect_unreachable, "it redirects to " + address + ", which may not be reached");  // the origin itself may be
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
  found.expires = ask_.time.now() + kept_for;
  if (answer && answer->status >= 200 && answer->status <= 299) {
    found.rules = std::make_shared<const policy::robots>(policy::robots::parse(answer->body, agent_));
    if (const auto delay = found.rules->crawl_delay())
      set_crawl_delay(host, *delay);
  } else if (answer && answer->status >= 300 && answer->status <= 499 && answer->status != 429) {
    found.rules = std::make_shared<const policy::robots>(policy::robots::allow_all());  // 2.3.1.3: unavailable, everything may be fetched
  } else {
    const bool is_blocked = !answer && answer.error().code == errc::connect_blocked_address;
    found.state = is_blocked ? robots_state::blocked : robots_state::unreachable;  // 2.3.1.4: assume complete disallow
    found.expires = ask_.time.now() + asked_again_after;
    found.cause = is_blocked ? answer.error().detail
                : answer     ? "robots.txt was answered with " + std::to_string(answer->status)
                             : "robots.txt could not be read: " + std::string(to_string(answer.error().code)) + (answer.error().detail.empty() ? "" : ", " + answer.error().detail);
  }
  return found;
}

void robots_keeper::set_crawl_delay(const std::string& host, std::chrono::nanoseconds asked) {
  const std::chrono::nanoseconds longest = job_.politeness.max_delay;
  if (asked > longest) spdlog::warn("{} asks for a Crawl-delay of {}; politeness.max_delay cuts it to {}", host, config::to_string(asked), config::to_string(longest));
  gates_.gate(host).crawl_delay(std::min(asked, longest));
}

asio::awaitable<void> robots_keeper::load(std::string origin, std::string host, request_permit slot) {
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
  const auto answer = co_await ask_following(origin + "/robots.txt", slot);
  if (!answer && answer.error().code == errc::cancelled) co_return;
  gates_.robots(key) = read(answer, host);
}

}  // namespace trawl::engine
