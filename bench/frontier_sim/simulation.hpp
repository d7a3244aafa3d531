// Jobs that crawl the synthetic web through the frontier's interface: no network, and time that passes at once.
#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "bench/frontier_sim/sim_clock.hpp"
#include "bench/frontier_sim/web.hpp"
#include "crawler/frontier/durable_frontier.hpp"
#include "crawler/frontier/memory/memory_frontier.hpp"
#include "crawler/frontier/memory/memory_log.hpp"

namespace trawl::bench {

namespace asio = boost::asio;
using frontier::clock;

/// What all jobs of a process share: the thread, the time, and the hosts' gates of each shard.
struct process {
  explicit process(std::uint32_t shards) : gates(shards) {}
  asio::io_context loop{1};
  sim_clock time;
  std::vector<frontier::host_gates> gates;
  std::uint32_t tasks = 0;   ///< coroutines that run
  std::uint32_t asking = 0;  ///< calls whose answer a store's thread gives
};

struct job_shape {
  std::filesystem::path state;  ///< empty: all in memory
  std::uint32_t concurrency = 256;
  clock::duration delay = std::chrono::seconds(1);      ///< of each host
  clock::duration least_latency = std::chrono::milliseconds(100), most_latency = std::chrono::milliseconds(500);
};

/// How time was used while there was work.
struct slot_use {
  double whole_s = 0;  ///< virtual time that passed, by slots
  double idle_s = 0;   ///< of slots that were free while a host was due
};

/// One job: its frontier's parts, and what fetches for it. The process and the web outlive it.
class job {
 public:
  job(process& in, web& of, job_shape shape);
  ~job();
  job(const job&) = delete;
  job& operator=(const job&) = delete;

  /// Adds candidates in batches, some batches at a time; the seeds stay open.
  void add(std::vector<frontier::candidate> all, std::size_t batch, std::size_t at_once);
  /// Leases, waits a page's latency, commits with links of the web's shape (or none), until `enough` is true after a lease.
  void crawl(bool with_links, std::function<bool()> enough);
  void start(bool with_links, std::function<bool()> enough);
  /// No more seeds: the crawl ends when nothing is left.
  void end_seeds();

  /// True while a part's host waits for its rows.
  bool is_reading() const;
  void note_time(clock::duration passed);

  frontier::books counts() const;
  frontier::host_load load() const;
  frontier::frontier& part(std::uint32_t shard) { return *parts_[shard]; }
  frontier::store::job_store* store() { return store_.get(); }
  const slot_use& slots() const noexcept { return slots_; }
  std::uint64_t links() const noexcept { return links_; }    ///< that pages had
  std::uint64_t cached() const noexcept { return cached_; }  ///< of them those that `is_known` knew
  std::function<void(const frontier::lease&)> on_lease;

 private:
  using task = asio::awaitable<void>;
  void spawn(task t);
  task add_batches(std::shared_ptr<std::vector<frontier::candidate>> all, std::size_t first, std::size_t batch, std::size_t step);
  task lease_pages(std::uint32_t shard, bool with_links, std::shared_ptr<std::function<bool()>> enough);
  task visit(std::uint32_t shard, frontier::lease held, bool with_links);
  task close_seeds();
  void find_link(std::uint32_t shard, const frontier::lease& on, page_name to, std::vector<frontier::candidate>& out);
  std::vector<frontier::candidate> links_of(std::uint32_t shard, const frontier::lease& on, page_name here);

  process& process_;
  web& web_;
  job_shape shape_;
  frontier::ledger ledger_;
  std::unique_ptr<frontier::store::job_store> store_;
  std::unique_ptr<frontier::memory_log> log_;
  std::vector<std::unique_ptr<frontier::scheduled_frontier>> parts_;
  slot_use slots_;
  std::uint64_t links_ = 0, cached_ = 0;
};

/// Runs until no coroutine is left; time moves on when nothing else is to be done. Throws where nothing ever would be.
void run(process& in, std::initializer_list<job*> jobs);

}  // namespace trawl::bench
