// What `trawl plan` has found out: a verdict on each seed, and for each host the URLs that are known and the time they take. Pure.
#pragma once
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::server {

/// Memory: some hundred bytes for each host, and for each of the first thousand seeds.
class crawl_plan {
 public:
  /// A URL that was looked at: its record as JSON, with the line of robots.txt that decided.
  void add_record(std::string_view line);
  /// A seed that the scope keeps out; what it keeps out of sitemaps is only counted.
  void add_rejected(const std::string& url, const std::string& parent, const std::string& rule);
  /// Below a millisecond it is the adaptive part of a fast host alone, and none.
  void set_delay(const std::string& host, std::chrono::nanoseconds delay) { hosts_[host].delay = std::chrono::floor<std::chrono::milliseconds>(delay); }
  void set_invalid(std::uint64_t seeds) { invalid_ = seeds; }
  void warn(std::string what) { warnings_.push_back(std::move(what)); }

  /// At least one seed may be fetched.
  bool is_worthwhile() const noexcept { return fetched_seeds_ > 0; }
  /// "seeds", "hosts", "warnings", and the whole's "urls" and "time_s".
  nlohmann::ordered_json json() const;
  /// The same for people.
  std::string text() const;

 private:
  struct seed {
    std::string url, verdict, rule;
  };
  struct host {
    std::uint64_t seeds = 0, from_sitemaps = 0, forbidden = 0;
    std::chrono::nanoseconds delay{0};
    std::chrono::nanoseconds time() const { return delay * static_cast<std::int64_t>(seeds + from_sitemaps); }
  };
  void add_seed(seed of);

  std::vector<seed> seeds_;  ///< the first of them
  std::uint64_t all_seeds_ = 0, fetched_seeds_ = 0, invalid_ = 0, filtered_entries_ = 0;
  std::map<std::string, host> hosts_;
  std::vector<std::string> warnings_;
};

}  // namespace trawl::server
