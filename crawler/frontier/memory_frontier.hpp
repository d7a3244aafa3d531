// The frontier of a crawl without state: everything in memory, one shard's thread, no locks.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>

#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/frontier/result_log.hpp"
#include "crawler/frontier/seen_set.hpp"

namespace trawl::frontier {

struct memory_options {
  std::uint32_t max_in_flight = 256;  ///< leases at once
  std::uint64_t max_pages = 0;        ///< exact; 0: no limit
  std::function<void(host_gate&, const candidate&)> on_new_host;  ///< sets the gate up when this job meets a host
  clock::duration lease_ttl = std::chrono::minutes(30);
};

/// See `frontier`. The gates and the log outlive it. Every `next`, `claim`, `defer` and `commit` is awaited on the executor's thread.
class memory_frontier final : public frontier {
 public:
  memory_frontier(asio::any_io_executor executor, host_gates& gates, result_log& log, memory_options options);

  asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) override;
  asio::awaitable<std::optional<lease>> next() override;
  idle why_idle() const noexcept override { return why_; }
  asio::awaitable<claim_result> claim(const lease& holder, std::uint64_t fingerprint) override;
  asio::awaitable<void> defer(lease held, clock::time_point not_before, attempt_state state, defer_reason reason) override;
  asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) override;
  counts books() const noexcept override { return books_; }
  void pause() override;
  void resume() override;
  void cancel() override;
  asio::awaitable<void> erase() override;

  /// Nothing of the host is handed out before `until` or `release_host`: its robots.txt is not known yet.
  void hold_host(const std::string& name, clock::time_point until);
  void release_host(const std::string& name);

 private:
  struct item {
    request req;
    attempt_state state;
    std::uint64_t fingerprint = 0, order = 0;
    clock::time_point not_before{};
  };
  using item_ptr = std::unique_ptr<item>;
  enum class place : std::uint8_t { none, ready, waiting };
  /// One host's queue and where the host stands in the schedule.
  struct host {
    std::string name;
    host_gate* gate = nullptr;
    std::vector<item_ptr> queue;    ///< heap: the best in front
    std::vector<item_ptr> delayed;  ///< heap: the earliest in front
    clock::time_point held_until{};
    clock::time_point due{};        ///< key in waiting_
    std::uint64_t served = 0;       ///< key in ready_: when it was last asked
    std::uint32_t in_flight = 0;
    std::uint32_t rank = 0;         ///< key in ready_: in_flight when it was put there
    place where = place::none;
  };
  struct active {
    std::uint64_t token = 0;
    std::size_t host = 0;
    item_ptr what;
    std::vector<std::uint64_t> claims;
    bool committing = false;
  };
  struct claimed {
    std::uint64_t lease = 0;
    std::optional<candidate> parked;  ///< a link to the URL that came meanwhile; queued if the claim is given up
  };

  std::size_t host_of(const candidate& c);
  bool add_one(candidate& c);
  void enqueue(std::size_t at, item_ptr what);
  void schedule(std::size_t at, clock::time_point now);
  void unschedule(std::size_t at);
  std::optional<lease> pick(clock::time_point now);
  lease grant(std::size_t at, clock::time_point now);
  active* find(std::uint64_t id, std::uint64_t token);
  void release_claims(active& a, bool durable);
  void put_back(std::uint64_t id, std::uint64_t token);
  void leave_host(std::size_t at);
  bool is_over() noexcept;
  void wake();

  host_gates& gates_;
  result_log& log_;
  memory_options options_;
  asio::steady_timer timer_;  ///< the one clock: when the next waiting host is due; cancelled to wake all who wait
  std::deque<host> hosts_;
  std::unordered_map<std::string, std::size_t> host_index_;
  std::set<std::tuple<std::uint32_t, std::uint64_t, std::size_t>> ready_;
  std::set<std::pair<clock::time_point, std::size_t>> waiting_;
  seen_set seen_;
  std::unordered_map<std::uint64_t, claimed> claims_;
  std::unordered_map<std::uint64_t, active> active_;
  counts books_;
  std::uint64_t ids_ = 0, tokens_ = 0, order_ = 0, served_ = 0;
  bool seeds_exhausted_ = false, paused_ = false, cancelled_ = false;
  idle why_ = idle::finished;
  std::shared_ptr<memory_frontier*> alive_;  ///< leases that outlive the frontier see it expired
};

}  // namespace trawl::frontier
