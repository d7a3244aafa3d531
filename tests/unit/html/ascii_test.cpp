#include "crawler/html/ascii.hpp"

#include <gtest/gtest.h>

namespace trawl::html {
namespace {

TEST(Ascii, FoldsBlanksAndTrims) {  // Infra Standard, 4.6
  EXPECT_EQ(folded(" a\t\n b\f\rc "), "a b c");
  EXPECT_EQ(folded(" \n"), "");
  EXPECT_EQ(folded("a\xC2\xA0 b"), "a\xC2\xA0 b");  // NBSP is no ASCII whitespace
}

TEST(Ascii, FoldingInPiecesIsFoldingTheWhole) {
  std::string out;
  for (const char* piece : {" a", " ", "\n", "b ", " c", "", "d "}) append_folded(out, piece);
  EXPECT_EQ(out, "a b cd ");
}

TEST(Ascii, WordsAreWholeAndCaseSensitive) {
  EXPECT_TRUE(has_word("a bc\td", "bc"));
  EXPECT_TRUE(has_word("bcx bc", "bc"));
  EXPECT_FALSE(has_word("bcx xbc", "bc"));
  EXPECT_FALSE(has_word("BC", "bc"));
  EXPECT_FALSE(has_word("a", ""));
}

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(equals_ignoring_case("DiV", "div"));
  EXPECT_FALSE(equals_ignoring_case("divs", "div"));
  EXPECT_TRUE(starts_ignoring_case("ODD)", "odd"));
  EXPECT_FALSE(starts_ignoring_case("od", "odd"));
}

}  // namespace
}  // namespace trawl::html
