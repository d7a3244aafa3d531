// The frontier of a crawl without state: everything in memory, a part for each shard, no locks. What the parts share is the ledger.
#pragma once
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>

#include "crawler/async/clock.hpp"
#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/frontier/ledger.hpp"
#include "crawler/frontier/result_log.hpp"
#include "crawler/frontier/seen_set.hpp"

namespace trawl::frontier {

struct memory_options {
  std::function<void(host_gate&, const candidate&)> on_new_host = {};  ///< sets the gate up when this job meets a host
  /// Asked before a URL is leased; on `wait` whoever answers calls `release_host` when it is known. Empty: all go.
  std::function<admission(const request&, const std::string& host)> admit = {};
  clock::duration lease_ttl = std::chrono::minutes(30);
  async::clock& time = async::steady_clock();
};

/// See `frontier`. The ledger, the gates and the log outlive it, and so does every coroutine that awaits it.
class memory_frontier final : public frontier {
 public:
  memory_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, result_log& log, memory_options options);

  asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) override;
  asio::awaitable<std::optional<lease>> next() override;
  idle why_idle() const noexcept override { return why_; }
  asio::awaitable<claim_result> claim(const lease& holder, const candidate& target) override;
  asio::awaitable<void> defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) override;
  asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) override;
  books counts() const noexcept override { return books_; }
  void pause() override { ledger_.pause(true); }
  void resume() override { ledger_.pause(false); }
  void cancel() override { ledger_.cancel(); }
  asio::awaitable<void> erase() override;

  /// A quick way out for what `add` would only count: true, and counted as a duplicate, if this shard knows the URL already.
  bool is_known(std::uint64_t fingerprint);
  /// What `admit` made wait may be asked again.
  void release_host(const std::string& name);
  std::uint32_t shard() const noexcept { return shard_; }
  /// Has `next` look again.
  void wake() { alarm_.ring(); }
  /// How the hosts stand: due now, waiting for their time, held for robots.txt; all that were ever met.
  struct host_load {
    std::size_t ready = 0, waiting = 0, held = 0, hosts = 0;
    std::uint64_t queued = 0, in_flight = 0;
  };
  host_load load() const noexcept { return {ready_.size(), waiting_.size(), held_, hosts_.size(), books_.queued, books_.in_flight}; }

 private:
  /// A claim that a URL's redirects have made, in the part that owns its target.
  struct claim_ref {
    std::uint32_t shard = 0;
    std::uint64_t fingerprint = 0;
  };
  struct item {
    candidate what;
    attempt_state state;
    std::uint64_t chain = 0, order = 0;  ///< chain: unique in the job, names the holder of its claims
    clock::time_point not_before{};
    std::vector<claim_ref> claims;
  };
  using item_ptr = std::unique_ptr<item>;
  enum class place : std::uint8_t { none, ready, waiting, held };
  /// One host's queue and where the host stands in the schedule.
  struct host {
    std::string name;
    host_gate* gate = nullptr;
    std::vector<item_ptr> queue;    ///< heap: the best in front
    std::vector<item_ptr> delayed;  ///< heap: the earliest in front
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
    bool refused = false;           ///< holds neither slot nor permit
    bool committing = false;
  };
  struct claimed {
    std::uint64_t chain = 0;
    std::string holder;               ///< the URL that was asked for
    bool is_durable = false;          ///< its record is there
    std::optional<candidate> parked;  ///< a link to the URL that came meanwhile; queued if the claim is given up
  };

  std::size_t host_of(const std::string& name, const candidate& c);
  bool add_one(candidate& c);
  std::size_t take_over(std::vector<candidate> transfers);
  asio::awaitable<std::size_t> add_all(std::span<candidate> found);
  void enqueue(item_ptr what);
  void accept(item_ptr moved);
  void schedule(std::size_t at);
  void unschedule(std::size_t at);
  std::optional<lease> pick();
  std::optional<lease> try_host(std::size_t at, bool& moved);
  lease grant(std::size_t at, admission robots);
  active* find(std::uint64_t id, std::uint64_t token);
  claim_result claim_here(std::uint64_t chain, const std::string& holder, const candidate& target);
  void settle_claim(std::uint64_t fingerprint, bool durable);
  void settle_claims(item& what, bool durable);
  item_ptr end_lease(std::unordered_map<std::uint64_t, active>::iterator at, bool was_page);
  void put_back(std::uint64_t id, std::uint64_t token);
  void return_item(item_ptr what);
  bool is_over() noexcept;
  clock::time_point now() const noexcept { return options_.time.now(); }

  ledger& ledger_;
  host_gates& gates_;
  result_log& log_;
  memory_options options_;
  std::uint32_t shard_ = 0;
  async::alarm alarm_;  ///< when the next waiting host is due
  std::deque<host> hosts_;
  std::unordered_map<std::string, std::size_t> host_index_;
  std::set<std::tuple<std::uint32_t, std::uint64_t, std::size_t>> ready_;
  std::set<std::pair<clock::time_point, std::size_t>> waiting_;
  seen_set seen_;
  std::unordered_map<std::uint64_t, claimed> claims_;
  std::unordered_map<std::uint64_t, active> active_;
  std::size_t held_ = 0;  ///< hosts whose place is held
  books books_;
  std::uint64_t ids_ = 0, tokens_ = 0, order_ = 0, served_ = 0;
  idle why_ = idle::finished;
  std::shared_ptr<memory_frontier*> alive_;  ///< leases that outlive the frontier see it expired
};

}  // namespace trawl::frontier
