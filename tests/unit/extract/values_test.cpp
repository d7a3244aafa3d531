#include "crawler/extract/values.hpp"

#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

using enum config::value_type;

std::string as(config::value_type type, std::string_view text) {
  static const url::url base = *url::parse("https://h/a/b");
  return to_json_value(text, type, base).value_or("none");
}

struct conversion {
  const char *text, *json;
};
void check(config::value_type type, std::initializer_list<conversion> cases) {
  for (const auto& [text, expected] : cases) EXPECT_EQ(as(type, text), expected) << text;
}

TEST(Values, Strings) { check(string, {{"a \"b\"\n", R"("a \"b\"\n")"}, {"", "\"\""}}); }

TEST(Values, NumbersWithSeparatorsAndCurrencies) {
  check(number, {{"5", "5"}, {"5.50", "5.5"}, {"-1.5", "-1.5"}, {"+2", "2"}, {"1e3", "1000"}, {"1,234", "1234"}, {"1,234.50", "1234.5"}, {"1.234,50", "1234.5"}, {"1,234,567", "1234567"},
                 {"1.234.567", "1234567"}, {"1 234,5", "1234.5"}, {"1\xC2\xA0" "234\xE2\x80\xAF" "567", "1234567"}, {"1'234.5", "1234.5"}, {"12,5", "12.5"}, {"0,123", "0.123"}, {"1.234", "1.234"},
                 {"£51.77", "51.77"}, {"€ 1.234,00", "1234"}, {"51,77 €", "51.77"}, {"EUR 5", "5"}, {"5 USD", "5"}, {"$-3", "-3"}, {"\xE2\x88\x92" "4", "-4"}, {".5", "0.5"}, {"007", "7"}, {" 8 ", "8"}});
}

TEST(Values, WhatIsNoNumber) {
  for (const char* text : {"", "n/a", "five", "1,23,4", "1,2345.6", "1.2.3", "12 34", "5 pieces", "1-2", "--1", "£", "inf", "nan", "0x10", "1,234,56", "1.234,567,8"}) EXPECT_EQ(as(number, text), "none") << text;
}

TEST(Values, Integers) {
  check(integer, {{"5", "5"}, {"1,234", "1234"}, {"-3", "-3"}, {"3.0", "3"}, {"3.5", "none"}, {"9223372036854775807", "9223372036854775807"}, {"9223372036854775808", "none"}, {"x", "none"}});
}

TEST(Values, Booleans) { check(boolean, {{"true", "true"}, {" YES ", "true"}, {"1", "true"}, {"off", "false"}, {"False", "false"}, {"maybe", "none"}, {"", "none"}}); }

TEST(Values, UrlsAreResolved) {
  check(url, {{"c?x=1#f", "\"https://h/a/c?x=1#f\""}, {"//o/", "\"https://o/\""}, {" /r ", "\"https://h/r\""}, {"https://[", "none"}, {"", "none"}, {"mailto:a@b", "\"mailto:a@b\""}});
}

TEST(Values, Dates) { check(date, {{"5 March 2024", "\"2024-03-05\""}, {"never", "none"}}); }

TEST(Values, JsonIsPutOnOneLine) {
  check(json, {{" {\"a b\" : [ 1 ,\n 2, \"x \\\" y\" ] } ", "{\"a b\":[1,2,\"x \\\" y\"]}"}, {"null", "null"}, {" true ", "true"}, {"-1.5", "-1.5"}, {"1 2", "none"}, {"tr ue", "none"}, {"{", "none"}, {"", "none"},
               {"{a:1}", "none"}});
  EXPECT_EQ(as(json, std::string(64, '[') + std::string(64, ']')).size(), 128U);
  EXPECT_EQ(as(json, std::string(65, '[') + std::string(65, ']')), "none");
  EXPECT_EQ(as(json, std::string(1'000'000, '[')), "none");
}

}  // namespace
}  // namespace trawl::extract
