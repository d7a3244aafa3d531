// What a crawl has done so far, in numbers. One name each, in the summary, the API and the metrics.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/frontier/frontier.hpp"

namespace trawl {
class json_object;
}

namespace trawl::engine {

/// URLs one rule kept out, with the first three as samples.
struct filtered_tally {
  std::uint64_t count = 0;
  std::vector<std::string> samples;

  void note(const std::string& url);
  filtered_tally& operator+=(const filtered_tally& more);
};

/// What keeps a crawl from being faster just now. The later one wins where shards differ.
enum class pace : std::uint8_t {
  servers,      ///< nothing of ours: answers are waited for
  discovery,    ///< nothing is queued: what is in flight has to name more
  robots,       ///< robots.txt of new hosts
  per_host,     ///< politeness.per_host
  delay,        ///< politeness.delay, Crawl-delay, adaptive, Retry-After or a back-off
  concurrency,  ///< fetch.concurrency
  memory,       ///< fetch.memory
  output,       ///< whoever takes the records
  paused,       ///< somebody's wish
};
/// For people: "delay", "per_host".
std::string_view to_string(pace p) noexcept;

/// How often a field had a value.
struct field_tally {
  std::uint64_t asked = 0, filled = 0;
};

/// What counts no longer for `expect`: records of visits that a later one of the same URL has followed.
struct superseded_tally {
  std::uint64_t recorded = 0, pages_2xx = 0, items = 0;
  std::map<std::string, field_tally> fields;

  superseded_tally& operator+=(const superseded_tally& more);
};

/// A copy of the counters at one moment.
struct progress {
  frontier::books books;
  std::map<int, std::uint64_t> statuses;             ///< records per HTTP status
  std::map<std::string, std::uint64_t> errors;       ///< records per error code
  std::map<std::string, filtered_tally> filtered;    ///< by rule
  std::uint64_t requests = 0;                        ///< sent, robots.txt and retries included
  std::uint64_t invalid = 0;                         ///< seeds that are no URL
  std::uint64_t wire_bytes = 0, bytes = 0;
  std::uint64_t pages_2xx = 0;
  std::uint64_t items = 0;                           ///< entries of the records' items
  std::map<std::string, field_tally> fields;         ///< of extract.fields and items, by name
  superseded_tally superseded;                       ///< of all these
  std::uint64_t hosts = 0;
  engine::pace pace = engine::pace::servers;
  std::chrono::steady_clock::duration elapsed{};

  /// Adds another shard's numbers; `elapsed` stays.
  progress& operator+=(const progress& more);
};

/// The numbers as members, `elapsed_s` to `filtered`, of an object that is being written to `out`.
void append_members(json_object& o, std::string& out, const progress& p);

/// The JSON of --summary: a whole object, with the members of `append_members`.
std::string to_json(const progress& p, std::string_view job, std::string_view ended);

}  // namespace trawl::engine
