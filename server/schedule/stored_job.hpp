// A job that is stored under a name: whose it is, when it runs next, what its last run was. Its text stands beside it in the register.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/job.hpp"
#include "server/schedule/timetable.hpp"

namespace trawl::server {

inline constexpr std::string_view stored_prefix = "named/";       ///< of their rows in the register
inline constexpr std::string_view stored_text_prefix = "named-text/";
inline constexpr auto latest_start = std::chrono::hours(24);      ///< a run that is later than this is left out

/// [A-Za-z0-9._-]{1,64}, as a job's name.
bool is_stored_name(std::string_view name) noexcept;

struct stored_job {
  using time = timetable::time;

  // What the register keeps.
  std::string name, owner;                 ///< owner: the token that stored it; empty where none was needed, and of a file
  std::string file;                        ///< of jobs.dir, its path; empty: it came by the API
  std::uint64_t version = 0;               ///< another one with each text; never comes twice for a name
  std::size_t bytes = 0;                   ///< of its text
  std::optional<config::schedule> plan;
  std::optional<time> due;                 ///< its next run; nullopt: none is planned
  bool waits = false;                      ///< a run was due while the last one went on, and comes behind it
  std::string last_run;                    ///< job id
  std::string state_of;                    ///< the job whose state the next run takes up, where the schedule says continue

  // What is so in this process.
  std::optional<timetable> times;          ///< of `plan`
  std::string problem;                     ///< why it can't run now, for people; empty: it can
  std::chrono::steady_clock::time_point not_before{};  ///< there was no room for its run
  bool is_gone = false;

  bool is_file() const noexcept { return !file.empty(); }
  /// Takes another plan and reckons from `now` on. An error leaves it without one.
  void follow(std::optional<config::schedule> next_plan, time now);
  std::string to_row() const;
  /// nullptr: it can't be read.
  static std::shared_ptr<stored_job> from_row(const std::string& name, const std::string& row);
};

/// What is to be done with a stored job now.
enum class turn : std::uint8_t {
  none,   ///< nothing is due
  run,    ///< it is due, or was while its last run went on
  skip,   ///< it is due, but its last run goes on: left out
  queue,  ///< the same, but it comes behind that
  late,   ///< more than a day has gone by since: left out
};
struct decision {
  turn is = turn::none;
  std::optional<stored_job::time> due;  ///< its next run
};
/// Pure. `is_active`: its last run is not over.
decision decide(const stored_job& s, stored_job::time now, bool is_active);

}  // namespace trawl::server
