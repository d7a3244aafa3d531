#include "crawler/html/entities.hpp"

#include <gtest/gtest.h>

namespace trawl::html {
namespace {

std::string text(std::string_view raw) { return decode_references(raw, false); }
std::string attribute(std::string_view raw) { return decode_references(raw, true); }

TEST(References, NamedWithAndWithoutSemicolon) {  // HTML Standard, 13.2.5.73
  EXPECT_EQ(text("&amp;&lt;&copy;&eacute;"), "&<\xC2\xA9\xC3\xA9");
  EXPECT_EQ(text("&ampx &copy2"), "&x \xC2\xA9" "2");
  EXPECT_EQ(text("&notin; &notit; &notx"), "\xE2\x88\x89 \xC2\xACit; \xC2\xACx");
  EXPECT_EQ(text("&NotEqualTilde;"), "\xE2\x89\x82\xCC\xB8");  // two code points
  EXPECT_EQ(text("&CounterClockwiseContourIntegral;"), "\xE2\x88\xB3");  // the longest name
}

TEST(References, WhatIsNoneStays) {
  for (const char* plain : {"&", "&;", "& ", "a & b", "&xyz;", "&#;", "&#x;", "&#xg;", "&alpha", "&#"}) EXPECT_EQ(text(plain), plain);
}

TEST(References, LegacyNamesInAttributesStayBeforeEqualsAndLetters) {
  EXPECT_EQ(attribute("?a=1&copy=2&amp=3&reg"), "?a=1&copy=2&amp=3\xC2\xAE");
  EXPECT_EQ(attribute("?a&copyb &copy2 &copy; &copy-"), "?a&copyb &copy2 \xC2\xA9 \xC2\xA9-");
  EXPECT_EQ(attribute("&notit;"), "&notit;");
}

TEST(References, NumbersInBothRadixes) {  // 13.2.5.75 on
  EXPECT_EQ(text("&#65;&#x41;&#X4a;&#0065;&#65x"), "AAJAAx");
  EXPECT_EQ(text("&#128512;"), "\xF0\x9F\x98\x80");
}

TEST(References, NumbersThatAreNoCharacterAreReplaced) {  // 13.2.5.80
  for (const char* none : {"&#0;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#99999999999999;", "&#xFFFFFFFFFFFF;"}) EXPECT_EQ(text(none), "\xEF\xBF\xBD") << none;
}

TEST(References, Windows1252NumbersMeanWhatTheirAuthorsMeant) {
  EXPECT_EQ(text("&#128;&#x99;&#145;"), "\xE2\x82\xAC\xE2\x84\xA2\xE2\x80\x98");
  EXPECT_EQ(text("&#x81;"), "\xC2\x81");  // no character there either
}

TEST(References, TableIsSorted) {  // it is searched by halving
  for (std::size_t i = 1; i < named_reference_count; ++i) ASSERT_LT(named_references[i - 1].name, named_references[i].name);
  EXPECT_EQ(named_reference_count, 2231U);
}

TEST(References, CodePointsOfEveryLength) {
  std::string out;
  for (const char32_t c : {U'A', U'\u00E9', U'\u20AC', U'\U0001F600'}) append_code_point(out, c);
  EXPECT_EQ(out, "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace trawl::html
