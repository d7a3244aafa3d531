// The web-platform-tests of the URL Standard (tests/data/url_wpt.jsonl), one GoogleTest case a suite.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "crawler/url/url.hpp"

namespace trawl::url {
namespace {

using nlohmann::json;

std::vector<json> cases_of(const std::string& suite) {
  std::vector<json> out;
  std::ifstream file(TRAWL_TEST_DATA "/url_wpt.jsonl");
  for (std::string line; std::getline(file, line);)
    if (json j = json::parse(line); j["suite"] == suite) out.push_back(std::move(j));
  return out;
}

std::optional<url> parse_case(const json& c) {
  if (c["base"].is_null()) return parse(c["input"].get<std::string>());
  const auto base = parse(c["base"].get<std::string>());
  return base ? parse(c["input"].get<std::string>(), &*base) : std::nullopt;
}

/// The parts under the names of the URL class, whose getters add the delimiters and lose the null.
json parts_of(const url& u) {
  const auto with = [](char mark, const std::optional<std::string>& part) { return part && !part->empty() ? mark + *part : std::string(); };
  return {{"href", u.href()}, {"protocol", u.scheme + ":"}, {"username", u.username}, {"password", u.password},
          {"hostname", u.host.value_or("")}, {"port", u.port ? std::to_string(*u.port) : ""}, {"pathname", u.path},
          {"search", with('?', u.query)}, {"hash", with('#', u.fragment)}};
}

/// What is wrong with each case, under its input.
std::map<std::string, std::string> faults_of(const std::string& suite, std::size_t least) {
  std::map<std::string, std::string> out;
  const auto cases = cases_of(suite);
  EXPECT_GE(cases.size(), least) << "the data is not there";
  for (const json& c : cases) {
    const auto u = parse_case(c);
    const json& expect = c["expect"];
    const std::string name = c["input"].get<std::string>() + " against " + c["base"].dump();
    if (expect.value("failure", false) != !u) {
      out[name] = u ? "should fail, is " + u->href() : "failed";
    } else if (u) {
      const json parts = parts_of(*u);
      for (const auto& [key, value] : expect.items())
        if (parts.contains(key) && parts[key] != value) out[name] += key + " is " + parts[key].dump() + ", not " + value.dump() + "; ";
    }
  }
  return out;
}

using faults = std::map<std::string, std::string>;

TEST(WebPlatformTests, UrlTestData) { EXPECT_EQ(faults_of("urltestdata", 449), faults()); }
TEST(WebPlatformTests, AdaExtra) { EXPECT_EQ(faults_of("ada extra", 19), faults()); }
TEST(WebPlatformTests, ToAscii) { EXPECT_EQ(faults_of("toascii", 43), faults()); }

TEST(WebPlatformTests, IdnaTestV2) {
  // The two have ideographs of Unicode 17, which the tables of ICU 72 (Unicode 15) don't know.
  const std::set<std::string> too_new = {"https://%F0%B2%A4%B120.%E9%9F%B3.%EA%A1%A61./x against null", "https://%F0%B2%AE%9A9%EA%8D%A9%E1%9F%93.SS/x against null"};
  for (const auto& [name, fault] : faults_of("IdnaTestV2", 1302)) EXPECT_TRUE(too_new.contains(name)) << name << ": " << fault;
}

TEST(WebPlatformTests, SerialisedUrlParsesToItself) {  // URL Standard, 4.5: the serialisation is idempotent
  for (const json& c : cases_of("urltestdata")) {
    const auto u = parse_case(c);
    if (!u) continue;
    const auto again = parse(u->href());
    ASSERT_TRUE(again) << u->href();
    EXPECT_EQ(again->href(), u->href());
    EXPECT_EQ(again->query, u->query) << u->href();
    EXPECT_EQ(again->fragment, u->fragment) << u->href();
  }
}

}  // namespace
}  // namespace trawl::url
