// X-Robots-Tag and robots metas. "Google" is its "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications".
#include "crawler/policy/robots_directives.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/cost.hpp"

namespace trawl::policy {
namespace {

/// What a value says to trawl, in words.
std::string rules_in(std::string_view value, std::string_view token = "trawl") {
  const robots_directives found = read_robots_directives(value, token);
  return std::string(found.noindex ? "noindex" : "") + (found.noindex && found.nofollow ? " " : "") + (found.nofollow ? "nofollow" : "");
}

TEST(RobotsDirectives, RulesStandBetweenCommasOrBlanksInAnyCase) {  // Google: "case-insensitive", "comma-separated list"
  EXPECT_EQ(rules_in("noindex"), "noindex");
  EXPECT_EQ(rules_in("NoFollow"), "nofollow");
  EXPECT_EQ(rules_in("noindex, nofollow"), "noindex nofollow");
  EXPECT_EQ(rules_in(" ,, noindex\t,\n nofollow ,"), "noindex nofollow");
  EXPECT_EQ(rules_in("noindex nofollow"), "noindex nofollow");
  EXPECT_EQ(rules_in("index, follow, all"), "");
  EXPECT_EQ(rules_in(""), "");
}

TEST(RobotsDirectives, NoneIsBoth) {  // Google: "none: Equivalent to noindex, nofollow"
  EXPECT_EQ(rules_in("none"), "noindex nofollow");
  EXPECT_EQ(rules_in("NONE"), "noindex nofollow");
}

TEST(RobotsDirectives, TheStrictestWins) {  // Google: "the more restrictive rule applies"
  EXPECT_EQ(rules_in("index, noindex, index, follow"), "noindex");
  robots_directives sum = read_robots_directives("noindex", "trawl");
  sum.add(read_robots_directives("index, nofollow", "trawl"));
  EXPECT_TRUE(sum.noindex && sum.nofollow);
}

TEST(RobotsDirectives, OnlyWholeWordsCount) {
  for (const char* value : {"nonexistent", "noindexing", "xnoindex", "no-index", "noindex=1", "none-such", "noarchive", "nosnippet", "noimageindex", "notranslate", "indexifembedded"})
    EXPECT_EQ(rules_in(value), "") << value;
}

TEST(RobotsDirectives, ARuleThatTakesAValueIsNoAgent) {  // Google: max-snippet: [number], max-image-preview: [setting], max-video-preview: [number]
  EXPECT_EQ(rules_in("max-image-preview: large, nofollow"), "nofollow");
  EXPECT_EQ(rules_in("max-snippet:-1, max-image-preview:large, max-video-preview : -1, noindex"), "noindex");
  EXPECT_EQ(rules_in("Max-Snippet: 5 nofollow"), "nofollow");
  EXPECT_EQ(rules_in("max-snippet:, nofollow"), "nofollow");
  EXPECT_EQ(rules_in("max-snippet:"), "");
  EXPECT_EQ(rules_in("indexifembedded: , noindex"), "noindex");
}

TEST(RobotsDirectives, AValueIsNoRule) {  // Google: max-image-preview's settings are none, standard, large
  EXPECT_EQ(rules_in("max-image-preview: none"), "");
  EXPECT_EQ(rules_in("index, follow, max-image-preview:none"), "");
  EXPECT_EQ(rules_in("max-image-preview : none, nofollow"), "nofollow");
}

TEST(RobotsDirectives, ADateMayHoldCommasAndColons) {  // Google: "RFC 822, RFC 850, and ISO 8601"
  for (const char* date : {"25 Jun 2010 15:00:00 PST", "Fri, 25 Jun 2010 15:00:00 +0100", "Friday, 25-Jun-10 15:00:00 UTC", "2010-06-25T15:00:00+01:00", "2010-06-25", "June 25, 2010, 15:00:00",
                           "Sunday, 2010-06-25T15:00:00Z", ""}) {
    EXPECT_EQ(rules_in(std::string("unavailable_after: ") + date), "") << date;
    EXPECT_EQ(rules_in(std::string("unavailable_after: ") + date + ", nofollow"), "nofollow") << date;
    EXPECT_EQ(rules_in(std::string("noindex, UNAVAILABLE_AFTER :") + date + ", otherbot: nofollow"), "noindex") << date;
    EXPECT_EQ(rules_in(std::string("otherbot: unavailable_after: ") + date + ", nofollow"), "") << date;
  }
  EXPECT_EQ(rules_in("unavailable_after 25 Jun 2010 15:00:00 PST, nofollow"), "nofollow") << "a time without its rule names no agent";
}

TEST(RobotsDirectives, AnAgentsRulesAreItsOwn) {  // Google: "X-Robots-Tag: googlebot: nofollow", "X-Robots-Tag: otherbot: noindex, nofollow"
  EXPECT_EQ(rules_in("googlebot: nofollow"), "");
  EXPECT_EQ(rules_in("otherbot: noindex, nofollow"), "");
  EXPECT_EQ(rules_in("trawl: noindex, nofollow"), "noindex nofollow");
  EXPECT_EQ(rules_in("TRAWL: NoFollow"), "nofollow");
  EXPECT_EQ(rules_in("trawl : nofollow"), "nofollow");
  EXPECT_EQ(rules_in("trawl:nofollow"), "nofollow");
  EXPECT_EQ(rules_in("trawl/1.0: nofollow"), "nofollow");
  EXPECT_EQ(rules_in("trawler: nofollow"), "");
  EXPECT_EQ(rules_in("my-bot: nofollow", "My-Bot"), "nofollow");
  EXPECT_EQ(rules_in("trawl: nofollow", "my-bot"), "");
}

TEST(RobotsDirectives, AnAgentHoldsUpToTheNextOne) {  // fields joined: RFC 9110, 5.3
  EXPECT_EQ(rules_in("googlebot: noarchive, trawl: nofollow"), "nofollow");
  EXPECT_EQ(rules_in("noarchive, googlebot: nofollow"), "");
  EXPECT_EQ(rules_in("noindex, googlebot: nofollow"), "noindex");
  EXPECT_EQ(rules_in("trawl: noindex, googlebot: nofollow"), "noindex");
  EXPECT_EQ(rules_in("googlebot: max-snippet: 5, nofollow, trawl: max-image-preview: none, noindex"), "noindex");
}

TEST(RobotsDirectives, ANameForAllIsForUs) {
  EXPECT_EQ(rules_in("*: nofollow"), "nofollow");
  EXPECT_EQ(rules_in("googlebot: noindex, robots: nofollow"), "nofollow");
}

TEST(RobotsDirectives, ARuleWithAColonIsStillARule) {
  EXPECT_EQ(rules_in("noindex: , nofollow"), "noindex nofollow");
  EXPECT_EQ(rules_in("googlebot: noindex: nofollow"), "");
}

TEST(RobotsDirectives, AnyBytesAreHarmless) {
  EXPECT_EQ(rules_in("\xFF\xC3: nofollow, trawl: noindex"), "noindex");
  EXPECT_EQ(rules_in("n\xC3\xB6index, \xE2\x80\x8Bnofollow, noindex"), "noindex");
  EXPECT_EQ(rules_in(std::string_view("noindex\0, nofollow", 18)), "nofollow");
  EXPECT_EQ(rules_in("::: , : nofollow"), "nofollow");
  EXPECT_EQ(rules_in(":nofollow"), "nofollow");
}

TEST(RobotsDirectives, AnyValueIsReadInLinearTime) {
  for (const char* piece : {",", ":", " ", "a", "a:", "a :", "none ", "unavailable_after:", "unavailable_after:,1", "max-snippet:", "max-snippet: ", "\xFF"})
    test::expect_bounded(piece, [value = test::flood("trawl: ", piece)] { static_cast<void>(read_robots_directives(value, "trawl")); });
}

}  // namespace
}  // namespace trawl::policy
