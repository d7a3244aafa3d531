// robots.txt per origin: fetched once before anything else of it, kept for as long as RFC 9309 allows, and longer while it can't be read anew.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <unordered_set>

#include "config/job.hpp"
#include "crawler/async/gate.hpp"
#include "crawler/engine/discovery/side_fetch.hpp"
#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

/// One job's view of robots.txt on one shard; its thread only. Its fetches run in `tasks`, which closes first.
class robots_keeper {
 public:
  using hop_fetch = std::function<boost::asio::awaitable<result<response>>(std::string address)>;
  /// `on_known` is called with the politeness key whenever an answer for it has come, or will not come.
  /// `hop` asks where a redirect leads, by the rules of that host, whoever owns it.
  robots_keeper(frontier::host_gates& gates, side_fetch ask, hop_fetch hop, const config::job& job, async::gate& tasks,
                std::function<void(const std::string& host)> on_known);
  /// What robots.txt says of the URL. `wait`: it is being asked for; `no_slot`: it would be, if a request more were allowed. With `robots: ignore` all may go and nothing is asked.
  frontier::admission check(const url::url& target);
  /// The rules for the URL's origin, if they are known and still hold; else null. Valid until the next call of anything here.
  const policy::robots* rules(const url::url& target) const;

 private:
  boost::asio::awaitable<void> load(std::string origin, std::string host, request_permit first);
  boost::asio::awaitable<result<response>> ask_following(std::string address, request_permit& slot);
  frontier::admission start_loading(const url::url& target, std::string key);
  void set_crawl_delay(const std::string& host, std::chrono::nanoseconds asked);
  std::shared_ptr<const policy::robots> rules_in(const result<response>& answer) const;
  void note(const result<response>& answer, const std::string& key, const std::string& host);

  frontier::host_gates& gates_;
  side_fetch ask_;
  hop_fetch hop_;
  const config::job& job_;
  async::gate& tasks_;
  std::function<void(const std::string&)> on_known_;
  std::string agent_;
  std::string key_tail_;  ///< what else an answer depends on: the agent, and how this job reaches a host
  std::unordered_set<std::string> loading_;  ///< keys that are being asked for
};

}  // namespace trawl::engine
