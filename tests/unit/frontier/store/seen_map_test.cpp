#include "crawler/frontier/store/journal/seen_map.hpp"

#include <gtest/gtest.h>

namespace trawl::frontier::store {
namespace {

using fate = seen_map::fate;

TEST(SeenMap, KnowsWhatWasPutLast) {
  seen_map m;
  EXPECT_EQ(m.find(7), fate::unheard);
  m.put(7, {.at = {-3, 5, 1'000'000'000'000}, .holder = {}});
  EXPECT_EQ(m.find(7), fate::known);
  EXPECT_EQ(m.whose(7).at, (position{-3, 5, 1'000'000'000'000}));
  m.put(7, {.at = {}, .holder = "a row"});
  EXPECT_EQ(m.whose(7).holder, "a row");
  m.forget(7);
  EXPECT_EQ(m.find(7), fate::forgotten);
  EXPECT_TRUE(m.whose(7).holder.empty());
  m.put(7, {.at = {1, 2, 3}, .holder = {}});
  EXPECT_EQ(m.whose(7).at, (position{1, 2, 3}));
  m.forget(8);
  EXPECT_EQ(m.find(8), fate::forgotten) << "the table may have it";
}

TEST(SeenMap, KeepsAllWhileItGrows) {
  constexpr std::uint64_t many = 20'000, apart = 1 << 12;  // so that many begin at one slot
  seen_map m;
  for (std::uint64_t i = 0; i < many; ++i) m.put(i * apart, {.at = {0, 0, i}, .holder = i % 100 == 0 ? "row " + std::to_string(i) : ""});
  EXPECT_EQ(m.find(0), fate::known) << "0 is a fingerprint as any other";
  for (std::uint64_t i = 0; i < many; ++i) {
    ASSERT_EQ(m.find(i * apart), fate::known);
    ASSERT_EQ(m.find(i * apart + 1), fate::unheard);
    ASSERT_EQ(m.whose(i * apart).holder, i % 100 == 0 ? "row " + std::to_string(i) : "");
  }
  const auto all = m.sorted();
  ASSERT_EQ(all.size(), many);
  for (std::uint64_t i = 0; i < many; ++i) ASSERT_EQ(all[i], i * apart);
  m.clear();
  EXPECT_TRUE(m.is_empty());
  EXPECT_EQ(m.find(apart), fate::unheard);
}

}  // namespace
}  // namespace trawl::frontier::store
