#include "crawler/policy/robots_answer.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

response answer_of(int status, truncation cut = truncation::none) {
  response out;
  out.status = status;
  out.truncated = cut;
  return out;
}

// RFC 9309, 2.3.1.1 to 2.3.1.4
TEST(RobotsAnswer, StatusDecidesWhetherItIsObeyedAbsentOrUnreachable) {
  for (const int status : {200, 203, 206, 299}) EXPECT_EQ(judge_robots(answer_of(status)), robots_answer::obey) << status;
  for (const int status : {300, 304, 400, 401, 403, 404, 410, 451, 499}) EXPECT_EQ(judge_robots(answer_of(status)), robots_answer::allow_all) << status;
  for (const int status : {429, 500, 503, 599, 999, 150, 0}) EXPECT_EQ(judge_robots(answer_of(status)), robots_answer::unreachable) << status;
}

TEST(RobotsAnswer, BodyThatBrokeOffIsNotObeyed) {
  EXPECT_EQ(judge_robots(answer_of(200, truncation::disconnect)), robots_answer::unreachable);
  EXPECT_EQ(judge_robots(answer_of(200, truncation::time)), robots_answer::unreachable);
  EXPECT_EQ(judge_robots(answer_of(200, truncation::length)), robots_answer::obey);  // 2.5: our own limit
}

TEST(RobotsAnswer, BodyInAnUnknownCodingIsNotObeyed) {
  response odd = answer_of(200);
  odd.headers = {{"Content-Encoding", "compress"}};
  odd.body = std::string("\x1F\x9D\x00\x01", 4);
  EXPECT_EQ(judge_robots(odd), robots_answer::unreachable);
  odd.body = "User-agent: *\n";  // "utf-8" is what some servers write there
  EXPECT_EQ(judge_robots(odd), robots_answer::obey);
  odd.headers = {{"Content-Encoding", "br"}};
  odd.body = std::string("\x00", 1);  // undone by the client already
  EXPECT_EQ(judge_robots(odd), robots_answer::obey);
}

// RFC 9309, 2.4: "Crawlers SHOULD NOT use the cached version for more than 24 hours, unless the robots.txt file is unreachable."
TEST(RobotsAnswer, LifetimeIsMaxAgeWithinAnHourAndADay) {
  EXPECT_EQ(robots_lifetime(""), 24h);
  EXPECT_EQ(robots_lifetime("public"), 24h);
  EXPECT_EQ(robots_lifetime("max-age=7200"), 2h);
  EXPECT_EQ(robots_lifetime("public, MAX-AGE = \"7200\" , must-revalidate"), 2h);
  EXPECT_EQ(robots_lifetime("max-age=0"), 1h);
  EXPECT_EQ(robots_lifetime("max-age=31536000"), 24h);
  EXPECT_EQ(robots_lifetime("max-age=99999999999999999999"), 24h);
  EXPECT_EQ(robots_lifetime("no-cache, max-age=7200"), 1h);
  EXPECT_EQ(robots_lifetime("no-store"), 1h);
  EXPECT_EQ(robots_lifetime("s-maxage=7200"), 24h);
  for (const char* odd : {"max-age", "max-age=", "max-age=-5", "max-age=7x", ",,,=,", "max-age=\""}) EXPECT_EQ(robots_lifetime(odd), 24h) << odd;
}

TEST(RobotsAnswer, UnreachableOneIsAskedAgainEverMoreSeldom) {
  EXPECT_EQ(robots_asked_again_after(1), 1min);
  EXPECT_EQ(robots_asked_again_after(2), 2min);
  EXPECT_EQ(robots_asked_again_after(6), 32min);
  EXPECT_EQ(robots_asked_again_after(7), 1h);
  EXPECT_EQ(robots_asked_again_after(4'000'000'000U), 1h);
}

}  // namespace
}  // namespace trawl::policy
