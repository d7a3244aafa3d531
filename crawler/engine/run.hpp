// The inside of a crawl: the loop that leases, fetches, reads and commits. Everything here lives on the shard's thread but for what
// is marked; crawl.cpp is the door to it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include "crawler/async/gate.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/page.hpp"
#include "crawler/engine/plan.hpp"
#include "crawler/engine/robots_keeper.hpp"
#include "crawler/engine/seeds.hpp"
#include "crawler/engine/shard.hpp"
#include "crawler/fetch/stack.hpp"
#include "crawler/frontier/memory_frontier.hpp"
#include "crawler/policy/scope.hpp"

namespace trawl::engine {

class crawl::run {
 public:
  run(shards& where, config::job job, crawl_options options);

  void begin();                       ///< any thread
  void stop(ending why, bool abort);  ///< any thread
  progress copy() const;              ///< any thread
  bool wait(std::chrono::milliseconds time) const;

  const config::job job_;
  const crawl_options options_;
  std::unique_ptr<frontier::result_log> log_;
  std::atomic<ending> ended_{ending::none};
  std::atomic<bool> finished_{false};

 private:
  using task = boost::asio::awaitable<void>;

  task main();
  task feed_seeds();
  task watch_limits();
  task work(frontier::lease held);
  task settle(const frontier::lease& held, result<response> answer, record out, frontier::attempt_state state);
  task finish(const frontier::lease& held, record out, page_result page, bool counts_as_page, const page_plan* plan);
  boost::asio::awaitable<fetch::hop_verdict> may_hop(const request& asked, const url::url& target);

  std::optional<frontier::candidate> to_candidate(request r, bool is_seed);
  std::vector<frontier::candidate> to_candidates(const record& page, page_result& found);
  void filtered(const std::string& rule, const std::string& url, const std::string& parent);
  void note_record(const record& out);
  void publish();
  net::egress_policy egress() const;
  void meet_host(frontier::host_gate& gate, const frontier::candidate& first);
  task learn_robots(std::string host, std::string address);
  void open_gate(frontier::host_gate& gate, const frontier::candidate& first) const;

  shard& shard_;
  std::vector<job_problem> problems_;
  job_plan plan_;
  policy::scope scope_;
  net::client client_;
  frontier::memory_frontier frontier_;
  fetch::stack_state state_;
  fetch::stack fetch_;
  robots_keeper robots_;
  async::gate tasks_;
  std::string agent_;
  std::unordered_map<std::uint64_t, const frontier::lease*> leases_;
  std::chrono::steady_clock::time_point started_{};
  std::uint64_t failures_ = 0;
  progress now_;  ///< shard's thread

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  progress published_;  ///< under mutex_
};

}  // namespace trawl::engine
