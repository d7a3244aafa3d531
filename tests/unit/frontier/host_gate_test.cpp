#include "crawler/frontier/host_gate.hpp"

#include <gtest/gtest.h>

namespace trawl::frontier {
namespace {

using namespace std::chrono_literals;

const clock::time_point start(1h);

host_gate gate_of(clock::duration delay) {
  host_gate out;
  out.join(delay, 4);
  return out;
}

TEST(HostGate, TermsOfAJobHoldAsLongAsTheJob) {
  host_gate gate;
  const int one = 1, two = 2;
  gate.join(5min, 1, &one);
  gate.join(1s, 4, &two);
  gate.join(5min, 1, &one);
  gate.charge(start);
  EXPECT_EQ(gate.clock_opens_at(), start + 5min);
  EXPECT_EQ(gate.delay_now(), clock::duration(5min));
  gate.leave(&one);
  EXPECT_EQ(gate.delay_now(), clock::duration(1s));
  EXPECT_EQ(gate.clock_opens_at(), start + 1s);
  gate.crawl_delay(10s);
  gate.leave(&two);
  EXPECT_EQ(gate.delay_now(), clock::duration(10s));  // that is the host's own
}

TEST(HostGateRefund, GivesTheTurnBack) {
  host_gate gate = gate_of(10s);
  gate.charge(start);
  gate.charge(start + 10s);
  gate.refund(start + 10s);
  EXPECT_EQ(gate.clock_opens_at(), start + 10s);
  gate.charge(start + 11s);
  EXPECT_EQ(gate.clock_opens_at(), start + 21s);
}

TEST(HostGateRefund, OfTheFirstTurnLeavesTheHostUntouched) {
  host_gate gate = gate_of(10s);
  gate.charge(start);
  gate.refund(start);
  EXPECT_TRUE(gate.open(start));
  gate.crawl_delay(60s);  // counts from the last request, and there was none
  EXPECT_TRUE(gate.open(start));
}

TEST(HostGateRefund, NothingOnceAnotherRequestHasStarted) {
  host_gate gate = gate_of(10s);
  gate.charge(start);
  const auto turn = gate.reserve(start + 1s);
  gate.refund(start);
  EXPECT_EQ(turn, start + 10s);
  EXPECT_EQ(gate.clock_opens_at(), start + 20s);
}

TEST(HostGateRefund, KeepsTheDelayOfTheRequestBeforeWhenItHasGrown) {
  host_gate gate = gate_of(10s);
  gate.charge(start);
  gate.charge(start + 10s);
  gate.crawl_delay(30s);
  gate.refund(start + 10s);
  EXPECT_EQ(gate.clock_opens_at(), start + 30s);
}

TEST(HostGateRefund, IsNoWayAroundAHold) {
  host_gate gate = gate_of(10s);
  gate.charge(start);
  gate.hold(start + 60s);
  gate.refund(start);
  EXPECT_EQ(gate.clock_opens_at(), start + 60s);
}

TEST(HostGate, ADoubtedHostIsAskedOneThingAtATimeAndADeadOneNothing) {
  host_gate gate = gate_of(0s);
  for (int i = 0; i < 9; ++i) EXPECT_FALSE(gate.unreached(start, 10s));
  EXPECT_TRUE(gate.open(start));
  gate.unreached(start + 10s, 10s);
  EXPECT_EQ(gate.opens_at(start + 10s), start + 20s);
  gate.start(start + 20s);
  EXPECT_FALSE(gate.open(start + 20s));  // although four may be in flight
  EXPECT_FALSE(gate.may_take());
  gate.finish();
  EXPECT_TRUE(gate.open(start + 20s));
  gate.unreached(start + 20s, 10s);
  gate.unreached(start + 40s, 10s);
  EXPECT_FALSE(gate.is_dead(start + 79s));
  EXPECT_TRUE(gate.unreached(start + 80s, 10s));
  EXPECT_TRUE(gate.is_dead(start + 80s));
  EXPECT_TRUE(gate.open(start + 80s));  // what is queued is refused at once
  gate.answered(start + 81s, false);
  EXPECT_FALSE(gate.is_dead(start + 81s));
  gate.start(start + 81s);
  EXPECT_TRUE(gate.open(start + 81s));
}

}  // namespace
}  // namespace trawl::frontier
