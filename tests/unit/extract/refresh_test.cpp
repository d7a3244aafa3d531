// HTML Standard, 4.2.5.3: the numbers are those of the "shared declarative refresh steps".
#include "crawler/extract/refresh.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/cost.hpp"

namespace trawl::extract {
namespace {

/// The URL in brackets; "again" where none is named; "none" where there is no refresh.
std::string read(std::string_view content) {
  const auto found = read_refresh(content);
  if (!found) return "none";
  return found->url ? "[" + std::string(*found->url) + "]" : "again";
}

TEST(Refresh, BeginsWithBlanksAndATime) {  // 3: "Skip ASCII whitespace", 5: "Collect a sequence of code points that are ASCII digits"
  EXPECT_EQ(read("0;url=/x"), "[/x]");
  EXPECT_EQ(read(" \t\n\f\r0;url=/x"), "[/x]");
  EXPECT_EQ(read("99999999999999999999999;url=/x"), "[/x]");
  EXPECT_EQ(read("5"), "again");
}

TEST(Refresh, WithoutATimeThereIsNone) {  // 6: "If timeString is the empty string … is not U+002E (.), then return"
  for (const char* content : {"", " ", "foo;url=/x", "-1;url=/x", "+1;url=/x", ";url=/x", "url=/x", ",/x", "/x", "\xC2\xA0" "0;url=/x", "\v0;url=/x"}) EXPECT_EQ(read(content), "none") << content;
}

TEST(Refresh, APointStandsForATime) {  // 6: "If the code point in input pointed to by position is not U+002E (.)"
  EXPECT_EQ(read(".5; url=x"), "[x]");
  EXPECT_EQ(read(".;x"), "[x]");
  EXPECT_EQ(read("."), "again");
}

TEST(Refresh, FractionsArePassedOver) {  // 8: "Collect a sequence of code points that are ASCII digits and U+002E FULL STOP characters … Ignore any collected characters"
  EXPECT_EQ(read("5.9;url=x"), "[x]");
  EXPECT_EQ(read("5...9.1 url=x"), "[x]");
  EXPECT_EQ(read("5."), "again");
}

TEST(Refresh, ASeparatorFollowsTheTime) {  // 10.1: "is not U+003B (;), U+002C (,), or ASCII whitespace, then return"
  EXPECT_EQ(read("0 url=/x"), "[/x]");
  EXPECT_EQ(read("0,url=/x"), "[/x]");
  EXPECT_EQ(read("0\nurl=/x"), "[/x]");
  for (const char* content : {"0url=/x", "0:url=/x", "0/x", "0s;url=/x", "1e3;url=/x", "0-;url=/x", "0\xC2\xA0;url=/x"}) EXPECT_EQ(read(content), "none") << content;
}

TEST(Refresh, OneSeparatorIsPassedOver) {  // 10.2 to 10.4: blanks, one ";" or ",", blanks
  EXPECT_EQ(read("0 ; url=/x"), "[/x]");
  EXPECT_EQ(read("0 , /x"), "[/x]");
  EXPECT_EQ(read("0;;url=/x"), "[;url=/x]");
  EXPECT_EQ(read("0; ,/x"), "[,/x]");
}

TEST(Refresh, NothingBehindTheSeparatorLoadsThePageAgain) {  // 11: "If position is not past the end of input"
  EXPECT_EQ(read("5;"), "again");
  EXPECT_EQ(read("5 , "), "again");
  EXPECT_EQ(read("5 "), "again");
}

TEST(Refresh, UrlNeedsNoName) {  // 11.2: "Otherwise, jump to the step labeled skip quotes"
  EXPECT_EQ(read("0;/x"), "[/x]");
  EXPECT_EQ(read("0;'/x'y"), "[/x]");
  EXPECT_EQ(read("0 https://a.test/"), "[https://a.test/]");
}

TEST(Refresh, ANameThatBreaksOffIsPartOfTheUrl) {  // 11.3, 11.4, 11.6: "Otherwise, jump to the step labeled parse"
  EXPECT_EQ(read("0;up"), "[up]");
  EXPECT_EQ(read("0;us/'x'"), "[us/'x']");
  EXPECT_EQ(read("0;Ur'x'"), "[Ur'x']");
  EXPECT_EQ(read("0;url"), "[url]");
  EXPECT_EQ(read("0;url /x"), "[url /x]");
  EXPECT_EQ(read("0;url'/x'"), "[url'/x']");
  EXPECT_EQ(read("0;urls=/x"), "[urls=/x]");
}

TEST(Refresh, TheNameHasAnyCaseAndBlanksAroundTheSign) {  // 11.2 to 11.7
  EXPECT_EQ(read("0;URL=/x"), "[/x]");
  EXPECT_EQ(read("0;uRl \t= \n/x"), "[/x]");
  EXPECT_EQ(read("0;URL =  'x\" y'"), "[x\" y]");
  EXPECT_EQ(read("0;url=url=/x"), "[url=/x]");
}

TEST(Refresh, AQuoteEndsAtTheNextOfItsKind) {  // 11.8, 11.10: "truncate that string at that code point"
  EXPECT_EQ(read("0;url=\"/x\"y"), "[/x]");
  EXPECT_EQ(read("0;url='/x"), "[/x]");
  EXPECT_EQ(read("0;url='/x\"'"), "[/x\"]");
  EXPECT_EQ(read("0;url=/x'y'"), "[/x'y']");
  EXPECT_EQ(read("0;url=''"), "[]");
  EXPECT_EQ(read("0;url="), "[]");
  EXPECT_EQ(read("0;url='"), "[]");
}

TEST(Refresh, AUrlThatDoesNotParseMakesItNone) {  // 11.12: "If urlRecord is failure, then return"
  EXPECT_EQ(read("0;url=http://["), "none");
  EXPECT_EQ(read("0;url=//a b/"), "none");
  EXPECT_EQ(read("0;url=mailto:x@y"), "[mailto:x@y]");
}

TEST(Refresh, AnyContentIsReadInLinearTime) {
  for (const char* piece : {"0", ".", " ", ";", ",", "u", "'", "url=", "0;url='"}) test::expect_bounded(piece, [content = test::flood("0;", piece)] { static_cast<void>(read_refresh(content)); });
}

}  // namespace
}  // namespace trawl::extract
