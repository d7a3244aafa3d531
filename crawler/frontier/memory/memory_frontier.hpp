// The frontier of a crawl without state: everything in memory, a part for each shard.
#pragma once
#include "crawler/frontier/result_log.hpp"
#include "crawler/frontier/scheduled_frontier.hpp"
#include "crawler/frontier/memory/seen_set.hpp"

namespace trawl::frontier {

/// See `frontier`. The log outlives it too.
class memory_frontier final : public scheduled_frontier {
 public:
  memory_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, appendable_log& log, frontier_options options);

  asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) override;
  bool is_known(std::uint64_t fingerprint) override;
  asio::awaitable<claim_result> claim(const lease& holder, const candidate& target) override;
  asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) override;
  asio::awaitable<void> erase() override;

 private:
  struct claimed {
    std::uint64_t chain = 0;
    std::string holder;               ///< the URL that was asked for
    bool is_durable = false;          ///< its record is there
    std::optional<candidate> parked;  ///< a link to the URL that came meanwhile; queued if the claim is given up
  };

  memory_frontier& part(std::uint32_t shard) const noexcept { return static_cast<memory_frontier&>(ledger_.part(shard)); }
  bool add_one(candidate& c);
  std::size_t take_over(std::vector<candidate> transfers);
  asio::awaitable<std::size_t> add_all(std::span<candidate> found);
  void accept(item_ptr moved);
  void return_item(item_ptr what) override;
  void drop_claims(item& what) override;
  claim_result claim_here(std::uint64_t chain, const std::string& holder, const candidate& target);
  void settle_claim(std::uint64_t fingerprint, bool durable);
  void settle_claims(item& what, bool durable);

  appendable_log& log_;
  seen_set seen_;
  std::unordered_map<std::uint64_t, claimed> claims_;
  std::uint64_t order_ = 0;
};

}  // namespace trawl::frontier
