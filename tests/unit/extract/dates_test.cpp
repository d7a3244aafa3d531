#include "crawler/extract/dates.hpp"

#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

std::string iso(std::string_view text) { return to_iso_date(text).value_or("none"); }

TEST(Dates, Iso8601AndRfc3339) {
  EXPECT_EQ(iso("2024-03-05"), "2024-03-05");
  EXPECT_EQ(iso("20240305"), "2024-03-05");
  EXPECT_EQ(iso("2024-03-05T10:20:30Z"), "2024-03-05T10:20:30Z");
  EXPECT_EQ(iso("2024-03-05T10:20:30.123+02:00"), "2024-03-05T10:20:30.123+02:00");
  EXPECT_EQ(iso("2024-03-05 10:20"), "2024-03-05T10:20:00");
  EXPECT_EQ(iso("2024-03-05T10:20:30+0200"), "2024-03-05T10:20:30+02:00");
  EXPECT_EQ(iso("2024-03-05T10:20:30-05"), "2024-03-05T10:20:30-05:00");
}

TEST(Dates, HttpAndMailDates) {  // RFC 9110, 5.6.7; RFC 5322, 3.3
  EXPECT_EQ(iso("Sun, 06 Nov 1994 08:49:37 GMT"), "1994-11-06T08:49:37Z");
  EXPECT_EQ(iso("Tue, 5 Mar 2024 10:20:30 +0100"), "2024-03-05T10:20:30+01:00");
}

TEST(Dates, WhatPeopleWrite) {
  EXPECT_EQ(iso("5 March 2024"), "2024-03-05");
  EXPECT_EQ(iso("March 5, 2024"), "2024-03-05");
  EXPECT_EQ(iso("Mar. 5th, 2024 at 3:04 pm"), "2024-03-05T15:04:00");
  EXPECT_EQ(iso("Sunday 1st of December 2024"), "2024-12-01");
  EXPECT_EQ(iso("05-Mar-2024"), "2024-03-05");
  EXPECT_EQ(iso("5.3.2024"), "2024-03-05");
  EXPECT_EQ(iso("2024/3/5"), "2024-03-05");
  EXPECT_EQ(iso("25/3/2024"), "2024-03-25");
  EXPECT_EQ(iso("3/25/2024"), "2024-03-25");
  EXPECT_EQ(iso("12:30 am"), "none");
  EXPECT_EQ(iso("1 Jan 2024 12:30 AM"), "2024-01-01T00:30:00");
}

TEST(Dates, WhatIsNoneOrCouldBeTwo) {
  for (const char* text : {"", "soon", "3/5/2024", "2024-13-01", "2023-02-29", "31 June 2024", "2024", "2024-03-05x", "5 March 24", "Ma 5 2024", "2024-03-05T25:00", "1-2-3-4", "2024-03-05T10:20:30+99:00"})
    EXPECT_EQ(iso(text), "none") << text;
  EXPECT_EQ(iso(std::string(100'000, '1')), "none");
}

}  // namespace
}  // namespace trawl::extract
