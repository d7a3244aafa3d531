// The inside of a crawl: a worker on each shard, and what they share. crawl.cpp is the door to it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "crawler/engine/worker.hpp"
#include "crawler/frontier/crash/crash_marks.hpp"
#include "crawler/frontier/durable_frontier.hpp"
#include "crawler/frontier/memory/body_book.hpp"

namespace trawl::engine {

/// Shared by the crawl that owns it and by what is posted for it, so that nothing posted runs on a run that is gone.
class crawl::run : public std::enable_shared_from_this<crawl::run> {
 public:
  run(shards& where, config::job job, crawl_options options);

  void begin();                       ///< any thread, once
  void stop(ending why, bool abort);  ///< any thread
  void pause(bool on) { books_.pause(on); }  ///< any thread
  void add_seeds(std::vector<request> sent, std::function<void(seed_counts)> told);  ///< any thread
  void tell_hosts(std::size_t most, std::function<void(std::vector<host_view>)> told);  ///< any thread
  void pause_host(const std::string& host, bool on);                                 ///< any thread
  void close_seeds() { context_.takes_seeds = false; }                               ///< any thread
  progress copy() const;              ///< any thread
  bool wait(std::chrono::milliseconds time) const;

  const config::job job_;
  const crawl_options options_;
  std::unique_ptr<frontier::appendable_log> log_;         ///< without a state
  std::unique_ptr<frontier::store::job_store> store_;     ///< with one
  std::unique_ptr<frontier::crash_marks> marks_;   ///< with one
  frontier::result_log& log() noexcept;
  std::atomic<ending> ended_{ending::none};
  std::atomic<bool> finished_{false};
  bool has_begun_ = false;  ///< its owner's thread

 private:
  using task = asio::awaitable<void>;

  frontier_maker maker();
  void open_state();
  void save_cookies() noexcept;
  task save_cookies_in_time();
  void queue_revisits();
  void take_up_domains();
  std::vector<frontier::stored_host> hosts_of(std::uint32_t shard) const;
  task main();
  void start_worker(std::size_t at);
  void pass_on(std::uint32_t at, found_sitemap found);
  void resume_after_login();
  asio::awaitable<result<response>> ask_at(std::uint32_t at, std::uint32_t from, aside what, request asked);
  asio::awaitable<std::string> claim_body(std::uint64_t digest, std::string url);
  void fail(std::string_view why);
  void check_limits(const progress& p);
  void tell_of_memory();
  asio::awaitable<progress> gather();
  task gather_hosts(std::size_t most, std::function<void(std::vector<host_view>)> told);
  task dismiss_workers();
  void publish(progress p);
  void end() noexcept;

  shards& shards_;
  frontier::ledger books_;
  scope_board joined_;
  async::byte_account bodies_;
  policy::cookie_jar cookies_;
  frontier::body_book body_holders_;  ///< without a state
  std::optional<login_session> login_;
  host_list seed_hosts_;
  policy::domain_budget domains_;
  std::mutex rejecting_;
  job_context context_;
  std::vector<std::unique_ptr<worker>> workers_;  ///< each touched on its shard's thread only, once it runs
  std::atomic<bool> closing_{false}, has_failed_{false};
  std::uint64_t cookies_saved_ = 0;               ///< version of the jar that the state has
  std::chrono::steady_clock::time_point cookies_saved_at_{};
  std::uint32_t parts_made_ = 0;                  ///< of the frontier
  std::chrono::steady_clock::time_point started_{};
  std::size_t running_ = 0;                       ///< first shard's thread
  std::chrono::steady_clock::time_point told_of_memory_{};
  async::alarm news_;                             ///< a worker has ended

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  progress published_;  ///< under mutex_
};

}  // namespace trawl::engine
