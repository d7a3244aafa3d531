// When a scheduled job runs next: its cron line in its time zone.
#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "config/job.hpp"
#include "server/http/message.hpp"
#include "server/schedule/cron.hpp"

namespace date {
class time_zone;
}

namespace trawl::server {

/// Pure but for the system's time zone database, which is read once. Any thread.
class timetable {
 public:
  using time = std::chrono::system_clock::time_point;

  /// The error's path is that of the key in the job: schedule.cron or schedule.timezone. UTC needs no database.
  static std::expected<timetable, http::problem_entry> of(const config::schedule& plan);

  /// The first run after this time. A local time that a change of clocks leaves out is run once, as the clocks have changed, however many
  /// runs fall into the gap; one that comes twice is run the first time.
  std::optional<time> next(time after) const;

 private:
  timetable(cron when, const date::time_zone* zone) : when_(when), zone_(zone) {}

  cron when_;
  const date::time_zone* zone_;  ///< of the database, which stays; nullptr: UTC
};

/// What is wrong with a job's schedule; nullopt: nothing, or it has none.
std::optional<http::problem_entry> wrong_with_schedule(const config::job& job);

}  // namespace trawl::server
