// One job of the service: what was asked, where it stands, and how to get at its results. Loop's thread only.
#pragma once
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/engine/crawl.hpp"
#include "crawler/engine/stats/stats.hpp"
#include "server/jobs/job_results.hpp"

namespace trawl::server {

/// The words of the contract.
enum class job_state : std::uint8_t {
  queued,     ///< waits for a place
  running,    ///< crawls
  paused,     ///< somebody has it wait; what it has done is kept
  completed,  ///< over, and what was expected came
  failed,     ///< over, and it did not; or it can't be run
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

/// What a crawl that runs is to become when it has let go of what is in flight.
enum class wish : std::uint8_t { none, pause, restart, cancel };

struct job {
  using wall_clock = std::chrono::system_clock;

  // What the register keeps.
  std::string id, name, owner;               ///< owner: the token that brought it; empty where none was needed
  job_state state = job_state::queued;
  std::string ended, reason;                 ///< why it is over: the contract's word; more, for people
  std::string submitted_at;                  ///< RFC 3339
  std::optional<wall_clock::time_point> started, finished;
  bool takes_seeds = false;                  ///< submitted with hold, and not closed yet
  std::string retry;                         ///< codes whose URLs its next run visits again
  std::vector<std::string> paused_hosts;
  /// The states it has had, the last ones, each with its number from 1 on.
  struct change {
    std::uint64_t number = 0;
    job_state state = job_state::queued;
    std::string at, ended, reason;
  };
  std::deque<change> changes;
  std::string last_numbers;                  ///< of its last run, as a JSON object; empty: it never ran

  // What is so in this process.
  wish wants = wish::none;
  std::chrono::steady_clock::time_point not_before{};  ///< it starts no earlier: there was no space for it
  bool has_place = false;                    ///< of those that may run at once
  bool is_starting = false, is_ending = false;
  bool is_erased = false;                    ///< its files are being removed; nobody finds it any more
  bool is_whole = true;                      ///< its state was left in order: it can be read without being recovered
  std::size_t asked_bytes = 0;               ///< of the request that brought it
  bool is_needed = false;                    ///< a stored job goes on with its state: it is kept however old it gets
  std::size_t senders = 0;                   ///< requests that bring more seeds
  std::shared_ptr<engine::crawl> crawl;      ///< while it is loaded; held by nobody for longer than a call
  std::shared_ptr<job_results> results;
  engine::progress counted;                  ///< by its runs in this process, as of the last one's end

  /// Not over.
  bool is_active() const noexcept { return state <= job_state::paused; }
  bool is_loaded() const noexcept { return is_starting || is_ending || crawl; }
  /// Pages and bytes a second over the last ten seconds; called once a second while it runs.
  void sample();
  /// As of now.
  engine::progress numbers() const;
  /// The last ones of a crawl that goes.
  void note_numbers(const engine::progress& last);
  /// `paused` as soon as nothing new is asked for.
  job_state shown() const noexcept { return wants == wish::pause ? job_state::paused : state; }
  /// The status object of the API.
  std::string status() const;
  /// Puts the state that it has now behind the others, if it is another one.
  void note_change();
  /// For the register, and back. nullptr: it can't be read.
  std::string to_row() const;
  static std::shared_ptr<job> from_row(const std::string& id, const std::string& row);

 private:
  struct moment {
    std::chrono::steady_clock::time_point at;
    std::uint64_t pages, wire_bytes;
  };
  std::deque<moment> samples_;
};

}  // namespace trawl::server
