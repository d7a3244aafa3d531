#include "server/client/failure.hpp"

#include <gmock/gmock.h>

namespace trawl::server::client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// RFC 9457, 3: type, title, status, detail; errors is the contract's.
TEST(Rfc9457Problem, IsOneMessageWithALineForEachError) {
  const failure got = from_answer(422, R"({"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"the job can't run here",
    "errors":[{"path":"scope.max_dept","message":"unknown key; did you mean 'max_depth'?"},{"path":"","message":"line 1"}]})");
  EXPECT_EQ(got.message, "422 Unprocessable Entity: the job can't run here\n  scope.max_dept: unknown key; did you mean 'max_depth'?\n  line 1");
  EXPECT_EQ(got.exit_code(), 2);
}

TEST(Rfc9457Problem, ForeignTextIsEscapedAndCut) {
  const failure got = from_answer(400, R"({"title":"\u001b[2Jx","detail":")" + std::string(5000, 'y') + R"(","errors":[1,{"path":7,"message":null}]})");
  EXPECT_THAT(got.message, Not(HasSubstr("\x1b")));
  EXPECT_LT(got.message.size(), 1200U);
}

TEST(Rfc9457Problem, AnAnswerThatIsNoneNamesTheVariable) {
  EXPECT_THAT(from_answer(502, "<html>bad gateway</html>").message, HasSubstr("TRAWL_URL"));
  EXPECT_THAT(from_answer(401, R"({"title":"Unauthorized"})").message, HasSubstr("TRAWL_TOKEN"));
}

TEST(Failure, ExitCodesSayWhetherTheSameCommandMayWorkLater) {
  const auto code = [](unsigned status) { return from_answer(status, "{}").exit_code(); };
  for (const unsigned status : {400U, 401U, 403U, 404U, 413U, 415U, 422U}) EXPECT_EQ(code(status), 2) << status;
  EXPECT_EQ(code(409), 1);
  for (const unsigned status : {408U, 429U, 500U, 503U, 507U}) EXPECT_EQ(code(status), 3) << status;
  EXPECT_EQ((failure{failure::kind::unreachable, ""}).exit_code(), 3);
  EXPECT_EQ((failure{failure::kind::lost, ""}).exit_code(), 3);
  EXPECT_EQ((failure{failure::kind::untrusted, ""}).exit_code(), 2);
}

TEST(Failure, OnlyWhatMayPassIsTriedAgain) {
  EXPECT_TRUE((failure{failure::kind::lost, ""}).may_pass());
  EXPECT_TRUE(from_answer(503, "{}").may_pass());
  EXPECT_FALSE(from_answer(404, "{}").may_pass());
  EXPECT_FALSE((failure{failure::kind::untrusted, ""}).may_pass());
}

TEST(RetryPace, DoublesUpToFiveSecondsUntilPatienceEnds) {
  const retry_pace::clock::time_point start{};
  retry_pace pace(60s, start);
  auto now = start;
  std::vector<std::chrono::milliseconds> waits;
  while (const auto wait = pace.after_failure(now)) {
    waits.push_back(*wait);
    now += *wait;
  }
  EXPECT_EQ(now - start, 60s);
  EXPECT_EQ(std::vector(waits.begin(), waits.begin() + 6), (std::vector<std::chrono::milliseconds>{250ms, 500ms, 1s, 2s, 4s, 5s}));
}

TEST(RetryPace, ASuccessBeginsAnew) {
  const retry_pace::clock::time_point start{};
  retry_pace pace(10s, start);
  pace.after_failure(start + 9s);
  pace.succeeded(start + 9500ms);
  EXPECT_EQ(pace.after_failure(start + 10s), 250ms);
  EXPECT_EQ(pace.after_failure(start + 19500ms), std::nullopt);
}

}  // namespace
}  // namespace trawl::server::client
