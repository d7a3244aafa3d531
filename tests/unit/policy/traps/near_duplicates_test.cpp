#include "crawler/policy/traps/near_duplicates.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

url::url at(const std::string& target) { return *url::parse("http://h" + target); }

TEST(NearDuplicates, SoManyOfOneKindStopTheirPrefix) {
  near_duplicates n(3);
  EXPECT_FALSE(n.note(at("/cal/1"), 0b000));
  EXPECT_FALSE(n.note(at("/cal/2"), 0b111));  // three bits from the first
  EXPECT_FALSE(n.has_stopped_any());
  EXPECT_EQ(n.note(at("/cal/3"), 0b100), "h/cal/");
  EXPECT_TRUE(n.is_stopped(at("/cal/4")));
  EXPECT_TRUE(n.is_stopped(at("/cal/deeper/5")));
  EXPECT_FALSE(n.is_stopped(at("/calendar")));
  EXPECT_FALSE(n.is_stopped(at("/other/1")));
  EXPECT_FALSE(n.is_stopped(*url::parse("http://other/cal/1")));
}

TEST(NearDuplicates, OthersAreNoneOfThem) {
  near_duplicates n(2);
  EXPECT_FALSE(n.note(at("/a/1"), 0));
  EXPECT_FALSE(n.note(at("/a/2"), 0b1111));  // four bits
  EXPECT_FALSE(n.note(at("/b/1"), 0));
}

TEST(NearDuplicates, TheRootIsNoPrefix) {
  near_duplicates n(2);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(n.note(at("/" + std::to_string(i)), 7));
}

TEST(NearDuplicates, AQueryHasItsPathForAPrefix) {
  near_duplicates n(2);
  n.note(at("/list?page=1"), 7);
  EXPECT_EQ(n.note(at("/list?page=2"), 7), "h/list?");
  EXPECT_TRUE(n.is_stopped(at("/list?page=3")));
  EXPECT_FALSE(n.is_stopped(at("/list")));
}

TEST(NearDuplicates, ADirectoryAboveIsStoppedWhereEachBelowHasFew) {
  near_duplicates n(4);
  EXPECT_FALSE(n.note(at("/cal/2026/1"), 7));
  EXPECT_FALSE(n.note(at("/cal/2027/1"), 7));
  EXPECT_FALSE(n.note(at("/cal/2028/1"), 7));
  EXPECT_EQ(n.note(at("/cal/2029/1"), 7), "h/cal/");
}

TEST(NearDuplicates, AKindThatIsFrequentIsSeenAmongMany) {
  near_duplicates n(50);
  std::optional<std::string> stopped;
  std::uint64_t other = 0x9E3779B97F4A7C15;
  for (int i = 0; i < 400 && !stopped; ++i) {
    other = other * 6364136223846793005U + 1442695040888963407U;
    stopped = n.note(at("/a/" + std::to_string(i)), i % 2 == 0 ? 7 : other);
  }
  EXPECT_EQ(stopped, "h/a/");
}

TEST(NearDuplicates, WatchesABoundedNumberOfPrefixesAndKeepsTheSuspicious) {
  near_duplicates n(50);
  for (int i = 0; i < 49; ++i) n.note(at("/trap/" + std::to_string(i)), 7);
  for (std::size_t i = 0; i < 3 * near_duplicates::most_prefixes; ++i) n.note(at("/d" + std::to_string(i) + "/x"), i << 8);
  EXPECT_EQ(n.note(at("/trap/49"), 7), "h/trap/");
}

TEST(TrapSample, LooksAtEveryFifthPageWhereThatIsEnough) {
  trap_sample some(50);
  EXPECT_EQ(some.limit(), 10U);
  int looked_at = 0;
  for (int page = 0; page < 50; ++page) looked_at += some.is_sampled() ? 1 : 0;
  EXPECT_EQ(looked_at, 10);
  trap_sample all(24), none(0);
  EXPECT_EQ(all.limit(), 24U);
  EXPECT_TRUE(all.is_sampled() && all.is_sampled());
  EXPECT_FALSE(none.is_sampled());
}

}  // namespace
}  // namespace trawl::policy
