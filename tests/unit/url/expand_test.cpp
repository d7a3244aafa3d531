#include "crawler/url/expand.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace trawl::url {
namespace {

using list = std::vector<std::string>;

list all(std::string text) {
  list out;
  for (auto&& s : expand(std::move(text))) out.push_back(s);
  return out;
}

TEST(Expand, RangesRunBothWaysAndInSteps) {
  EXPECT_EQ(all("{1..3}"), (list{"1", "2", "3"}));
  EXPECT_EQ(all("{3..1}"), (list{"3", "2", "1"}));
  EXPECT_EQ(all("{3..0..2}"), (list{"3", "1"}));
  EXPECT_EQ(all("{0..10..5}"), (list{"0", "5", "10"}));
  EXPECT_EQ(all("{0..9..5}"), (list{"0", "5"}));
  EXPECT_EQ(all("{-1..1}"), (list{"-1", "0", "1"}));
  EXPECT_EQ(all("{5..5}"), (list{"5"}));
}

TEST(Expand, ZeroPaddingIsKept) {
  EXPECT_EQ(all("http://h/{08..10}"), (list{"http://h/08", "http://h/09", "http://h/10"}));
  EXPECT_EQ(all("{10..08}"), (list{"10", "09", "08"}));
  EXPECT_EQ(all("{1..010..9}"), (list{"001", "010"}));
  EXPECT_EQ(all("{-01..1}"), (list{"-01", "00", "01"}));
  EXPECT_EQ(all("{0..1}"), (list{"0", "1"}));
}

TEST(Expand, ListsMayHaveEmptyMembers) { EXPECT_EQ(all("a{,b,c}d"), (list{"ad", "abd", "acd"})); }

TEST(Expand, LastBraceCountsFastest) {
  EXPECT_EQ(all("{3..1..2}/{x,y}"), (list{"3/x", "3/y", "1/x", "1/y"}));
}

TEST(Expand, WhatIsNoBraceIsLiteral) {
  for (const char* text : {"http://h/{json}", "http://h/{}", "http://h/{a..z}", "http://h/{1..}", "http://h/{1..2", "http://h/1}", "http://h/{1..99999999999999999999}"})
    EXPECT_EQ(all(text), list{text}) << text;
}

TEST(Expand, StepThatLeadsNowhereIsAProblem) {
  ASSERT_FALSE(check_expand("http://h/{1..5..0}"));
  EXPECT_NE(check_expand("http://h/{1..5..0}").error().find("{1..5..0}"), std::string::npos);
  EXPECT_FALSE(check_expand("{1..5..-1}"));
  EXPECT_TRUE(check_expand("{1..5..2}{a,b}"));
}

TEST(Expand, TextOfMoreThanAMebibyteIsLiteral) {
  const std::string text = "http://h/{1..2}" + std::string(1U << 20, 'a');
  EXPECT_EQ(check_expand(text).error(), "is longer than 1 MiB");
  std::size_t n = 0;
  for (auto&& s : expand(text)) {
    EXPECT_EQ(s, text);
    ++n;
  }
  EXPECT_EQ(n, 1U);
}

TEST(Expand, ABillionCostsNothing) {
  std::size_t n = 0;
  for (auto&& s : expand("http://h/{1..1000000000}/{1..1000000000}")) {
    ASSERT_FALSE(s.empty());
    if (++n == 1000) break;
  }
  EXPECT_EQ(n, 1000U);
}

}  // namespace
}  // namespace trawl::url
