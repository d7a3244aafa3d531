#include "crawler/engine/discovery/log_pace.hpp"

#include <gtest/gtest.h>

namespace trawl::engine {
namespace {

using namespace std::chrono_literals;

const log_pace::time_point start(1h);

TEST(LogPace, WritesOneLineAMinuteAndSaysWhatWasLeftOut) {
  log_pace pace;
  EXPECT_EQ(pace.admit("a", start), 0U);
  for (int i = 0; i < 999; ++i) EXPECT_EQ(pace.admit("a", start + 59s), std::nullopt);
  EXPECT_EQ(pace.admit("a", start + 60s), 999U);
  EXPECT_EQ(pace.admit("a", start + 119s), std::nullopt);
  EXPECT_EQ(pace.admit("a", start + 120s), 1U);
  EXPECT_EQ(pace.admit("a", start + 180s), 0U);
}

TEST(LogPace, KeysHaveTheirOwn) {
  log_pace pace;
  EXPECT_EQ(pace.admit("a", start), 0U);
  EXPECT_EQ(pace.admit("b", start), 0U);
  EXPECT_EQ(pace.admit("a", start), std::nullopt);
  EXPECT_EQ(pace.admit("b", start + 60s), 0U);
}

TEST(LogPace, KeysBeyondItsRoomShareALine) {
  log_pace pace(2);
  EXPECT_EQ(pace.admit("a", start), 0U);
  EXPECT_EQ(pace.admit("b", start), 0U);
  EXPECT_EQ(pace.admit("c", start), 0U);
  EXPECT_EQ(pace.admit("d", start), std::nullopt);
  EXPECT_EQ(pace.admit("e", start + 1s), std::nullopt);
  EXPECT_EQ(pace.size(), 2U);
}

TEST(LogPace, OldKeysMakeRoomAndTheirCountsAreNotLost) {
  log_pace pace(2);
  EXPECT_EQ(pace.admit("a", start), 0U);
  EXPECT_EQ(pace.admit("a", start), std::nullopt);
  EXPECT_EQ(pace.admit("b", start + 30s), 0U);
  EXPECT_EQ(pace.admit("c", start + 60s), 0U);  // in the place of a
  EXPECT_EQ(pace.size(), 2U);
  EXPECT_EQ(pace.admit("c", start + 61s), std::nullopt);
  EXPECT_EQ(pace.admit("d", start + 61s), 1U);  // there is no room for d, and one line of a is owed
}

}  // namespace
}  // namespace trawl::engine
