// The jobs of the service: takes them, runs so many at once, keeps the rest in order, and gives their results. What is accepted is in the
// register first, and a job goes on from its state whatever ended the service. Nothing here waits on the loop: crawls are made and ended,
// logs are opened and files are written by the helper threads.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crawler/async/gate.hpp"
#include "crawler/engine/shard.hpp"
#include "crawler/frontier/result_log.hpp"
#include "crawler/url/url.hpp"
#include "server/jobs/job.hpp"
#include "server/jobs/job_files.hpp"
#include "server/jobs/job_table.hpp"
#include "server/jobs/submission.hpp"
#include "server/offload.hpp"
#include "server/options.hpp"

namespace trawl::server {

/// What comes with a job that is submitted.
struct newcomer {
  std::string name, text;                   ///< text: as it was sent
  body_format format = body_format::json;
  std::string owner;
  bool takes_seeds = false;
  std::string idempotency_row, idempotency_value;  ///< kept with it; empty: none
  std::function<job_table::change(const std::string& id)> also = {};  ///< one more row that is written with it, or not at all; empty: none
};

/// Loop's thread only. What it is made of outlives it. Calls that write throw std::system_error where the disk refuses; then nothing has
/// changed.
class registry {
 public:
  using job_ptr = std::shared_ptr<job>;

  registry(asio::io_context& loop, engine::shards& shards, helper_threads& helpers, const job_files& files, job_table& table, const server_options& options);

  /// Takes up the jobs that an earlier run has left: what was running or queued is queued. Before anything else; blocking.
  void take_over();
  /// From now on jobs are started and noticed when they are over, until `stop`.
  void begin() { tasks_.spawn(run()); }

  bool has_room() const noexcept;
  bool is_stopping() const noexcept { return stopping_; }
  /// A checked job gets its id and is queued. nullptr: there is no room.
  asio::awaitable<job_ptr> submit(newcomer what);
  /// A job that is over goes on with its state, on this text: what it has recorded stays, and what is old enough is visited again. nullptr:
  /// it is not over, or there is no room.
  asio::awaitable<job_ptr> run_again(job_ptr j, newcomer what);
  /// Whether another job may go on with its state: seeds, scope, rules and extraction are the same, limits apart. `state_job`: of that one.
  asio::awaitable<bool> has_state_for(job_ptr j, std::string state_job);
  job_ptr find(const std::string& id) const;
  const std::map<std::string, job_ptr>& all() const noexcept { return jobs_; }  ///< by id: in the order of submission

  // Each is harmless when it is repeated, or too late; false: the job is over, which it would have to be not (retry: it never ran).
  asio::awaitable<bool> cancel(job_ptr j);
  asio::awaitable<bool> pause(job_ptr j);
  asio::awaitable<bool> resume(job_ptr j);
  /// URLs whose latest record matches are visited again, also by a job that is over. The list has been checked.
  asio::awaitable<bool> retry(job_ptr j, std::string codes);
  /// No more seeds will be sent.
  asio::awaitable<bool> close_seeds(job_ptr j);

  /// The hosts that have most to do; nullopt: it does not run.
  asio::awaitable<std::optional<std::vector<engine::host_view>>> hosts(job_ptr j, std::size_t most);
  /// No new requests to a host, or again, also in later runs of the job.
  asio::awaitable<bool> pause_host(job_ptr j, std::string host, bool on);
  /// What the job's state knows of a URL, as `trawl explain --json` tells it; empty: there is no state yet. Throws frontier::storage_error.
  asio::awaitable<std::string> explain(job_ptr j, url::url asked);

  /// Changes a job that is not over, over what was submitted. A running one goes on with it, after what is in flight.
  asio::awaitable<submission> change(job_ptr j, std::string patch);
  /// The job as it was submitted and changed, secrets hidden, as JSON; empty where it can't be read.
  asio::awaitable<std::string> document(job_ptr j);

  /// Seeds for a job that is not over; safe from a power cut after `settle_seeds`. Between `begin_seeds` and `end_seeds`.
  asio::awaitable<bool> begin_seeds(job_ptr j);
  asio::awaitable<engine::seed_counts> add_seeds(job_ptr j, std::vector<request> seeds);
  asio::awaitable<void> settle_seeds(job_ptr j);
  void end_seeds(job_ptr j);

  /// The job and its results; it must be over. From the call on nobody finds it; when it can't be removed it is there again. Who still
  /// reads its results reads on.
  asio::awaitable<void> erase(job_ptr j);
  /// What it has recorded, whatever its state.
  std::shared_ptr<job_results> results(const job_ptr& j) const { return j->results; }

  /// A crawl without a state whose end, whoever lets it go, is waited for on a helper thread.
  asio::awaitable<std::shared_ptr<engine::crawl>> make_crawl(config::job asked);

  /// Sums over all jobs of this run, running ones as of now.
  job_totals totals() const;
  frontier::books running_books() const;
  /// The memory of the bodies that its jobs have in flight.
  const async::byte_budget& bodies() const noexcept;
  job_table& table() noexcept { return table_; }
  /// On the helper threads.
  asio::awaitable<void> keep(std::vector<job_table::change> changes);

  /// No job starts any more; running ones finish what is in flight, after `drain` they give it up, and go on when the service is started
  /// again. Ends when none runs.
  asio::awaitable<void> stop(std::chrono::milliseconds drain);

 private:
  class place;
  /// What `start` has told from a shard's thread.
  template <class T, class Start>
  asio::awaitable<T> ask_crawl(Start start) {
    struct reply {
      explicit reply(asio::io_context& loop) : news(loop, asio::steady_timer::time_point::max()) {}
      asio::steady_timer news;
      std::optional<T> got;
    };
    const auto mine = std::make_shared<reply>(loop_);
    start([mine, &loop = loop_](T told) {
      asio::post(loop, [mine, told = std::move(told)]() mutable {
        mine->got = std::move(told);
        mine->news.cancel();
      });
    });
    while (!mine->got) co_await mine->news.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(*mine->got);
  }
  void adopt(const job_ptr& j);
  asio::awaitable<void> keep(const job& j, newcomer what);
  asio::awaitable<void> keep(const job_ptr& j);
  asio::awaitable<submission> read(const job_ptr& j, std::string patch = {});
  asio::awaitable<std::shared_ptr<frontier::past_log>> open_past(std::weak_ptr<job> j);
  void queue(const job_ptr& j, bool in_front);
  void unqueue(const job_ptr& j);

  // How jobs run: running.cpp
  asio::awaitable<void> run();
  void start_queued();
  asio::awaitable<void> start(job_ptr j);
  asio::awaitable<void> load(job_ptr j, bool is_held_back);
  asio::awaitable<std::shared_ptr<engine::crawl>> make_crawl(config::job asked, engine::crawl_options options);
  asio::awaitable<void> finish(job_ptr j);
  asio::awaitable<void> let_go(job_ptr j);
  void judge(job& j, engine::ending how, std::string unmet);
  void give_up(job& j, std::string reason);
  asio::awaitable<void> keep_end(job_ptr j);
  void ask(job& j, wish what);
  asio::awaitable<void> wait_for_news();
  asio::awaitable<void> sweep();
  std::size_t places_used() const noexcept;
  std::string new_id();

  asio::io_context& loop_;
  engine::shards& shards_;
  helper_threads& helpers_;
  const job_files& files_;
  job_table& table_;
  const server_options& options_;
  async::gate tasks_;
  asio::steady_timer news_;  ///< cancelled when a job comes or the registry stops
  std::map<std::string, job_ptr> jobs_;
  std::deque<job_ptr> queue_;
  std::vector<job_ptr> loaded_;   ///< that have a crawl, are being started or end
  std::deque<job_ptr> opened_;    ///< whose logs are open to be read, the last ones
  job_totals past_;
  std::size_t places_taken_ = 0, bytes_taken_ = 0;  ///< by submissions that are being written
  std::uint64_t last_time_ = 0;
  bool stopping_ = false;
};

}  // namespace trawl::server
