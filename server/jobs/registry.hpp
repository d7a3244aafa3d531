// The jobs of the service: takes them, runs so many at once, keeps the rest in order, and gives their results. Nothing here waits on
// the loop: crawls are made and ended, logs are opened and files are written by the helper threads.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crawler/async/gate.hpp"
#include "crawler/engine/shard.hpp"
#include "crawler/frontier/result_log.hpp"
#include "server/jobs/job.hpp"
#include "server/jobs/job_files.hpp"
#include "server/offload.hpp"
#include "server/options.hpp"

namespace trawl::server {

/// Loop's thread only. What it is made of outlives it.
class registry {
 public:
  using job_ptr = std::shared_ptr<job>;

  registry(asio::io_context& loop, engine::shards& shards, helper_threads& helpers, const job_files& files, const server_options& options);

  /// Lists the jobs that an earlier run left, as they were; one that was cut off is failed. Before anything else; blocking.
  void take_over();
  /// From now on jobs are started and noticed when they are over, until `stop`.
  void begin() { tasks_.spawn(run()); }

  bool has_room() const noexcept;
  bool is_stopping() const noexcept { return stopping_; }
  /// A checked job gets its id and its directory and is queued. `bytes` is what its text took. nullptr: there is no room. Throws
  /// std::system_error where the disk refuses; then nothing of it is left.
  asio::awaitable<job_ptr> submit(config::job asked, std::size_t bytes);
  job_ptr find(const std::string& id) const;
  const std::map<std::string, job_ptr>& all() const noexcept { return jobs_; }  ///< by id: in the order of submission
  /// Harmless when repeated, or when the job is over.
  void cancel(job& j);
  /// The job as it was submitted, secrets hidden, as JSON; empty where it can't be read.
  asio::awaitable<std::string> document(job_ptr j);
  /// The job and its results; it must be over. From the call on nobody finds it; when its files can't be removed (std::system_error) it
  /// is there again. Who still reads its results reads on.
  asio::awaitable<void> erase(job_ptr j);
  /// The job's results, kept alive by the pointer; nullptr: it is still queued. Throws std::system_error.
  asio::awaitable<std::shared_ptr<frontier::result_log>> open_log(job_ptr j);

  /// A crawl whose end, whoever lets it go, is waited for on a helper thread.
  asio::awaitable<std::shared_ptr<engine::crawl>> make_crawl(config::job asked, std::filesystem::path segments);

  /// Sums over all jobs of this run, running ones as of now.
  job_totals totals() const;
  frontier::books running_books() const;
  /// The memory of the bodies that its jobs have in flight.
  const async::byte_budget& bodies() const noexcept;

  /// No job starts any more; running ones finish what is in flight, after `drain` they are cancelled. Ends when none runs.
  asio::awaitable<void> stop(std::chrono::milliseconds drain);

 private:
  class place;
  asio::awaitable<void> run();
  asio::awaitable<void> start(job_ptr j);
  asio::awaitable<void> finish(job_ptr j);
  void start_queued();
  void close_books(job& j);
  std::string new_id();

  engine::shards& shards_;
  helper_threads& helpers_;
  const job_files& files_;
  const server_options& options_;
  async::gate tasks_;
  asio::steady_timer news_;  ///< cancelled when a job comes or the registry stops
  std::map<std::string, job_ptr> jobs_;
  std::deque<job_ptr> queue_;
  std::vector<job_ptr> running_;
  std::deque<std::shared_ptr<frontier::result_log>> opened_;  ///< the last ones, so that a reader who pages does not open it each time
  job_totals past_;
  std::size_t places_taken_ = 0, bytes_taken_ = 0;  ///< by submissions that are being written
  std::uint64_t last_time_ = 0;
  bool stopping_ = false;
};

}  // namespace trawl::server
