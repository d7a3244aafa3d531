// robots.txt per origin: fetched once, waited for by all who need it, kept for as long as RFC 9309 allows.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "config/job.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/model/record.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

/// What robots.txt says of a URL, for the record.
struct robots_answer {
  bool allowed = true;
  bool unreachable = false;
  std::optional<robots_note> note;  ///< the rule that decided
};

/// One job's view of robots.txt. Owner shard's thread only; outlives its callers (the job's gate closes first).
class robots_keeper {
 public:
  robots_keeper(frontier::host_gates& gates, const config::job& job, fetch::fetch_fn bare);
  /// Waits for the origin's robots.txt where it is not known. With `robots: ignore` all is allowed and nothing is fetched.
  boost::asio::awaitable<robots_answer> ask(const url::url& target);

 private:
  boost::asio::awaitable<void> load(std::string origin, std::string host);
  boost::asio::awaitable<result<response>> fetch_following(std::string address);

  frontier::host_gates& gates_;
  const config::job& job_;
  fetch::fetch_fn bare_;
  std::string agent_;
  /// Timers that never fire by themselves: cancelling one wakes all that wait for the origin.
  std::unordered_map<std::string, std::unique_ptr<boost::asio::steady_timer>> loading_;
};

}  // namespace trawl::engine
