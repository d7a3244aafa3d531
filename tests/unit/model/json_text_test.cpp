#include "crawler/model/json_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace trawl {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonText, InvalidUtf8BecomesReplacementCharacter) {
  // Unicode 15, table 3-7: overlong forms, surrogates and lone continuation bytes are ill-formed.
  for (const std::string bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xE2\x82", "\xF4\x90\x80\x80", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xFF"}) {
    EXPECT_NO_THROW(static_cast<void>(nlohmann::json::parse(json_string(bad)))) << json_string(bad);
    EXPECT_NE(json_string(bad).find("\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(JsonText, EveryCodePointSurvives) {
  for (char32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 977) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string utf8;
    if (c < 0x80) {
      utf8 = {static_cast<char>(c)};
    } else if (c < 0x800) {
      utf8 = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      utf8 = {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
    } else {
      utf8 = {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | ((c >> 12) & 63)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    ASSERT_EQ(nlohmann::json::parse(json_string(utf8)).get<std::string>(), utf8) << static_cast<std::uint32_t>(c);
  }
}

TEST(JsonText, EscapesAreShortWhereTheyMayBe) {  // RFC 8259, 7
  EXPECT_EQ(json_string(std::string("\"\\\n\r\t\0\x1F/", 8)), R"("\"\\\n\r\t\u0000\u001f/")");
  EXPECT_EQ(json_string(""), "\"\"");
}

TEST(JsonText, ControlCharactersAreEscaped) {
  const std::string text("a\"\\\n\0\x1F\x7F", 7);
  EXPECT_EQ(nlohmann::json::parse(json_string(text)).get<std::string>(), text);
}

TEST(JsonObject, WritesMembersInOrderWithTheirCommas) {
  std::string out = "x";
  json_object o(out);
  o.text("a", "b\"");
  o.number("n", std::numeric_limits<std::int64_t>::min());
  o.flag("t", true);
  o.null("z");
  o.raw("r", "[1]");
  o.key("k");
  out += "{}";
  o.close();
  EXPECT_EQ(out, R"(x{"a":"b\"","n":-9223372036854775808,"t":true,"z":null,"r":[1],"k":{}})");
}

TEST(JsonObject, EmptyOneIsTwoBraces) {
  std::string out;
  json_object(out).close();
  EXPECT_EQ(out, "{}");
}

TEST(JsonObject, DecimalsHaveThreePlacesAndAreFiniteOrNull) {
  std::string out;
  json_object o(out);
  o.decimal("a", 1.23456);
  o.decimal("b", 1e15);
  o.decimal("c", std::numeric_limits<double>::infinity());
  o.decimal("d", std::numeric_limits<double>::quiet_NaN());
  o.close();
  EXPECT_EQ(out, R"({"a":1.235,"b":1000000000000000.000,"c":null,"d":null})");
}

}  // namespace
}  // namespace trawl
