// The cookie-date algorithm, RFC 6265bis 5.1.1.
#include <gtest/gtest.h>

#include "crawler/policy/cookie_jar.hpp"

namespace trawl::policy {
namespace {

using namespace std::chrono;

std::optional<wall_clock::time_point> date(std::string_view text) {
  wall_clock::time_point out;
  return parse_cookie_date(text, out) ? std::optional(out) : std::nullopt;
}

constexpr wall_clock::time_point wanted = sys_days(2023y / November / 14) + 22h + 13min + 20s;

TEST(CookieDate, ReadsWhateverServersWrite) {
  for (const char* form : {"Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023", "14 nov 2023 22:13:20", "2023 14 NOVEMBER 22:13:20",
                           "22:13:20 Nov 14 2023 PST", "Tue,14/Nov/2023;22:13:20", "14-Nov-2023 22:13:20.123", "x 22:13:20zz 14th Novembre 2023ad"})
    EXPECT_EQ(date(form), wanted) << form;
}

TEST(CookieDate, TwoDigitYearsBelongToTheirCentury) {
  EXPECT_EQ(date("1 Jan 70 00:00:00"), sys_days(1970y / January / 1));
  EXPECT_EQ(date("1 Jan 99 00:00:00"), sys_days(1999y / January / 1));
  EXPECT_EQ(date("1 Jan 00 00:00:00"), sys_days(2000y / January / 1));
  EXPECT_EQ(date("1 Jan 69 00:00:00"), sys_days(2069y / January / 1));
}

TEST(CookieDate, FirstFittingTokenCounts) {
  EXPECT_EQ(date("14 Nov 2023 22:13:20 15 Dec 2024 01:01:01"), wanted);
  EXPECT_EQ(date("1:2:3 4 Feb 2020"), sys_days(2020y / February / 4) + 1h + 2min + 3s);
}

TEST(CookieDate, IncompleteOrImpossibleIsNone) {
  for (const char* bad : {"", "Nov 2023 22:13:20", "14 2023 22:13:20", "14 Nov 22:13:20", "14 Nov 2023", "32 Nov 2023 22:13:20", "31 Nov 2023 22:13:20", "29 Feb 2023 00:00:00",
                          "14 Nov 1600 22:13:20", "14 Nov 2023 24:00:00", "14 Nov 2023 22:60:00", "14 Nov 2023 22:13:60", "14 Nov 20233 22:13:20", "14 Nov 2023 22:13", "14 Nov 2023 122:13:20"})
    EXPECT_EQ(date(bad), std::nullopt) << bad;
}

TEST(CookieDate, BeyondTheClockIsItsEnd) {
  EXPECT_GT(date("Fri, 31 Dec 9999 23:59:59 GMT"), sys_days(2200y / January / 1));
  EXPECT_LT(date("Mon, 01 Jan 1601 00:00:00 GMT"), sys_days(1700y / January / 1));
}

}  // namespace
}  // namespace trawl::policy
