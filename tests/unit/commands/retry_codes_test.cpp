#include "server/crawl/retry_codes.hpp"

#include <gmock/gmock.h>

namespace trawl::server {
namespace {

using ::testing::HasSubstr;

bool is_retried(std::string_view list, std::string_view record) {
  const auto codes = retry_codes::parse(list);
  return codes.has_value() && codes->match(record);
}

TEST(RetryCodes, MatchErrorsAndStatuses) {
  constexpr std::string_view refused = R"({"status":null,"error":{"code":"connect.refused","message":"x"},"outcome":"new"})";
  constexpr std::string_view broken = R"({"status":502,"outcome":"new"})";
  EXPECT_TRUE(is_retried("connect.refused", refused));
  EXPECT_TRUE(is_retried("timeout.*, connect.*", refused));
  EXPECT_TRUE(is_retried("*", refused));
  EXPECT_FALSE(is_retried("timeout.*,5xx", refused));
  EXPECT_TRUE(is_retried("5xx", broken));
  EXPECT_TRUE(is_retried("404,502", broken));
  EXPECT_FALSE(is_retried("4xx,503,*", broken));
  EXPECT_TRUE(is_retried("body.*", R"({"status":200,"error":{"code":"body.truncated","message":""},"outcome":"new"})"));
  EXPECT_TRUE(is_retried("200", R"({"status":200,"error":{"code":"body.truncated","message":""},"outcome":"new"})"));
}

TEST(RetryCodes, LookAtTheRecordItself) {
  EXPECT_FALSE(is_retried("5xx", R"({"meta":{"status":503,"error":{"code":"internal"}},"status":200,"outcome":"new","redirects":[{"url":"u","status":503}]})"));
  EXPECT_FALSE(is_retried("internal", R"({"meta":{"error":{"code":"internal"}},"status":200,"outcome":"new","items":[{"error":{"code":"internal"}}]})"));
  EXPECT_FALSE(is_retried("5xx", R"({"url":"\"status\":503","status":200,"outcome":"new"})"));
  EXPECT_FALSE(is_retried("5xx", "broken"));
}

TEST(RetryCodes, RefuseWhatIsNoCode) {
  EXPECT_THAT(retry_codes::parse("").error(), HasSubstr("names no code"));
  EXPECT_THAT(retry_codes::parse(" , ").error(), HasSubstr("names no code"));
  EXPECT_THAT(retry_codes::parse("5xx,dns.notfound").error(), HasSubstr("'dns.notfound' is no error code"));
  for (const char* wrong : {"6xx", "5x", "50", "5000", "timeout", "x*"}) EXPECT_FALSE(retry_codes::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace trawl::server
