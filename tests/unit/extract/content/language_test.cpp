#include "crawler/extract/content/language.hpp"

#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

TEST(Language, IsThatOfTheWords) {
  const auto german = detect_language("Der Wanderweg beginnt am Bahnhof und führt durch den Wald hinauf zur Hütte, von der man das ganze Tal überblickt.");
  ASSERT_TRUE(german);
  EXPECT_EQ(german->code, "de");
  EXPECT_GT(german->confidence, 0.9);
  const auto english = detect_language("The path begins at the station and leads up through the woods to a hut from which the whole valley can be seen.");
  ASSERT_TRUE(english);
  EXPECT_EQ(english->code, "en");
}

TEST(Language, IsUnknownWhereNothingStandsOut) {
  EXPECT_FALSE(detect_language(""));
  EXPECT_FALSE(detect_language("12 34 56 78 90 12 34 56 78 90 12 34"));
  EXPECT_FALSE(detect_language("ok"));
}

TEST(Language, IsCutBetweenCharacters) {
  std::string text(4095, ' ');
  for (int i = 0; i < 2000; ++i) text += "\xE3\x81\x82";  // the limit lies inside one
  EXPECT_FALSE(detect_language(text));
}

}  // namespace
}  // namespace trawl::extract
