#include "crawler/model/record.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace trawl {
namespace {

using nlohmann::json;

record minimal() {
  record r;
  r.job = "j";
  r.asked.url = r.asked.seed = "http://h/";
  return r;
}

std::vector<std::string> keys_of(const json& j) {
  std::vector<std::string> out;
  for (const auto& [key, value] : j.items()) out.push_back(key);
  return out;
}

TEST(Record, OfAFailureHasNullsWhereTheContractSaysSo) {
  record r = minimal();
  r.failure = error{errc::connect_refused, "no"};
  const json j = json::parse(to_json(r));
  for (const char* key : {"status", "parent", "final_url", "fetched_at", "http_version", "ip", "content_type", "charset"}) EXPECT_TRUE(j.contains(key) && j[key].is_null()) << key;
  EXPECT_EQ(j["error"], (json{{"code", "connect.refused"}, {"message", "no"}}));
  EXPECT_EQ(j["outcome"], "new");
}

TEST(Record, LeavesOutWhatSaysNothing) {
  EXPECT_EQ(keys_of(json::parse(to_json(minimal()))),
            (std::vector<std::string>{"attempts", "bytes", "charset", "content_type", "depth", "elapsed_ms", "fetched_at", "final_url", "http_version", "ip", "job", "outcome", "parent", "seed", "seq",
                                      "status", "url", "visit", "wire_bytes"}));
}

TEST(Record, BeginsSoThatTheLogCanNumberIt) { EXPECT_TRUE(to_json(minimal()).starts_with(R"({"job":"j","seq":0,"visit":1,"url":"http://h/")")); }

TEST(Record, SaysEverythingThatThereIs) {
  record r = minimal();
  r.asked.method = "POST";
  r.asked.depth = 2;
  r.asked.parent = "http://h/p";
  r.asked.meta = R"({"sku":"A1"})";
  r.final_url = "http://h/f";
  r.status = 200;
  r.fetched_at = "2026-01-02T03:04:05.678Z";
  r.elapsed_ms = 12.5;
  r.attempts = 3;
  r.http_version = "1.1";
  r.ip = "127.0.0.1";
  r.content_type = "text/html";
  r.charset = "utf-8";
  r.wire_bytes = 10;
  r.bytes = 20;
  r.truncated = truncation::length;
  r.from_cache = true;
  r.tls_verified = false;
  r.noindex = true;
  r.duplicate_of = "http://h/d";
  r.robots = robots_note{true, "Allow: /"};
  r.redirects = {{"http://h/1", 301}, {"http://h/2", 302}};
  r.title = "T";
  r.links = std::vector<link>{{"http://h/a", "A", "next", link_kind::meta_refresh}};
  r.metadata = R"({"title":"T"})";
  r.fields = R"({"x":1})";
  r.items = "[{}]";
  r.html = "<p>";
  r.warnings = {"one", "two"};
  EXPECT_EQ(json::parse(to_json(r)), json::parse(R"({"job":"j","seq":0,"visit":1,"url":"http://h/","final_url":"http://h/f","method":"POST","depth":2,"parent":"http://h/p","seed":"http://h/",
    "meta":{"sku":"A1"},"status":200,"outcome":"new","fetched_at":"2026-01-02T03:04:05.678Z","elapsed_ms":12.5,"attempts":3,"http_version":"1.1","ip":"127.0.0.1","content_type":"text/html",
    "charset":"utf-8","wire_bytes":10,"bytes":20,"truncated":"length","from_cache":true,"tls_verified":false,"noindex":true,"duplicate_of":"http://h/d","robots":{"allowed":true,"rule":"Allow: /"},
    "redirects":[{"url":"http://h/1","status":301},{"url":"http://h/2","status":302}],"title":"T","links":[{"url":"http://h/a","text":"A","rel":"next","kind":"meta-refresh"}],
    "metadata":{"title":"T"},"html":"<p>","fields":{"x":1},"items":[{}],"warnings":["one","two"]})"));
}

TEST(Record, EmptyListsThatWereAskedForStandAsSuch) {
  record r = minimal();
  r.links.emplace();
  r.headers.emplace();
  const json j = json::parse(to_json(r));
  EXPECT_EQ(j["links"], json::array());
  EXPECT_EQ(j["headers"], json::object());
}

TEST(Record, RepeatedHeadersAreJoined) {
  record r;
  r.headers = header_list{{"Via", "a"}, {"X\"Y", "q"}, {"VIA", "b"}};
  EXPECT_EQ(json::parse(to_json(r))["headers"], (json{{"via", "a, b"}, {"x\"y", "q"}}));
}

TEST(Record, ForeignBytesNeverBreakTheLine) {
  record r = minimal();
  r.title = "a\nb\xFF\"\\";
  r.html = std::string("\0\xC3", 2);
  const std::string line = to_json(r);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line)["title"], "a\nb\xEF\xBF\xBD\"\\");
}

TEST(Record, TimeIsRfc3339WithMilliseconds) {
  const auto at = [](std::int64_t ms) { return to_rfc3339(std::chrono::system_clock::time_point(std::chrono::milliseconds(ms))); };
  EXPECT_EQ(at(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(951'782'400'007), "2000-02-29T00:00:00.007Z");
}

TEST(LinkKind, NameAndKindAreInverse) {
  for (int i = 0; i <= static_cast<int>(link_kind::sitemap); ++i) {
    link_kind back{};
    ASSERT_TRUE(from_string(to_string(static_cast<link_kind>(i)), back));
    EXPECT_EQ(static_cast<int>(back), i);
  }
  link_kind none{};
  EXPECT_FALSE(from_string("A", none));
}

TEST(Response, HeadersAreFoundWithoutCase) {
  response r;
  r.headers = {{"X-Key", "1"}, {"x-key", "2"}};
  EXPECT_EQ(r.header("X-KEY"), "1");
  EXPECT_EQ(r.header("x-ke"), std::nullopt);
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("\xC3\xA9", "\xC3\x89"));  // ASCII only
}

}  // namespace
}  // namespace trawl
