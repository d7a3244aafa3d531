#include "server/schedule/cron.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace trawl::server {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using local_minutes = cron::local_minutes;

local_minutes at(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) { return local_days(year(y) / month(m) / day(d)) + hours(hour) + minutes(minute); }

std::string text(std::optional<local_minutes> t) {
  if (!t) return "never";
  const auto d = floor<days>(*t);
  const year_month_day date(d);
  const auto rest = *t - d;
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 1h, (rest % 1h).count());
}

/// The first times of a line behind Thursday, 1 January 2026, 00:00.
std::string times(std::string_view line, int count = 1) {
  const auto c = cron::parse(line);
  if (!c) return c.error();
  std::string out;
  auto t = std::optional(at(2026, 1, 1));
  for (int i = 0; i < count && (t = c->next(*t)); ++i) out += (i > 0 ? ", " : "") + text(t);
  return out;
}

// crontab(5): minute hour day-of-month month day-of-week.
TEST(VixieCron, FieldsAreListsRangesStepsAndNames) {
  EXPECT_EQ(times("* * * * *"), "2026-01-01 00:01");
  EXPECT_EQ(times("0 3 * * *", 2), "2026-01-01 03:00, 2026-01-02 03:00");
  EXPECT_EQ(times("0 0 * * *"), "2026-01-02 00:00");  // behind the time itself
  EXPECT_EQ(times("5,35 8-9 * * *", 5), "2026-01-01 08:05, 2026-01-01 08:35, 2026-01-01 09:05, 2026-01-01 09:35, 2026-01-02 08:05");
  EXPECT_EQ(times("*/20 * * * *", 4), "2026-01-01 00:20, 2026-01-01 00:40, 2026-01-01 01:00, 2026-01-01 01:20");
  EXPECT_EQ(times("10-30/10 12 * * *", 4), "2026-01-01 12:10, 2026-01-01 12:20, 2026-01-01 12:30, 2026-01-02 12:10");
  EXPECT_EQ(times("0 0 1 feb,Mar *", 2), "2026-02-01 00:00, 2026-03-01 00:00");
  EXPECT_EQ(times("0 0 * * MON-wed", 4), "2026-01-05 00:00, 2026-01-06 00:00, 2026-01-07 00:00, 2026-01-12 00:00");
  EXPECT_EQ(times("0 0 * * 7"), "2026-01-04 00:00");
  EXPECT_EQ(times("0 0 * * 0"), "2026-01-04 00:00");
  EXPECT_EQ(times("0 0 * * 5-7", 3), "2026-01-02 00:00, 2026-01-03 00:00, 2026-01-04 00:00");
  EXPECT_EQ(times("\t0  12\t* * * "), "2026-01-01 12:00");
}

// crontab(5): "If both fields are restricted (i.e., do not contain the "*" character), the command will be run when either field matches";
// a field that begins with * is one that doesn't restrict, a step behind it too.
TEST(VixieCron, EitherDayIsEnoughWhereBothAreGiven) {
  EXPECT_EQ(times("30 4 1,15 * 5", 4), "2026-01-01 04:30, 2026-01-02 04:30, 2026-01-09 04:30, 2026-01-15 04:30");
  EXPECT_EQ(times("30 4 13 * *"), "2026-01-13 04:30");
  EXPECT_EQ(times("30 4 */2 * 5", 2), "2026-01-09 04:30, 2026-01-23 04:30");  // odd days that are Fridays
}

TEST(VixieCron, ShortForms) {
  EXPECT_EQ(times("@hourly"), "2026-01-01 01:00");
  EXPECT_EQ(times("@daily"), "2026-01-02 00:00");
  EXPECT_EQ(times("@Midnight"), "2026-01-02 00:00");
  EXPECT_EQ(times("@weekly"), "2026-01-04 00:00");
  EXPECT_EQ(times("@monthly"), "2026-02-01 00:00");
  EXPECT_EQ(times("@yearly"), "2027-01-01 00:00");
  EXPECT_EQ(times("@annually"), "2027-01-01 00:00");
}

TEST(VixieCron, LeapDaysAreWaitedFor) {
  EXPECT_EQ(times("0 0 29 2 *", 2), "2028-02-29 00:00, 2032-02-29 00:00");
  EXPECT_EQ(text(cron::parse("0 0 29 2 *")->next(at(2096, 3, 1))), "2104-02-29 00:00");  // 2100 has none
  EXPECT_EQ(times("0 0 31 * *", 2), "2026-01-31 00:00, 2026-03-31 00:00");
}

TEST(Cron, ErrorsNameTheFieldAndWhatIsExpected) {
  EXPECT_EQ(times("61 * * * *"), "minute: 61 is not from 0 to 59");
  EXPECT_EQ(times("* 24 * * *"), "hour: 24 is not from 0 to 23");
  EXPECT_EQ(times("* * 0 * *"), "day of month: 0 is not from 1 to 31");
  EXPECT_EQ(times("* * * 13 *"), "month: 13 is not from 1 to 12");
  EXPECT_EQ(times("* * * * 8"), "day of week: 8 is not from 0 to 7");
  EXPECT_EQ(times("* * * juno *"), "month: expected a number from 1 to 12 or a name such as feb, found 'juno'");
  EXPECT_EQ(times("x * * * *"), "minute: expected a number from 0 to 59, found 'x'");
  EXPECT_EQ(times("-1 * * * *"), "minute: expected a number from 0 to 59, found ''");
  EXPECT_EQ(times("30-10 * * * *"), "minute: the range 30-10 ends before it begins");
  EXPECT_EQ(times("5/10 * * * *"), "minute: a step needs * or a range before it, such as 5-59/10");
  EXPECT_EQ(times("*/0 * * * *"), "minute: the step '0' is no number from 1 on");
  EXPECT_EQ(times("1,,2 * * * *"), "minute: an entry of the list is empty");
  EXPECT_EQ(times("1, * * * *"), "minute: an entry of the list is empty");
  EXPECT_EQ(times("* * * *"), "expected five fields (minute, hour, day of month, month, day of week), found 4");
  EXPECT_EQ(times("0 0 3 * * *"), "expected five fields (minute, hour, day of month, month, day of week), found 6");
  EXPECT_EQ(times(""), "expected five fields (minute, hour, day of month, month, day of week), found 0");
  EXPECT_EQ(times("@reboot"), "expected @hourly, @daily, @weekly, @monthly, @yearly or five fields");
  EXPECT_EQ(times("0 0 30 2 *"), "no day of any year fits");
  EXPECT_EQ(times(std::string(2000, '1')), "longer than 1000 characters");
}

TEST(Cron, LargeStepsAndNumbersAreHarmless) {
  EXPECT_EQ(times("*/4294967295 * * * *", 2), "2026-01-01 01:00, 2026-01-01 02:00");
  EXPECT_EQ(times("*/99999999999 * * * *"), "minute: the step '99999999999' is no number from 1 on");
}

}  // namespace
}  // namespace trawl::server
