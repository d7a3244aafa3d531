#include "crawler/engine/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "crawler/frontier/memory_log.hpp"
#include "crawler/frontier/segment_log.hpp"
#include "crawler/policy/backoff.hpp"
#include "crawler/policy/retry.hpp"
#include "crawler/url/expand.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/url/normalize.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::clock;

namespace {

constexpr std::size_t seed_batch = 64;
constexpr std::uint64_t seeds_ahead = 10'000;  // queued URLs beyond which the seed generator is not pulled
constexpr auto poll = std::chrono::milliseconds(20);
constexpr auto publish_every = std::chrono::milliseconds(100);

asio::awaitable<void> pause(clock::duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

crawl::run::run(shards& where, config::job job, crawl_options options)
    : job_(std::move(job)),
      options_(std::move(options)),
      log_(options_.segments.empty() ? std::unique_ptr<frontier::result_log>(std::make_unique<frontier::memory_log>())
                                     : std::make_unique<frontier::segment_log>(options_.segments)),
      shard_(where[0]),
      plan_(job_, problems_),
      scope_(job_.scope),
      client_(shard_.context(), job_.fetch, egress()),
      frontier_(shard_.context().get_executor(), shard_.gates(), *log_,
                {.max_in_flight = job_.fetch.concurrency,
                 .max_pages = job_.scope.max_pages,
                 .on_new_host = [this](frontier::host_gate& gate, const frontier::candidate& c) { meet_host(gate, c); },
                 .lease_ttl = std::chrono::minutes(30)}),
      fetch_(fetch::make_stack(client_, shard_.gates(), job_.fetch, user_agent(job_),
                               [this](const request& asked, const url::url& target) { return may_hop(asked, target); }, state_)),
      robots_(shard_.gates(), job_, fetch_.bare),
      tasks_(shard_.context().get_executor()),
      agent_(robots_agent(job_)) {}

void crawl::run::begin() {
  started_ = clock::now();
  asio::co_spawn(shard_.context(), main(), [this](std::exception_ptr failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        spdlog::error("the crawl {} stopped by a fault of its own: {}", job_.name, e.what());
      }
    }
    log_->close();
    publish();
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  });
}

void crawl::run::stop(ending why, bool abort) {
  asio::post(shard_.context(), [this, why, abort] {
    if (finished_) return;
    ending none = ending::none;
    ended_.compare_exchange_strong(none, why);
    frontier_.cancel();
    if (abort) tasks_.cancel_all();
  });
}

crawl::run::task crawl::run::main() {
  tasks_.spawn(feed_seeds());
  tasks_.spawn(watch_limits());
  while (auto held = co_await frontier_.next()) tasks_.spawn(work(std::move(*held)));
  ending none = ending::none;
  ended_.compare_exchange_strong(none, frontier_.why_idle() == frontier::idle::limit ? ending::max_pages : ending::drained);
  frontier_.cancel();
  co_await tasks_.close();
  client_.close_idle();
}

crawl::run::task crawl::run::feed_seeds() {
  const auto complain = [this](const std::string& where, const std::string& what) {
    ++now_.invalid;
    spdlog::warn("seed {}: {}", where, what);
  };
  std::vector<frontier::candidate> batch;
  std::uint64_t position = 0;
  for (auto&& seed : seeds(job_, complain)) {
    ++position;
    if (auto candidate = to_candidate(std::move(seed), true)) batch.push_back(std::move(*candidate));
    if (batch.size() < seed_batch) continue;
    co_await frontier_.add(batch, frontier::seed_cursor{position, false});
    batch.clear();
    while (frontier_.books().queued > seeds_ahead && ended_ == ending::none) co_await pause(poll);
    if (ended_ != ending::none) co_return;
  }
  co_await frontier_.add(batch, frontier::seed_cursor{position, true});
}

crawl::run::task crawl::run::watch_limits() {
  const auto& limits = job_.limits;
  while (!tasks_.closing()) {
    publish();
    if (limits.duration.count() > 0 && clock::now() - started_ >= limits.duration) stop(ending::duration, false);
    if (limits.bytes.bytes > 0 && state_.totals.wire_bytes >= limits.bytes.bytes) stop(ending::bytes, false);
    if (limits.errors > 0 && failures_ >= limits.errors) stop(ending::errors, false);
    co_await pause(publish_every);
  }
}

void crawl::run::publish() {
  now_.books = frontier_.books();
  now_.requests = state_.totals.requests;
  now_.wire_bytes = state_.totals.wire_bytes;
  now_.bytes = state_.totals.bytes;
  now_.elapsed = clock::now() - started_;
  const std::lock_guard lock(mutex_);
  published_ = now_;
}

progress crawl::run::copy() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

bool crawl::run::wait(std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return finished_.load(); });
}

/// On the command line a seed's own host and port may be private: whoever typed it meant it.
net::egress_policy crawl::run::egress() const {
  net::egress_policy policy;
  policy.allow_private = job_.fetch.private_addresses == config::address_mode::allow;
  for (const std::string& allowed : options_.egress_allow)
    if (const auto network = net::parse_allowed_network(allowed)) policy.networks.push_back(*network);
  if (!options_.operator_trusted) return policy;
  for (const config::seed& s : job_.seeds)
    for (auto&& first : url::expand(s.url)) {
      if (const auto u = url::parse(first); u && u->host) policy.exempt.emplace_back(*u->host, u->effective_port());
      break;
    }
  return policy;
}

/// A host is held until its robots.txt is known, so that no lease waits for it and its request is followed by the full delay.
void crawl::run::meet_host(frontier::host_gate& gate, const frontier::candidate& first) {
  open_gate(gate, first);
  if (job_.politeness.robots == config::robots_mode::ignore) return;
  frontier_.hold_host(first.host, clock::time_point::max());
  tasks_.spawn(learn_robots(first.host, first.req.url));
}

crawl::run::task crawl::run::learn_robots(std::string host, std::string address) {
  struct releasing {  // also when it is cancelled: the lease asks again by itself
    frontier::memory_frontier& queue;
    const std::string& host;
    ~releasing() { queue.release_host(host); }
  };
  const releasing release{frontier_, host};
  if (const auto target = url::parse(address)) co_await robots_.ask(*target);
}

/// delay auto: 500ms on public addresses, none on loopback and private ones, as far as the name tells.
void crawl::run::open_gate(frontier::host_gate& gate, const frontier::candidate& first) const {
  const std::string name = first.host.substr(0, first.host.starts_with('[') ? first.host.find(']') + 1 : first.host.find(':'));
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(name.starts_with('[') ? name.substr(1, name.size() - 2) : name, ec);
  const bool is_private = name == "localhost" || (!ec && !net::globally_reachable(address));
  gate.join(job_.politeness.delay.value_or(is_private ? std::chrono::nanoseconds(0) : std::chrono::milliseconds(500)), job_.politeness.per_host);
  gate.adaptive(job_.politeness.adaptive, job_.politeness.max_delay);
}

}  // namespace trawl::engine
