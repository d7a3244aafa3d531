#include "crawler/policy/hosts/host_health.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

const host_health::time_point start(1h);

/// Ten failures, one each second; the time of the last.
host_health::time_point fail_ten_times(host_health& h, host_health::time_point from) {
  for (int i = 0; i < 10; ++i) h.failed(from + std::chrono::seconds(i), 8s);
  return from + 9s;
}

TEST(HostHealth, AFewFailuresAreNothing) {
  host_health h;
  for (int i = 0; i < 9; ++i) EXPECT_LE(h.failed(start + std::chrono::minutes(i), 8s), start + std::chrono::minutes(i));
  EXPECT_FALSE(h.is_doubted());
}

TEST(HostHealth, ManyAtOnceAreOneOutage) {
  host_health h;
  for (int i = 0; i < 100; ++i) EXPECT_LE(h.failed(start, 8s), start);
  EXPECT_FALSE(h.is_doubted());
  EXPECT_EQ(h.failed(start + 8s, 8s), start + 16s);
  EXPECT_TRUE(h.is_doubted());
}

TEST(HostHealth, ShortBackOffsStillWaitForAnOutageWorthTheName) {
  host_health h;
  for (int i = 0; i < 100; ++i) h.failed(start + std::chrono::milliseconds(i), 1ms);
  EXPECT_FALSE(h.is_doubted());
  EXPECT_EQ(h.failed(start + host_health::shortest_outage, 1ms), start + host_health::shortest_outage + 1ms);
}

TEST(HostHealth, PausesGrowUntilItIsDead) {
  host_health h;
  const auto tripped = fail_ten_times(h, start);
  EXPECT_EQ(h.failed(tripped + 1s, 8s), tripped + 8s);  // asked before the pause: tells nothing new
  EXPECT_EQ(h.failed(tripped + 8s, 8s), tripped + 24s);
  EXPECT_EQ(h.failed(tripped + 24s, 8s), tripped + 56s);
  EXPECT_FALSE(h.is_dead(tripped + 56s));
  h.failed(tripped + 56s, 8s);
  EXPECT_TRUE(h.is_dead(tripped + 56s));
  EXPECT_FALSE(h.is_dead(tripped + 56s + host_health::dead_for));
  h.failed(tripped + 56s + host_health::dead_for, 8s);  // one more question, then the same
  EXPECT_TRUE(h.is_dead(tripped + 57s + host_health::dead_for));
}

TEST(HostHealth, AnyAnswerMakesItWell) {
  host_health h;
  const auto tripped = fail_ten_times(h, start);
  h.answered(tripped + 8s, true);
  EXPECT_FALSE(h.is_doubted());
  EXPECT_LE(h.failed(tripped + 9s, 8s), tripped + 9s);
}

TEST(HostHealth, RefusesSinceTheFirstOfARow) {
  host_health h;
  EXPECT_EQ(h.refuses_since(), host_health::time_point::max());
  h.answered(start, true);
  h.answered(start + 1s, true);
  h.failed(start + 2s, 8s);  // no answer
  EXPECT_EQ(h.refuses_since(), start);
  h.answered(start + 3s, false);
  EXPECT_EQ(h.refuses_since(), host_health::time_point::max());
  h.answered(start + 4s, true);
  EXPECT_EQ(h.refuses_since(), start + 4s);
}

TEST(HostHealth, OnlyMissingConnectionsCount) {
  EXPECT_TRUE(is_no_connection(errc::connect_refused));
  EXPECT_TRUE(is_no_connection(errc::dns_not_found));
  EXPECT_FALSE(is_no_connection(errc::connect_blocked_address));
  EXPECT_FALSE(is_no_connection(errc::proxy_refused));
  EXPECT_FALSE(is_no_connection(errc::timeout_first_byte));
  EXPECT_FALSE(is_no_connection(errc::internal));
}

}  // namespace
}  // namespace trawl::policy
