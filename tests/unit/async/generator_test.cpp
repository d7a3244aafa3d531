#include "crawler/async/generator.hpp"

#include <gtest/gtest.h>

#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

namespace trawl {
namespace {

/// Counts what is alive, to see what a coroutine's frame does with its locals.
struct witness {
  explicit witness(int& alive) : alive_(alive) { ++alive_; }
  ~witness() { --alive_; }
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  int& alive_;
};

generator<int> count_to(int last, int& alive, int& made) {
  const witness local(alive);
  for (int i = 1; i <= last; ++i) {
    ++made;
    co_yield i;
  }
}

TEST(Generator, IsLazy) {
  int alive = 0, made = 0;
  auto g = count_to(1000, alive, made);
  EXPECT_EQ(alive + made, 0);  // nothing runs before begin
  auto it = g.begin();
  EXPECT_EQ(*it, 1);
  ++it;
  EXPECT_EQ(*it, 2);
  EXPECT_EQ(made, 2);
}

TEST(Generator, EndsAndMayBeEmpty) {
  int alive = 0, made = 0;
  std::vector<int> all;
  for (const int i : count_to(3, alive, made)) all.push_back(i);
  EXPECT_EQ(all, (std::vector<int>{1, 2, 3}));
  for ([[maybe_unused]] const int i : count_to(0, alive, made)) FAIL();
  for ([[maybe_unused]] const int i : generator<int>()) FAIL();
}

TEST(Generator, DestroysItsLocalsWhereverItIsLeft) {
  int alive = 0, made = 0;
  for (const int i : count_to(1000, alive, made)) {
    EXPECT_EQ(alive, 1);
    if (i == 2) break;
  }
  EXPECT_EQ(alive, 0);
}

TEST(Generator, MovesTheCoroutineAlong) {
  int alive = 0, made = 0;
  auto first = count_to(5, alive, made);
  auto it = first.begin();
  EXPECT_EQ(*it, 1);
  {
    const auto second = std::move(first);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

generator<std::string> words() {
  co_yield "temporary";
  std::string named = "named";
  co_yield named;
  co_yield std::move(named);
}

TEST(Generator, YieldsValuesThatMayBeMovedOut) {
  std::vector<std::string> all;
  for (auto&& w : words()) all.push_back(std::move(w));
  EXPECT_EQ(all, (std::vector<std::string>{"temporary", "named", ""}));
}

generator<const std::string&> references(const std::string& one) {
  co_yield one;
}

TEST(Generator, OfReferencesCopiesNothing) {
  const std::string one = "x";
  for (const std::string& r : references(one)) EXPECT_EQ(&r, &one);
}

generator<int> broken() {
  co_yield 1;
  throw std::runtime_error("in the middle");
}

TEST(Generator, ExceptionComesOutOfTheIncrement) {
  auto g = broken();
  auto it = g.begin();
  EXPECT_EQ(*it, 1);
  EXPECT_THROW(++it, std::runtime_error);
}

TEST(Generator, IsAnInputRange) {
  static_assert(std::ranges::input_range<generator<int>>);
  static_assert(!std::copyable<generator<int>>);
  static_assert(std::movable<generator<int>>);
}

}  // namespace
}  // namespace trawl
