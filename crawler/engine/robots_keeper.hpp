// robots.txt per origin: fetched once before anything else of it, kept for as long as RFC 9309 allows.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <unordered_set>

#include "config/job.hpp"
#include "crawler/async/clock.hpp"
#include "crawler/async/gate.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/frontier/ledger.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

/// Where the requests for robots.txt are counted: they are requests like any other.
struct robots_slots {
  frontier::ledger& books;
  std::uint32_t shard = 0;
};

/// One job's view of robots.txt on one shard; its thread only. Its fetches run in `tasks`, which closes first.
class robots_keeper {
 public:
  /// `on_known` is called with the politeness key whenever an answer for it has come, or will not come.
  robots_keeper(frontier::host_gates& gates, robots_slots slots, const config::job& job, fetch::fetch_fn bare, async::gate& tasks, async::clock& time,
                std::function<void(const std::string& host)> on_known);
  /// What robots.txt says of the URL. `wait`: it is being asked for; `no_slot`: it would be, if a request more were allowed. With `robots: ignore` all may go and nothing is asked.
  frontier::admission check(const url::url& target);

 private:
  class permit;
  boost::asio::awaitable<void> load(std::string origin, std::string host, permit first);
  boost::asio::awaitable<result<response>> ask(std::string address, permit& slot);
  boost::asio::awaitable<result<response>> ask_following(std::string address, permit& slot);
  frontier::admission start_loading(const url::url& target, std::string key);
  void set_crawl_delay(const std::string& host, std::chrono::nanoseconds asked);
  frontier::origin_robots read(const result<response>& answer, const std::string& host);

  frontier::host_gates& gates_;
  robots_slots slots_;
  const config::job& job_;
  fetch::fetch_fn bare_;
  async::gate& tasks_;
  async::clock& time_;
  std::function<void(const std::string&)> on_known_;
  std::string agent_;
  std::string key_tail_;  ///< what else an answer depends on: the agent, and how this job reaches a host
  std::unordered_set<std::string> loading_;  ///< keys that are being asked for
};

}  // namespace trawl::engine
