#include "crawler/model/record.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crawler/model/json_text.hpp"

namespace trawl {
namespace {

TEST(JsonText, InvalidUtf8BecomesReplacementCharacter) {
  // Unicode 15, table 3-7: overlong forms, surrogates and lone continuation bytes are ill-formed.
  for (const std::string bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xE2\x82"}) {
    std::string out;
    append_json_string(out, bad);
    EXPECT_NO_THROW(static_cast<void>(nlohmann::json::parse(out))) << out;
    EXPECT_NE(out.find("\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(JsonText, ControlCharactersAreEscaped) {
  std::string out;
  append_json_string(out, std::string("a\"\\\n\0\x1F\x7F", 7));
  EXPECT_EQ(nlohmann::json::parse(out).get<std::string>(), std::string("a\"\\\n\0\x1F\x7F", 7));
}

TEST(Record, OfAFailureHasNullsWhereTheContractSaysSo) {
  record r;
  r.job = "j";
  r.asked.url = r.asked.seed = "http://h/";
  r.failure = error{errc::connect_refused, "no"};
  const auto j = nlohmann::json::parse(to_json(r));
  EXPECT_TRUE(j["status"].is_null());
  EXPECT_TRUE(j["parent"].is_null());
  EXPECT_EQ(j["error"]["code"], "connect.refused");
  EXPECT_FALSE(j.contains("links"));
  EXPECT_FALSE(j.contains("truncated"));
}

TEST(Record, RepeatedHeadersAreJoined) {
  record r;
  r.headers = header_list{{"Via", "a"}, {"VIA", "b"}};
  EXPECT_EQ(nlohmann::json::parse(to_json(r))["headers"]["via"], "a, b");
}

TEST(Record, TimeIsRfc3339WithMilliseconds) {
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'123))), "2023-11-14T22:13:20.123Z");
}

}  // namespace
}  // namespace trawl
