// What a crawl looks like in words: the live line, the log line, the summary. Pure: numbers in, text out. Foreign text is escaped.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "config/job.hpp"
#include "crawler/engine/stats/stats.hpp"

namespace trawl::server {

/// "1,234,567".
std::string count_text(std::uint64_t n);
/// "312 B", "1.4 MiB": three digits at most before the unit.
std::string size_text(double bytes);
/// "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
std::string time_text(std::chrono::seconds t);

struct rates {
  double pages = 0, requests = 0, wire_bytes = 0;  ///< a second
};

/// Rates over the last five seconds, from samples of the counters.
class rate_meter {
 public:
  /// `p.elapsed` is the sample's time; it never goes back.
  rates add(const engine::progress& p);

 private:
  struct sample {
    double at = 0;
    std::uint64_t pages = 0, requests = 0, wire_bytes = 0;
  };
  std::deque<sample> samples_;
};

/// Time left until the nearest bound of the job (max_pages, limits), at this rate; nullopt where there is none, or nothing moves.
std::optional<std::chrono::seconds> time_left(const engine::progress& p, const config::job& job, const rates& now);

/// One line without a line end: pages, rates, queue, failures, time left.
std::string counts_line(const engine::progress& p, const config::job& job, const rates& now);
/// The same, and what paces the crawl.
std::string progress_line(const engine::progress& p, const config::job& job, const rates& now);

/// The table that ends a crawl; lines with their ends.
std::string summary_table(const engine::progress& p, std::string_view job, std::string_view ended);

}  // namespace trawl::server
