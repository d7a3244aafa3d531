#include "crawler/engine/robots_keeper.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

#include "crawler/engine/plan.hpp"
#include "crawler/policy/robots_answer.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::admission;
using frontier::robots_state;

namespace {
constexpr int most_redirects = 5;                            // RFC 9309, 2.3.1.2

/// Jobs share what they know of an origin only if they ask as the same agent and reach the same server.
std::string key_tail(const config::job& job) {
  std::string out = ' ' + robots_agent(job);
  out += job.fetch.private_addresses == config::address_mode::allow ? " private" : "";
  out += job.fetch.tls.verify ? "" : " unverified";
  out += job.fetch.tls.ca_file ? ' ' + *job.fetch.tls.ca_file : "";
  for (const auto& [name, address] : job.fetch.resolve) out += ' ' + name + '=' + address;
  for (const std::string& proxy : job.fetch.proxies) out += " by " + proxy;
  return out;
}

std::string why_unread(const result<response>& answer) {
  if (answer && answer->truncated != truncation::none) return "robots.txt broke off";
  if (answer) return "robots.txt was answered with " + std::to_string(answer->status);
  const error& why = answer.error();
  return "robots.txt could not be read: " + std::string(to_string(why.code)) + (why.detail.empty() ? "" : ", " + why.detail);
}

}  // namespace

robots_keeper::robots_keeper(frontier::host_gates& gates, side_fetch ask, hop_fetch hop, const config::job& job, async::gate& tasks,
                             std::function<void(const std::string&)> on_known)
    : gates_(gates), ask_(std::move(ask)), hop_(std::move(hop)), job_(job), tasks_(tasks), on_known_(std::move(on_known)), agent_(robots_agent(job)), key_tail_(key_tail(job)) {}

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
    answer.refused = error{errc::robots_disallowed, verdict.guessed ? "robots.txt has too many wildcards to be followed to its end, and may forbid it" : "robots.txt forbids it"};
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

/// robots.txt may lead elsewhere (2.3.1.2); what it says there holds here.
asio::awaitable<result<response>> robots_keeper::ask_following(std::string address, request_permit& slot) {
  auto answer = co_await ask_(address, slot);
  for (int hops = 0;; ++hops) {
    if (!answer && hops > 0 && answer.error().code == errc::connect_blocked_address)
      co_return fail(errc::connect_unreachable, "it redirects to " + address + ", which may not be reached");  // the origin itself may be
    if (!answer || answer->status < 300 || answer->status > 399) co_return answer;
    const auto here = url::parse(address);
    const auto location = answer->header("location");
    const auto target = location && here ? url::parse(*location, &*here) : std::nullopt;
    if (!target || !target->is_http()) co_return answer;
    if (hops >= most_redirects) co_return fail(errc::http_too_many_redirects, "it redirects more than 5 times");  // 2.3.1.2 leaves it open
    address = target->without_fragment();
    answer = co_await hop_(address);
  }
}

/// The rules that an answer gives; null where it says nothing that may be obeyed.
std::shared_ptr<const policy::robots> robots_keeper::rules_in(const result<response>& answer) const {
  if (!answer) return nullptr;
  switch (policy::judge_robots(*answer)) {
    case policy::robots_answer::obey: return std::make_shared<const policy::robots>(policy::robots::parse(answer->body, agent_));
    case policy::robots_answer::allow_all: return std::make_shared<const policy::robots>(policy::robots::allow_all());
    case policy::robots_answer::unreachable: return nullptr;
  }
  std::unreachable();
}

void robots_keeper::note(const result<response>& answer, const std::string& key, const std::string& host) {
  frontier::origin_robots known = gates_.robots(key);
  const auto now = ask_.time.now();
  if (auto rules = rules_in(answer)) {
    const bool had_delay = known.rules && known.rules->crawl_delay();
    if (const auto delay = rules->crawl_delay(); delay || had_delay) set_crawl_delay(host, delay.value_or(std::chrono::nanoseconds(0)));
    const auto lifetime = policy::robots_lifetime(answer->header("cache-control").value_or(""));
    gates_.keep(key, {.state = robots_state::known, .rules = std::move(rules), .read_at = now, .expires = now + lifetime});
    return;
  }
  known.expires = now + policy::robots_asked_again_after(++known.failures);
  const bool is_blocked = !answer && answer.error().code == errc::connect_blocked_address;
  const bool stands_in = known.rules && !is_blocked && now - known.read_at < policy::robots_stands_in_for;  // 2.3.1.4, 2.4: the copy of before
  if (!stands_in) {
    known.state = is_blocked ? robots_state::blocked : robots_state::unreachable;
    known.rules = nullptr;
    known.cause = is_blocked ? answer.error().detail : why_unread(answer);
  }
  gates_.keep(key, std::move(known));
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
  note(answer, key, host);
}

}  // namespace trawl::engine
