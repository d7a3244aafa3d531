#include <gtest/gtest.h>

#include "server/jobs/job_cost.hpp"
#include "server/jobs/strict_json.hpp"
#include "server/jobs/submission.hpp"

namespace trawl::server {
namespace {

const job_ceilings open;

std::string paths(const submission& s) {
  std::string out;
  for (const auto& e : s.errors) out += (out.empty() ? "" : " ") + e.path;
  return out;
}

// RFC 8259, 4, 6, 7; RFC 7493, 2.3: names are unique.
TEST(Rfc8259, OnlyJsonIsJson) {
  EXPECT_EQ(normalise_json(R"({"a" : [1,-2.50e3,true,null],"b":{}})").value(), R"({"a": [1, -2.50e3, true, null], "b": {}})");
  EXPECT_EQ(normalise_json(R"("\ud83d\ude00\/")").value(), "\"\xF0\x9F\x98\x80/\"");
  for (const char* bad : {"", "{", "{a: 1}", "[1,]", "NaN", "{\"a\":1}x", "\"\\ud83d\"", "'a'", "[1e999]", "\"\xFF\""}) EXPECT_FALSE(normalise_json(bad)) << bad;
  EXPECT_EQ(normalise_json("{\n  \"a\": [,]}").error(), "line 2, column 9: not JSON");
  EXPECT_EQ(normalise_json("").error(), "line 1, column 1: not JSON");
  EXPECT_EQ(normalise_json(R"({"a":1,"a":2})").error(), "a key stands twice in one object");
}

TEST(StrictJson, IsBounded) {
  EXPECT_TRUE(normalise_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(normalise_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(normalise_json(std::string(1'000'000, '[')));
  std::string wide = "[0";
  for (int i = 0; i < 200'000; ++i) wide += ",0";
  EXPECT_FALSE(normalise_json(wide + "]"));
}

TEST(Submission, JsonAndYamlGiveTheSameJob) {
  const auto a = read_job(R"({"seeds":["https://example.org/"],"scope":{"max_depth":2}})", body_format::json, open);
  const auto b = read_job("seeds: [https://example.org/]\nscope: {max_depth: 2}", body_format::yaml, open);
  EXPECT_TRUE(a.errors.empty() && b.errors.empty()) << paths(a) << paths(b);
  EXPECT_EQ(a.job.scope.max_depth, 2U);
  EXPECT_EQ(b.job.scope.max_depth, 2U);
  EXPECT_EQ(a.job.name, "example.org");
}

TEST(Submission, ProblemsNameTheirKeys) {
  const auto s = read_job(R"({"seeds":["https://a/"],"scope":{"max_dept":2,"max_pages":"x"},"hold":true})", body_format::json, open);
  EXPECT_EQ(s.status, 422U);
  EXPECT_EQ(s.errors.size(), 3U);
  EXPECT_NE(paths(s).find("scope.max_dept"), std::string::npos) << paths(s);
  EXPECT_NE(paths(s).find("scope.max_pages"), std::string::npos);
  EXPECT_NE(paths(s).find("hold"), std::string::npos);
}

TEST(Submission, TextThatIsNoDocumentIsAnotherError) {
  EXPECT_EQ(read_job("{", body_format::json, open).status, 400U);
  EXPECT_EQ(read_job("a: [", body_format::yaml, open).status, 400U);
  EXPECT_EQ(read_job("{seeds: x}", body_format::json, open).status, 400U);
  EXPECT_EQ(read_job(std::string(1'000'001, ','), body_format::yaml, open).status, 400U);
}

TEST(Submission, DeepDocumentsEndWithAMessage) {
  std::string lists, maps;
  for (int i = 0; i < 50'000; ++i) lists += "- ", maps += "? ";
  for (const std::string& deep : {std::string(100'000, '['), std::string(100'000, '{'), lists + "x", maps + "x", "a: " + std::string(100'000, '[')}) EXPECT_EQ(read_job(deep, body_format::yaml, open).status, 400U) << deep.substr(0, 10);
}

TEST(Submission, NothingLocalIsReached) {
  EXPECT_EQ(paths(read_job(R"({"seeds":["https://a/${HOME}"]})", body_format::json, open)), "seeds[0]");
  EXPECT_EQ(paths(read_job(R"({"seed_files":["/etc/passwd"],"seeds":["https://a/"]})", body_format::json, open)), "seed_files");
  EXPECT_EQ(paths(read_job(R"({"seeds":["https://a/"],"fetch":{"private_addresses":"allow"}})", body_format::json, open)), "fetch.private_addresses");
}

TEST(Ceilings, WhatAsksForMoreIsRefusedByName) {
  const job_ceilings low{.max_pages = 10, .concurrency = 4, .duration = std::chrono::minutes(1)};
  const auto s = read_job(R"({"seeds":["https://a/"],"scope":{"max_pages":11},"fetch":{"concurrency":5},"limits":{"duration":"2m"}})", body_format::json, low);
  EXPECT_EQ(s.status, 422U);
  EXPECT_EQ(paths(s), "scope.max_pages fetch.concurrency limits.duration");
  EXPECT_EQ(paths(read_job(R"({"seeds":["https://a/"],"scope":{"max_pages":0}})", body_format::json, low)), "scope.max_pages");  // 0 asks for all
}

TEST(Ceilings, WhatIsLeftOpenTakesThem) {
  const job_ceilings low{.max_pages = 10, .concurrency = 4, .duration = std::chrono::minutes(1)};
  const auto s = read_job(R"({"seeds":["https://a/"]})", body_format::json, low);
  EXPECT_TRUE(s.errors.empty()) << paths(s);
  EXPECT_EQ(s.job.scope.max_pages, 10U);
  EXPECT_EQ(s.job.fetch.concurrency, 4U);
  EXPECT_EQ(s.job.limits.duration, std::chrono::minutes(1));
}

TEST(Ceilings, WhatOnlyAnOperatorAllows) {
  const std::string job = R"({"seeds":["https://a/"],"politeness":{"robots":"ignore"},"fetch":{"tls":{"verify":false},"resolve":{"a":"192.0.2.1"}}})";
  EXPECT_EQ(paths(read_job(job, body_format::json, open)), "politeness.robots fetch.tls.verify fetch.resolve");
  EXPECT_EQ(paths(read_job(job, body_format::json, {.robots_ignore = true, .tls_unverified = true, .resolve = true})), "");
  EXPECT_EQ(paths(read_job(R"({"seeds":["https://a/"],"politeness":{"robots":"obey"}})", body_format::json, open)), "");
}

TEST(JobCost, PatternsAreCountedBeforeTheyAreCompiled) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += (i == 0 ? "\"" : ",\"") + std::string("re:[a-z]{900}\\\\w{800}x") + std::to_string(i) + "\"";
  const auto begin = std::chrono::steady_clock::now();
  const auto s = read_job(R"({"seeds":["https://a/"],"scope":{"include":[)" + many + "]}}", body_format::json, open);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_EQ(s.status, 422U);
  ASSERT_EQ(s.errors.size(), 1U);
  EXPECT_NE(s.errors[0].message.find("at most 1000"), std::string::npos) << s.errors[0].message;
}

TEST(JobCost, LargeExpressionsAreFewAndOrdinaryOnesAreMany) {
  config::job job;
  for (int i = 0; i < 999; ++i) job.scope.include.push_back("re:^https://shop[0-9]+\\.example\\.org/p/" + std::to_string(i) + "(/|$)");
  job.extract.fields["price"].regex = "[0-9]+";
  EXPECT_FALSE(too_costly(job));
  job.extract.fields["price"].regex = "[a-z]{900}\\w{800}";
  EXPECT_FALSE(too_costly(job));
  job.rules.resize(100);
  job.scope.include.clear();
  for (auto& rule : job.rules) rule.match = "re:[a-z]{900}\\w{800}x";
  ASSERT_TRUE(too_costly(job));
  EXPECT_TRUE(too_costly(job)->path.starts_with("rules[")) << too_costly(job)->path;
  job.rules.clear();
  job.scope.exclude = {"re:(\\pL{30}){30}"};  // RE2 itself gives up on it
  ASSERT_TRUE(too_costly(job));
  EXPECT_EQ(too_costly(job)->path, "scope.exclude[0]");
  job.scope.exclude = {std::string("https://a/") + std::string(most_expression_bytes, 'a')};
  EXPECT_TRUE(too_costly(job));
}

TEST(Scrape, IsOneSeedThatNothingFollows) {
  const auto s = read_scrape(R"({"url":"https://example.org/a","politeness":{"delay":"0s"}})", open);
  EXPECT_TRUE(s.errors.empty()) << paths(s);
  ASSERT_EQ(s.job.seeds.size(), 1U);
  EXPECT_EQ(s.job.seeds[0].url, "https://example.org/a");
  EXPECT_EQ(s.job.scope.max_depth, 0U);
  EXPECT_TRUE(s.job.extract.links);
  EXPECT_FALSE(read_scrape(R"({"url":"https://a/","extract":{"links":false}})", open).job.extract.links);
}

TEST(Scrape, RefusesWhatItCantDo) {
  for (const char* bad : {R"({})", R"({"url":1})", R"({"url":"ftp://a/"})", R"({"url":"https://a/{1..3}"})", R"({"url":"https://a/","seeds":[]})", R"({"url":"https://a/","extract":{"link":true}})", "[]"})
    EXPECT_EQ(read_scrape(bad, open).status, 422U) << bad;
  EXPECT_EQ(read_scrape("{", open).status, 400U);
  EXPECT_TRUE(read_scrape(R"({"url":"https://a/?q={x}"})", open).errors.empty());
}

}  // namespace
}  // namespace trawl::server
