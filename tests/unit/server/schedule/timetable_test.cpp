// Local times through changes of clocks, by the system's time zone database.
#include "server/schedule/timetable.hpp"

#include <gtest/gtest.h>

#include "crawler/model/record.hpp"

namespace trawl::server {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

timetable::time utc(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) { return sys_days(year(y) / month(m) / day(d)) + hours(hour) + minutes(minute); }

std::string runs(const std::string& line, const std::string& zone, timetable::time after, int count) {
  const auto t = timetable::of({.cron = line, .timezone = zone});
  if (!t) return t.error().path + ": " + t.error().message;
  std::string out;
  auto at = std::optional(after);
  for (int i = 0; i < count && (at = t->next(*at)); ++i) out += (i > 0 ? " " : "") + to_rfc3339(*at).substr(0, 16);
  return out;
}

TEST(Timetable, RunsGoByTheLocalTime) {
  EXPECT_EQ(runs("0 3 * * *", "UTC", utc(2026, 7, 1), 2), "2026-07-01T03:00 2026-07-02T03:00");
  EXPECT_EQ(runs("0 3 * * *", "Europe/Berlin", utc(2026, 7, 1), 2), "2026-07-01T01:00 2026-07-02T01:00");
  EXPECT_EQ(runs("0 3 * * *", "Europe/Berlin", utc(2026, 1, 1), 2), "2026-01-01T02:00 2026-01-02T02:00");
  EXPECT_EQ(runs("0 0 * * *", "Asia/Kolkata", utc(2026, 1, 1), 1), "2026-01-01T18:30");
  EXPECT_EQ(runs("0 3 * * *", "UTC", utc(2026, 7, 1, 3) - 1ms, 1), "2026-07-01T03:00");
}

// Europe/Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
TEST(Timetable, ATimeThatClocksLeaveOutComesRightBehindTheGap) {
  EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", utc(2026, 3, 28), 3), "2026-03-28T01:30 2026-03-29T01:00 2026-03-30T00:30");
  EXPECT_EQ(runs("*/20 2 29 3 *", "Europe/Berlin", utc(2026, 3, 28), 1), "2026-03-29T01:00");                      // all of them once
  EXPECT_EQ(runs("*/20 2 29 3 *", "Europe/Berlin", utc(2026, 3, 29, 1), 1).substr(0, 4), "2027");
  EXPECT_EQ(runs("0 2,3 * * *", "Europe/Berlin", utc(2026, 3, 28, 12), 2), "2026-03-29T01:00 2026-03-30T00:00");  // with the one that is due then
}

// Europe/Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC, so 02:30 is at 00:30 and at 01:30 UTC.
TEST(Timetable, ATimeThatComesTwiceIsRunOnce) {
  EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", utc(2026, 10, 24, 12), 2), "2026-10-25T00:30 2026-10-26T01:30");
  EXPECT_EQ(runs("30 2 * * *", "Europe/Berlin", utc(2026, 10, 25, 1, 10), 1), "2026-10-26T01:30");
  EXPECT_EQ(runs("*/30 * * * *", "Europe/Berlin", utc(2026, 10, 25, 0), 3), "2026-10-25T00:30 2026-10-25T02:00 2026-10-25T02:30");
}

TEST(Timetable, WhatIsWrongIsNamedByItsKey) {
  EXPECT_EQ(runs("0 3 * * *", "Europe/Berlim", utc(2026, 1, 1), 1).substr(0, 18), "schedule.timezone:");
  EXPECT_EQ(runs("0 3 * * *", "../../etc/passwd", utc(2026, 1, 1), 1).substr(0, 18), "schedule.timezone:");
  EXPECT_EQ(runs("0 3 * * *", "", utc(2026, 1, 1), 1).substr(0, 18), "schedule.timezone:");
  EXPECT_EQ(runs("0 3 * *", "UTC", utc(2026, 1, 1), 1).substr(0, 14), "schedule.cron:");
}

}  // namespace
}  // namespace trawl::server
