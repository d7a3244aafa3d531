#include "crawler/model/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace trawl {
namespace {

using namespace std::chrono_literals;

std::size_t bucket_of(std::chrono::nanoseconds took) {
  latency_histogram one;
  one.add(took);
  const auto n = one.now();
  for (std::size_t i = 0; i < latency_histogram::buckets; ++i)
    if (n.in_bucket[i] == 1) return i;
  return latency_histogram::buckets;
}

TEST(LatencyHistogram, ABucketHoldsItsUpperBoundAndNothingAbove) {
  EXPECT_EQ(bucket_of(0ns), 0U);
  EXPECT_EQ(bucket_of(-5s), 0U);
  for (std::size_t i = 0; i < latency_histogram::buckets; ++i) {
    EXPECT_EQ(bucket_of(latency_histogram::upper_bound(i)), i) << i;
    EXPECT_EQ(bucket_of(latency_histogram::upper_bound(i) + 1ns), i + 1) << i;
  }
  EXPECT_EQ(latency_histogram::upper_bound(latency_histogram::buckets - 1), 65'536ms);
}

TEST(LatencyHistogram, SumAndCountAreOfAllThatCame) {
  latency_histogram h;
  h.add(1ms);
  h.add(2ms);
  h.add(100s);  // above the last bucket
  auto n = h.now();
  EXPECT_EQ(n.count, 3U);
  EXPECT_EQ(n.sum, 100s + 3ms);
  n += n;
  EXPECT_EQ(n.count, 6U);
  EXPECT_EQ(n.in_bucket[2], 2U);
}

TEST(PhaseTimer, AddsToItsPhaseAloneAndNothingToNull) {
  phase_times times;
  { const phase_timer timer(&times, phase::tls); }
  { const phase_timer timer(nullptr, phase::dns); }
  EXPECT_EQ(times[phase::tls].now().count, 1U);
  EXPECT_EQ(times[phase::dns].now().count, 0U);
}

}  // namespace
}  // namespace trawl
