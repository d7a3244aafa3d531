// What the shards of one job share in memory: how much is open, how many slots are left, and who has to be told. Counters, no lock.
#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <vector>

namespace trawl::frontier {

class scheduled_frontier;

/// Any thread, but for `enter`. Made before the parts of the job's frontier and outlives them.
class ledger {
 public:
  /// `max_pages` 0: no limit.
  ledger(std::uint32_t max_in_flight, std::uint64_t max_pages) : max_in_flight_(max_in_flight), max_pages_(max_pages) {}
  /// Pages that earlier runs have committed; before anything runs.
  void has_committed(std::uint64_t pages) noexcept { reserved_ = pages, pages_ = pages; }

  /// Parts enter in the order of their shards, before anything runs. All parts of a job are of one kind.
  std::uint32_t enter(scheduled_frontier& part, boost::asio::any_io_executor executor);
  /// Runs `work` on a shard's thread. The parts are there until all that was posted has run.
  template <class Work>
  void post(std::uint32_t shard, Work work) const {
    boost::asio::post(parts_[shard].executor, std::move(work));
  }
  scheduled_frontier& part(std::uint32_t shard) const noexcept { return *parts_[shard].frontier; }
  const boost::asio::any_io_executor& executor(std::uint32_t shard) const noexcept { return parts_[shard].executor; }
  std::uint32_t shards() const noexcept { return static_cast<std::uint32_t>(parts_.size()); }

  /// A URL is queued, in flight or on its way between shards, or the seeds are not exhausted.
  void open(std::uint64_t more = 1) noexcept { open_.fetch_add(more, std::memory_order_relaxed); }
  /// One more, unless the job is finished already.
  bool try_open() noexcept;
  /// Less; the last one wakes everybody.
  void close(std::uint64_t fewer = 1) noexcept;
  /// URLs that stay queued but keep the job open no longer: their host was given up. The last one that was open wakes everybody.
  void set_aside(std::uint64_t count) noexcept;
  /// Some of them keep it open again; false: too late, the job is finished, for good.
  bool take_back(std::uint64_t count) noexcept;
  std::uint64_t aside() const noexcept { return aside_.load(std::memory_order_relaxed); }
  bool is_finished() const noexcept { return open_.load(std::memory_order_acquire) == 0; }
  /// Requests under way in all, and how many may be.
  std::uint64_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  std::uint64_t max_in_flight() const noexcept { return max_in_flight_; }
  std::uint64_t opened() const noexcept { return open_.load(std::memory_order_relaxed); }

  /// A permit for one request that is no lease (robots.txt), under the same bound; false as for a slot.
  bool take_permit(std::uint32_t shard) noexcept;
  void free_permit() noexcept;
  /// While somebody wishes for a permit, leases leave one for each such wish, up to half of all.
  void wish_permit() noexcept { wished_.fetch_add(1, std::memory_order_relaxed); }
  void end_wish() noexcept;
  /// A slot for one lease, exact in both limits; false: none is free, and `shard` is told when one is.
  bool take_slot(std::uint32_t shard) noexcept;
  /// The lease has ended; a page counts for good.
  void free_slot(bool was_page) noexcept;
  bool limit_reached() const noexcept { return max_pages_ != 0 && pages_.load(std::memory_order_acquire) >= max_pages_; }

  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }
  void pause(bool on) noexcept;
  bool paused() const noexcept { return paused_.load(std::memory_order_acquire); }

 private:
  void wake(std::uint64_t shards) noexcept;
  std::uint64_t most_leased() const noexcept;
  struct part_entry {
    scheduled_frontier* frontier;
    boost::asio::any_io_executor executor;
  };

  const std::uint32_t max_in_flight_;
  const std::uint64_t max_pages_;
  std::vector<part_entry> parts_;
  std::atomic<std::uint64_t> open_{1};      ///< one for the seeds
  std::atomic<std::uint64_t> aside_{0};     ///< not counted in open_
  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<std::uint64_t> wished_{0};    ///< permits that are waited for
  std::atomic<std::uint64_t> reserved_{0};  ///< pages committed, and leases that may become one
  std::atomic<std::uint64_t> pages_{0};
  std::atomic<std::uint64_t> starving_{0};  ///< bit per shard (the 64th stands for all above)
  std::atomic<bool> cancelled_{false}, paused_{false};
};

}  // namespace trawl::frontier
