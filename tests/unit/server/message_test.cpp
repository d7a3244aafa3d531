#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/http/message.hpp"
#include "server/http/router.hpp"

namespace trawl::server::http {
namespace {

TEST(Target, IsSplitAndDecoded) {
  request r;
  ASSERT_TRUE(split_target("/a%20b/c+d?x=1+2&y=%26&z&=q&x=2", r));
  EXPECT_EQ(r.path, "/a b/c+d");
  EXPECT_EQ(r.parameter("x"), "1 2");
  EXPECT_EQ(r.parameter("y"), "&");
  EXPECT_EQ(r.parameter("z"), "");
  EXPECT_EQ(r.parameter("w"), std::nullopt);
}

TEST(Target, BrokenEscapesAreRefused) {
  for (const char* bad : {"/%", "/%2", "/%zz", "/?a=%1"}) {
    request r;
    EXPECT_FALSE(split_target(bad, r)) << bad;
  }
}

// RFC 9457, 3.1: type, title, status, detail; about:blank's title is the status's phrase (4.2.1).
TEST(Rfc9457, ProblemsSayWhatAndWhere) {
  const answer a = problem(422, "the job can't run here", {{"scope.max_pages", "at most \"10\""}});
  EXPECT_EQ(a.content_type, "application/problem+json");
  const auto j = nlohmann::json::parse(a.body);
  EXPECT_EQ(j["type"], "about:blank");
  EXPECT_EQ(j["title"], "Unprocessable Entity");
  EXPECT_EQ(j["status"], 422);
  EXPECT_EQ(j["errors"][0]["path"], "scope.max_pages");
  EXPECT_EQ(j["errors"][0]["message"], "at most \"10\"");
  EXPECT_FALSE(nlohmann::json::parse(problem(404, "x").body).contains("errors"));
}

boost::asio::awaitable<answer> nothing(const request&) { co_return answer{}; }

router sample() {
  router r;
  r.add("GET", "/", {.handle = nothing});
  r.add("GET", "/jobs", {.handle = nothing});
  r.add("POST", "/jobs", {.handle = nothing});
  r.add("GET", "/jobs/{id}", {.handle = nothing});
  r.add("POST", "/jobs/{id}/cancel", {.handle = nothing});
  return r;
}

TEST(Router, FindsByMethodAndPath) {
  const router r = sample();
  EXPECT_NE(r.find("GET", "/").to, nullptr);
  const auto found = r.find("GET", "/jobs/j1");
  ASSERT_NE(found.to, nullptr);
  EXPECT_EQ(found.parts.at("id"), "j1");
  EXPECT_EQ(r.find("HEAD", "/jobs").to, r.find("GET", "/jobs").to);
}

TEST(Router, SaysWhichMethodsAPathKnows) {
  const router r = sample();
  const auto found = r.find("PUT", "/jobs");
  EXPECT_EQ(found.to, nullptr);
  EXPECT_EQ(found.allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(r.find("HEAD", "/jobs/a/cancel").to, nullptr);
}

TEST(Router, OtherPathsAreNone) {
  const router r = sample();
  for (const char* path : {"/job", "/jobs/", "//jobs", "/jobs/a/b", "/jobs/a/cancel/", ""}) EXPECT_TRUE(r.find("GET", path).allow.empty() || std::string(path).empty()) << path;
}

}  // namespace
}  // namespace trawl::server::http
