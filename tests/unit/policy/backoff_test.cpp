#include "crawler/policy/backoff.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToTheMaximum) {
  const config::backoff settings{.initial = 1s, .max = 60s, .jitter = 0};
  EXPECT_EQ(backoff(settings, 0, 0.9), 1s);
  EXPECT_EQ(backoff(settings, 1, 0.9), 2s);
  EXPECT_EQ(backoff(settings, 5, 0.9), 32s);
  EXPECT_EQ(backoff(settings, 6, 0.9), 60s);
  EXPECT_EQ(backoff(settings, 4'000'000'000U, 0.9), 60s);
}

TEST(Backoff, JitterOnlyShortens) {
  const config::backoff settings{.initial = 10s, .max = 60s, .jitter = 0.5};
  EXPECT_EQ(backoff(settings, 0, 0), 10s);
  EXPECT_EQ(backoff(settings, 0, 0.5), 7500ms);
  EXPECT_GT(backoff(settings, 0, 0.999), 5s);
  EXPECT_EQ(backoff({.initial = 10s, .max = 60s, .jitter = 1}, 0, 0.75), 2500ms);
}

TEST(Backoff, MaximumBelowTheInitialWins) { EXPECT_EQ(backoff({.initial = 10s, .max = 1s, .jitter = 0}, 3, 0), 1s); }

TEST(Backoff, OfNothingIsNothing) { EXPECT_EQ(backoff({.initial = 0s, .max = 60s, .jitter = 0.5}, 9, 0.5), 0s); }

}  // namespace
}  // namespace trawl::policy
