#include "crawler/async/address_slots.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace trawl::async {
namespace {

using namespace std::chrono_literals;

const auto start = std::chrono::steady_clock::now();

TEST(AddressSlots, GivesSoManyPermitsAndEachOnceMore) {
  address_slots slots;
  auto one = slots.take("192.0.2.1", "a", 2, start);
  auto two = slots.take("192.0.2.1", "b", 2, start);
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(slots.take("192.0.2.1", "c", 2, start));
  EXPECT_TRUE(slots.take("192.0.2.2", "c", 2, start));  // another address
  one->give_back();
  one->give_back();
  EXPECT_TRUE(slots.take("192.0.2.1", "c", 2, start));
}

TEST(AddressSlots, APermitMovesAndKnowsItsAddress) {
  address_slots slots;
  address_slots::permit held = std::move(*slots.take("::1", "a", 1, start));
  EXPECT_TRUE(held.is_for("::1"));
  EXPECT_FALSE(held.is_for("::2"));
  EXPECT_FALSE(address_slots::permit().is_for("::1"));
  EXPECT_FALSE(slots.take("::1", "b", 1, start));
  held = {};
  EXPECT_TRUE(slots.take("::1", "b", 1, start));
}

TEST(AddressSlots, AFreeSlotBelongsToWhoWaitedFirst) {
  address_slots slots;
  auto busy = slots.take("x", "endless", 1, start);
  const auto first = slots.take("x", "first", 1, start);
  const auto second = slots.take("x", "second", 1, start);
  ASSERT_FALSE(first || second);
  EXPECT_GT(first.error(), start);
  EXPECT_GT(second.error(), first.error());
  busy->give_back();
  EXPECT_FALSE(slots.take("x", "endless", 1, start + 1ms));  // it has had its turn
  EXPECT_FALSE(slots.take("x", "second", 1, start + 1ms));
  auto now_first = slots.take("x", "first", 1, start + 1ms);
  EXPECT_TRUE(now_first);
  now_first->give_back();
  EXPECT_TRUE(slots.take("x", "second", 1, start + 2ms));
}

TEST(AddressSlots, WhoDoesNotComeLosesThePlace) {
  address_slots slots;
  auto busy = slots.take("x", "a", 1, start);
  const auto gone = slots.take("x", "gone", 1, start);
  ASSERT_FALSE(gone);
  busy->give_back();
  EXPECT_FALSE(slots.take("x", "b", 1, gone.error()));
  EXPECT_TRUE(slots.take("x", "b", 1, gone.error() + 1s));
}

TEST(AddressSlots, TheSmallestLimitHoldsWhileItIsAskedFor) {
  address_slots slots;
  auto one = slots.take("x", "a", 4, start);
  auto two = slots.take("x", "b", 4, start);
  EXPECT_FALSE(slots.take("x", "modest", 1, start));
  EXPECT_FALSE(slots.take("x", "c", 4, start));
  one->give_back(), two->give_back();
  std::vector<address_slots::permit> held;
  for (const char* who : {"a", "b", "c", "d"}) {  // nobody waits any more
    auto got = slots.take("x", who, 4, start + 1h);
    ASSERT_TRUE(got) << who;
    held.push_back(std::move(*got));
  }
}

TEST(AddressSlots, ForgetsAddressesThatNobodyUses) {
  address_slots slots;
  for (int i = 0; i < 5000; ++i) {
    const std::string address = std::to_string(i);
    const auto used = slots.take(address, "a", 1, start + i * 1s);
    EXPECT_TRUE(used);
    EXPECT_FALSE(slots.take(address, "never comes again", 1, start + i * 1s));
  }
  EXPECT_LE(slots.size(), 1024U);
}

TEST(AddressSlots, ManyThreadsNeverExceedTheLimit) {
  address_slots slots;
  std::atomic<int> inside{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int done = 0; done < 200;) {
        auto got = slots.take("x", std::to_string(t), 2, std::chrono::steady_clock::now());
        if (!got) {
          std::this_thread::sleep_until(got.error());
          continue;
        }
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        ++done;
        --inside;
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(slots.size(), 0U);
}

}  // namespace
}  // namespace trawl::async
