// What the frontiers of all stores have in common: one shard's hosts and who of them is asked next, its leases and its books. No locks;
// what the parts of a job share is the ledger.
#pragma once
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "crawler/async/clock.hpp"
#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/frontier/ledger.hpp"

namespace trawl::frontier {

struct frontier_options {
  std::function<void(host_gate&, const candidate&)> on_new_host = {};  ///< sets the gate up when this job meets a host
  /// Asked before a URL is leased; on `wait` whoever answers calls `release_host` when it is known. Empty: all go.
  std::function<admission(const request&, const std::string& host)> admit = {};
  std::function<std::uint32_t(const std::string& host)> shard_of = {};  ///< that owns a host; empty: the one shard there is
  clock::duration lease_ttl = std::chrono::minutes(30);
  clock::duration give_up_after{};  ///< a host that refuses for so long keeps the job open no longer; 0: never
  std::uint64_t max_pages_per_host = 0;     ///< 0: no limit
  std::function<std::string_view(const request&)> keeps_out = {};  ///< the rule by which a URL is not to be leased any more; empty: none
  std::function<void(const request&, std::string_view rule)> on_filtered = {};  ///< told of each URL that leaves the queue by a rule
  async::clock& time = async::steady_clock();
  std::function<void(const candidate&)> on_found = {};  ///< told of each URL that is new to the job; empty: none
};

/// See `frontier`. The ledger and the gates outlive it, and so does every coroutine that awaits it.
class scheduled_frontier : public frontier, private turn_taker {
 public:
  ~scheduled_frontier() override;
  asio::awaitable<std::optional<lease>> next() override;
  idle why_idle() const noexcept override { return why_; }
  asio::awaitable<void> defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) override;
  books counts() const noexcept override { return books_; }
  host_load load() const noexcept override { return {ready_.size(), waiting_.size(), held_.size(), hosts_.size(), books_.queued, books_.in_flight}; }
  void each_host(const std::function<void(const host_now&)>& look) const override;
  void release_host(const std::string& name) override;
  void pause() override { ledger_.pause(true); }
  void resume() override { ledger_.pause(false); }
  void cancel() override { ledger_.cancel(); }
  std::uint32_t shard() const noexcept override { return shard_; }
  /// Has `next` look again.
  void wake() { alarm_.ring(); }

 protected:
  scheduled_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, frontier_options options);

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
    bool is_promised = false;  ///< where there is a quota: it was asked for, and is counted in its host's `taken_up`
    bool is_taken_up() const noexcept { return is_promised || state.chain; }
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
    std::uint64_t rest = 0;         ///< URLs that are not in memory; they come after those of the queue
    std::uint32_t in_flight = 0;
    std::uint64_t pages = 0;        ///< of its own URLs, earlier runs included; counted where there is a quota
    std::uint64_t taken_up = 0;     ///< of its own URLs that have no record yet, wherever they are now
    std::uint32_t rank = 0;         ///< key in ready_: in_flight when it was put there
    place where = place::none;
    bool is_given_up = false;       ///< it refuses: what it has queued is set aside in the ledger
    std::uint64_t set_aside = 0;    ///< how many those are
    bool waits_for_rows = false;    ///< held until some of its rest is here
  };
  struct active {
    std::uint64_t token = 0;
    std::size_t host = 0;
    item_ptr what;
    bool refused = false;           ///< holds neither slot nor permit
    bool committing = false;
  };
  using active_map = std::unordered_map<std::uint64_t, active>;

  /// A lease has ended without a commit: its URL goes back to a queue.
  virtual void return_item(item_ptr what) = 0;
  /// The URL begins anew: what its redirects have claimed is free again.
  virtual void drop_claims(item& what) = 0;
  /// The host's queue is short, or empty and the host held: some of its rest is wanted.
  virtual void fetch_rows(std::size_t) {}

  /// URLs of a host leave its queue for good, by a rule.
  virtual void forget_rows(const std::string&, const std::vector<item_ptr>&, std::string_view) {}

  std::size_t host_of(const std::string& name, const candidate& c);
  void enqueue(item_ptr what);
  void judge(std::size_t at);  ///< see host_limits.cpp
  void settle_quota(const item& ended, bool is_page);  ///< a record is there; see host_limits.cpp
  void take_up(std::size_t at, item& what);
  void order_queue(std::size_t at);  ///< after its queue was changed in another way
  void schedule(std::size_t at);
  void unschedule(std::size_t at);
  void hold(std::size_t at);
  void release(std::size_t at);
  active* find(std::uint64_t id, std::uint64_t token);
  /// A commit under way: nothing else may end its lease. Unless `done` is set the URL goes back, for the log or the store has failed.
  struct commit_guard {
    scheduled_frontier& self;
    std::uint64_t id, token;
    bool done = false;
    ~commit_guard();
  };
  /// The record is there: the lease is over and the books have it. The item is the caller's.
  item_ptr book_record(active_map::iterator at, bool is_page);
  item_ptr end_lease(active_map::iterator at, bool was_page);
  void put_back(std::uint64_t id, std::uint64_t token);
  void forget_all();
  /// Expires with the frontier.
  std::weak_ptr<scheduled_frontier*> alive() const noexcept { return alive_; }
  clock::time_point now() const noexcept { return options_.time.now(); }

  ledger& ledger_;
  host_gates& gates_;
  frontier_options options_;
  std::uint32_t shard_ = 0;
  async::alarm alarm_;  ///< when the next waiting host is due
  std::deque<host> hosts_;
  std::unordered_map<std::string, std::size_t> host_index_;
  active_map active_;
  books books_;

 private:
  std::optional<lease> pick();
  std::optional<lease> try_host(std::size_t at, bool& moved);
  lease grant(std::size_t at, admission robots);
  bool is_over() noexcept;
  bool is_spent(const host& h) const noexcept;
  bool has_no_room(const host& h) const noexcept;
  void wait_for_room(std::size_t at);
  void drop_queue(std::size_t at);
  void drop_first(std::size_t at, std::string_view rule);
  static item_ptr take_first(host& h);
  void filter_out(std::size_t at, const std::vector<item_ptr>& gone, std::string_view rule);
  void count_page(const std::string& name, bool is_page, bool was_promised);
  clock::time_point gives_up_at(const host& h) const noexcept;
  void judge_held();
  void turn_came(std::size_t at) override;
  void wait_for_turn(std::size_t at);

  std::set<std::tuple<std::uint32_t, std::uint64_t, std::size_t>> ready_;
  std::set<std::pair<clock::time_point, std::size_t>> waiting_;
  std::unordered_set<std::size_t> held_;  ///< hosts whose place is held
  clock::time_point held_judged_at_{};    ///< when judge_held is due again
  std::size_t reading_ = 0;               ///< of the held those that wait for rows
  std::uint64_t ids_ = 0, tokens_ = 0, served_ = 0;
  idle why_ = idle::finished;
  std::shared_ptr<scheduled_frontier*> alive_;  ///< leases that outlive the frontier see it expired
};

}  // namespace trawl::frontier
