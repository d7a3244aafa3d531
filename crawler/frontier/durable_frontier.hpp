// The frontier of a crawl with state: one shard's hosts, with a window of each one's queue in memory; the rest is in the job's store.
#pragma once
#include <unordered_set>

#include "crawler/frontier/scheduled_frontier.hpp"
#include "crawler/frontier/store/job_store.hpp"
#include "crawler/frontier/memory/known_cache.hpp"

namespace trawl::frontier {

/// A host of this shard as the state has it.
using stored_host = std::pair<std::string, store::host_row>;

/// See `frontier`. The store outlives it too. Memory goes with the hosts, and with what is in flight, not with the URLs.
class durable_frontier final : public scheduled_frontier {
 public:
  /// `hosts`: those that the state has for this shard. Each begins with its whole delay ahead: when it was asked last is not known exactly.
  durable_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, store::job_store& kept_in, std::span<const stored_host> hosts, frontier_options options);

  asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) override;
  bool is_known(std::uint64_t fingerprint) override;
  asio::awaitable<claim_result> claim(const lease& holder, const candidate& target) override;
  asio::awaitable<void> defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) override;
  asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) override;
  void release_host(const std::string& name) override;
  /// Forgets what is in memory; the state itself is its owner's to remove.
  asio::awaitable<void> erase() override;

 private:
  /// What of a host's queue is in memory: all up to `to`, but for what is leased or put off.
  struct window {
    std::optional<store::position> to;
    bool is_loading = false;
    std::uint64_t cuts = 0;  ///< how often its worst were given up
  };

  store::pace pace_of(const host& h) const;
  std::unique_ptr<store::ending_row> ending_of(const active& a, completion&& done) const;
  void resume_host(const stored_host& from);
  void deliver(std::vector<store::fresh> news);
  void take_in(store::fresh what);
  void fetch_rows(std::size_t at) override;
  void take_rows(std::size_t at, std::vector<store::loaded> rows, std::size_t asked, std::uint64_t cuts);
  std::size_t window_size() const noexcept;
  void place_row(item_ptr what);
  void cut_window(std::size_t at);
  std::unordered_set<std::uint64_t> out_of_queue(std::size_t at) const;
  void forget_rows(const std::string& host, const std::vector<item_ptr>& gone, std::string_view rule) override;
  void return_item(item_ptr what) override;
  void drop_claims(item& what) override { store_.release(what.chain); }
  void accept(item_ptr moved);
  std::uint64_t take_known() noexcept { return std::exchange(known_, 0); }
  static store::position position_of(const item& what) noexcept { return {what.what.req.priority, what.what.req.depth, what.chain}; }

  store::job_store& store_;
  known_cache recent_;
  std::deque<window> windows_;                ///< of hosts_
  std::unordered_set<std::uint64_t> away_;    ///< orders of this shard's URLs whose chains wait in other shards
  std::uint64_t known_ = 0;                   ///< duplicates that the store has not been told of
};

}  // namespace trawl::frontier
