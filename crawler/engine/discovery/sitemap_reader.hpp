// The sitemaps of one job on one shard: fetched by the rules of every page, read lazily, their entries given to the frontier as there
// is room. They count as no page and leave no record.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crawler/async/clock.hpp"
#include "crawler/async/gate.hpp"
#include "crawler/engine/discovery/log_pace.hpp"
#include "crawler/engine/discovery/side_fetch.hpp"
#include "crawler/extract/sitemap.hpp"
#include "crawler/frontier/frontier.hpp"
#include "crawler/frontier/host_gate.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

/// The entry of the key `sitemaps` that stands for those which robots.txt names.
inline constexpr std::string_view sitemaps_of_robots = "robots";

/// A sitemap that somebody named: the job, a robots.txt, an index, or a redirect.
struct found_sitemap {
  std::string url;   ///< normalised, http or https
  std::string seed;  ///< the sitemap that led here, as the job or robots.txt name it; empty: this one
  std::uint32_t level = 0;      ///< indexes above it
  std::uint32_t redirects = 0;  ///< that led here
};

/// What reading them needs of the worker; all of it outlives the reader. The functions are called on the shard's thread.
struct sitemap_surroundings {
  frontier::ledger& books;
  async::clock& time;
  async::gate& tasks;             ///< its coroutines run in here
  boost::asio::any_io_executor cpu;
  side_fetch fetch;
  std::uint32_t max_redirects = 0;
  std::function<frontier::admission(const url::url&)> robots;
  /// Entries that are pages, at depth 0.
  std::function<boost::asio::awaitable<void>(std::vector<request>)> add;
  /// Another sitemap, for the shard that owns its host.
  std::function<void(found_sitemap)> pass_on;
  std::function<void(std::uint64_t broken)> on_broken;
};

/// Owner shard's thread only. One sitemap of a host at a time, a few in all: each may hold 50 MiB.
class sitemap_reader {
 public:
  explicit sitemap_reader(sitemap_surroundings around) : around_(std::move(around)) {}
  /// Reads it when its turn comes, unless this job has had it. The job stays open until then.
  void take(found_sitemap found);

 private:
  using task = boost::asio::awaitable<void>;

  bool is_over() const noexcept { return around_.books.cancelled() || around_.books.limit_reached(); }
  void start_lanes();
  task serve();
  task read_next(const std::string& host);
  task read(found_sitemap found);
  boost::asio::awaitable<bool> may_fetch(const url::url& target);
  task let_a_page_go_first(const std::string& host);
  void follow_redirect(const response& answer, const found_sitemap& found, const url::url& here);
  task read_entries(std::string body, std::string content_type, const found_sitemap& found, const url::url& here);
  task deliver(std::vector<extract::sitemap_entry> batch, const found_sitemap& found, const url::url& here);
  task wait_for_room();
  void warn(const url::url& where, const std::string& line);

  sitemap_surroundings around_;
  log_pace warnings_;                      ///< by host
  std::unordered_set<std::string> known_;  ///< URLs taken so far
  std::unordered_map<std::string, std::deque<found_sitemap>> waiting_;  ///< by host
  std::deque<std::string> turns_;          ///< hosts that have something waiting and nothing being read
  bool is_full_ = false;                   ///< more were named than are read
  std::size_t lanes_ = 0;                  ///< coroutines that serve; one at least while anything waits
};

}  // namespace trawl::engine
