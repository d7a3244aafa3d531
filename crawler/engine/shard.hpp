// A shard: a thread, the io_context that only it runs, and what that thread alone may touch (connections, DNS, host gates).
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "crawler/async/address_slots.hpp"
#include "crawler/async/byte_budget.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/model/latency_histogram.hpp"

namespace trawl::engine {

class shard {
 public:
  shard();
  /// Crawls on it must have ended.
  ~shard() { stop(); }
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  /// Stops the loop at once and joins.
  void stop();
  /// Runs what was posted and not reached, on the caller's thread, after `stop`; how many handlers that were.
  std::size_t run_out();
  boost::asio::io_context& context() noexcept { return context_; }
  /// Politeness of every host this shard owns, shared by all its jobs. Shard's thread only.
  frontier::host_gates& gates() noexcept { return gates_; }
  /// How long the phases of its exchanges took, of all its jobs. Its thread adds, any looks.
  phase_times& times() noexcept { return times_; }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  frontier::host_gates gates_;
  phase_times times_;
  std::jthread thread_;
};

/// All shards of the process; jobs are spread over them by host. Made once, outlives every crawl.
class shards {
 public:
  /// `count` 0: one for each core.
  explicit shards(unsigned count = 0);
  ~shards();
  shards(const shards&) = delete;
  shards& operator=(const shards&) = delete;
  std::size_t size() const noexcept { return all_.size(); }
  shard& operator[](std::size_t at) noexcept { return *all_[at]; }
  /// The memory that bodies in flight may take, of all jobs together: half of what the process has.
  async::byte_budget& bodies() noexcept { return bodies_; }
  /// Requests in flight by address, of all jobs together (politeness.per_ip).
  async::address_slots& addresses() noexcept { return addresses_; }
  /// The CPU pool: where what computes long goes, so that no loop stands still. As many threads as shards.
  boost::asio::any_io_executor cpu() noexcept { return cpu_.get_executor(); }

 private:
  async::byte_budget bodies_;
  async::address_slots addresses_;
  std::vector<std::unique_ptr<shard>> all_;
  boost::asio::thread_pool cpu_;  ///< joined first: what it still runs is posted back to the shards
};

}  // namespace trawl::engine
