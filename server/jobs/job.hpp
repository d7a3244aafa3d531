// One job of the service: what was asked, where it stands, and how to get at its results. Loop's thread only.
#pragma once
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/job.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/stats/stats.hpp"

namespace trawl::server {

/// The words of the contract. Nothing is ever `paused` in this version.
enum class job_state : std::uint8_t {
  queued,     ///< waits for a place
  running,    ///< crawls
  completed,  ///< over, and what was expected came
  failed,     ///< over, and it did not; or cut off
  cancelled,  ///< somebody ended it
};
std::string_view to_string(job_state s) noexcept;
/// nullopt where there is no such state.
std::optional<job_state> job_state_from(std::string_view word) noexcept;

/// Sums over jobs, for the metrics; each number only grows.
struct job_totals {
  std::map<int, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t> errors;
  std::map<std::string, std::uint64_t> filtered;  ///< by rule
  std::uint64_t records = 0, pages = 0, requests = 0, wire_bytes = 0, bytes = 0, discovered = 0, duplicates = 0, items = 0;
  void add(const engine::progress& p);
};

struct job {
  using wall_clock = std::chrono::system_clock;

  std::string id, name;
  job_state state = job_state::queued;
  std::string ended, reason;                 ///< why it is over: the contract's word; more, for people
  bool cancel_asked = false;
  bool ends = false;                         ///< it is over, and its end is being written
  bool is_erased = false;                    ///< its files are being removed; nobody finds it any more
  std::string submitted_at;                  ///< RFC 3339
  std::optional<wall_clock::time_point> started, finished;
  std::optional<config::job> asked;          ///< until it starts
  std::size_t asked_bytes = 0;               ///< of the request that brought it, while it is active
  std::shared_ptr<engine::crawl> crawl;      ///< while it runs
  std::string last_status;                   ///< when it is over: its status as JSON
  std::weak_ptr<frontier::result_log> log;   ///< opened again after its end
  std::uint64_t recorded = 0;                ///< records that its end counted
  std::uint64_t missing = 0;                 ///< of them, those that its files do not hold any more; known when `log` was opened

  bool is_active() const noexcept { return state == job_state::queued || state == job_state::running; }
  /// Pages and bytes a second over the last ten seconds; called once a second while it runs.
  void sample();
  /// The status object of the API.
  std::string status() const;

 private:
  struct moment {
    std::chrono::steady_clock::time_point at;
    std::uint64_t pages, wire_bytes;
  };
  std::deque<moment> samples_;
};

}  // namespace trawl::server
