#include "server/schedule/timetable.hpp"

#include <date/tz.h>

namespace trawl::server {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

cron::local_minutes to_local(const date::time_zone* zone, timetable::time t) {
  const auto second = std::chrono::floor<seconds>(t);
  const seconds offset = zone == nullptr ? seconds(0) : zone->get_info(date::sys_seconds(second.time_since_epoch())).offset;
  return cron::local_minutes(std::chrono::floor<minutes>(second.time_since_epoch() + offset));
}

timetable::time to_system(const date::time_zone* zone, cron::local_minutes t) {
  if (zone == nullptr) return timetable::time(t.time_since_epoch());
  const auto about = zone->get_info(date::local_seconds(t.time_since_epoch()));
  if (about.result == date::local_info::nonexistent) return timetable::time(about.first.end.time_since_epoch());
  return timetable::time(t.time_since_epoch() - about.first.offset);  // of a time that comes twice, the first
}

}  // namespace

std::expected<timetable, http::problem_entry> timetable::of(const config::schedule& plan) {
  auto when = cron::parse(plan.cron);
  if (!when) return std::unexpected(http::problem_entry{"schedule.cron", when.error()});
  if (plan.timezone == "UTC") return timetable(*when, nullptr);
  try {
    return timetable(*when, date::locate_zone(plan.timezone));
  } catch (const std::exception&) {  // also where there is no database
    return std::unexpected(http::problem_entry{"schedule.timezone", "this machine knows no such time zone; expected UTC or a name such as Europe/Berlin (Debian's package tzdata)"});
  }
}

std::optional<timetable::time> timetable::next(time after) const {
  for (auto local = when_.next(to_local(zone_, after)); local; local = when_.next(*local))
    if (const time at = to_system(zone_, *local); at > after) return at;
  return std::nullopt;
}

std::optional<http::problem_entry> wrong_with_schedule(const config::job& job) {
  if (!job.schedule) return std::nullopt;
  const auto read = timetable::of(*job.schedule);
  return read ? std::nullopt : std::optional(read.error());
}

}  // namespace trawl::server
