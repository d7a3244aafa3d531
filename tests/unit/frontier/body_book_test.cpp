#include "crawler/frontier/memory/body_book.hpp"

#include <gtest/gtest.h>

namespace trawl::frontier {
namespace {

TEST(BodyBook, TheFirstHoldsIt) {
  body_book b;
  EXPECT_EQ(b.claim(1, "a"), "a");
  EXPECT_EQ(b.claim(1, "b"), "a");
  EXPECT_EQ(b.claim(1, "a"), "a");
  EXPECT_EQ(b.claim(2, "b"), "b");
}

TEST(BodyBook, TakesNoMoreThanItMay) {
  body_book b(1);
  b.claim(1, "a");
  EXPECT_EQ(b.claim(2, "b"), "b");
  EXPECT_EQ(b.claim(2, "c"), "c");
  EXPECT_EQ(b.claim(1, "c"), "a");
}

}  // namespace
}  // namespace trawl::frontier
