// Scrapy's AutoThrottle (docs/topics/autothrottle.rst): the target is the latency, approached half-way.
#include "crawler/policy/throttle.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

TEST(Throttle, GoesHalfWayDownAndAtOnceUp) {
  EXPECT_EQ(throttle(1s, 500ms, health::good, 0s, 60s), 750ms);
  EXPECT_EQ(throttle(1s, 3s, health::good, 0s, 60s), 3s);
}

TEST(Throttle, StaysBetweenFloorAndCeiling) {
  EXPECT_EQ(throttle(1s, 1ms, health::good, 900ms, 60s), 900ms);
  EXPECT_EQ(throttle(1s, 300s, health::good, 0s, 60s), 60s);
  EXPECT_EQ(throttle(1s, 300s, health::good, 90s, 60s), 90s);  // the floor is what the job asked for; it wins
}

TEST(Throttle, ErrorsNeverMakeItQuicker) {
  EXPECT_EQ(throttle(1s, 1ms, health::error, 0s, 60s), 1s);
  EXPECT_EQ(throttle(1s, 2s, health::error, 0s, 60s), 2s);
}

TEST(Throttle, TroubleStepsBackFurtherEachTime) {
  EXPECT_EQ(throttle(0s, 1ms, health::trouble, 0s, 60s), 100ms);
  EXPECT_EQ(throttle(100ms, 1ms, health::trouble, 0s, 60s), 200ms);
  EXPECT_EQ(throttle(40s, 1ms, health::trouble, 0s, 60s), 60s);
}

TEST(Throttle, SettlesOnTheLatency) {
  std::chrono::nanoseconds delay = 10s;
  for (int i = 0; i < 60; ++i) delay = throttle(delay, 200ms, health::good, 0s, 60s);
  EXPECT_NEAR(static_cast<double>(delay.count()), 200e6, 1e3);
}

}  // namespace
}  // namespace trawl::policy
