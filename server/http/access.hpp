// What is remembered of each call: its id, a line in the log, and numbers for the metrics.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "crawler/model/latency_histogram.hpp"
#include "server/http/router.hpp"

namespace trawl::server::http {

/// One call, from its whole head on. What the client wrote is kept cut.
struct call_record {
  std::string id;                   ///< X-Request-Id: the client's where it is sane, else ours
  std::string method, path, job, caller;
  std::string route;                ///< the pattern; empty: none
  unsigned status = 0;
  bool takes_gzip = false;
  bool is_open = false;             ///< of a route that probes ask, and that holds no data
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();

  /// `to` null: no route.
  void take(const request& r, const http::route* to);
};

/// The request's X-Request-Id where it is sane: 1 to 64 characters, each a letter, a digit or one of - _ . so that no log and no other
/// program takes it for something else. Otherwise 16 hex digits, others each time. The loop's thread only.
std::string request_id_of(const request& r);

/// Numbers per route and method; what fits no route is one route of its own, so that nobody can make more of them. The loop's thread only.
class call_book {
 public:
  struct numbers {
    std::map<unsigned, std::uint64_t> statuses;
    latency_histogram took;  ///< from the request's head to the answer's
  };
  using key = std::pair<std::string, std::string>;  ///< route, method

  void note(const call_record& call);
  const std::map<key, numbers>& all() const noexcept { return all_; }

 private:
  std::map<key, numbers> all_;
};

/// A line a call: at info, at debug where probes ask.
void log_call(const call_record& call, std::string_view peer, std::uint64_t bytes);

}  // namespace trawl::server::http
