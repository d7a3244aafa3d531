#include "crawler/policy/retry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

constexpr system_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

TEST(Retry, StatusesAreClassedAsTheContractSays) {
  const std::set<int> holds = {429, 503}, retries = {408, 425, 500, 502, 504, 522, 524};
  for (int status = 100; status <= 999; ++status) {
    const retry_class expected = holds.contains(status) ? retry_class::hold : retries.contains(status) ? retry_class::retry : retry_class::final;
    EXPECT_EQ(classify(status), expected) << status;
  }
}

TEST(Retry, OnlyTroubleThatMayPassIsTriedAgain) {
  for (const errc code : {errc::dns_timeout, errc::connect_reset, errc::connect_timeout, errc::tls_handshake, errc::timeout_first_byte, errc::body_truncated})
    EXPECT_EQ(classify(error{code, ""}), retry_class::retry) << to_string(code);
  for (const errc code : {errc::connect_blocked_address, errc::tls_certificate, errc::http_malformed, errc::http_too_many_redirects, errc::robots_disallowed, errc::url_invalid, errc::cancelled})
    EXPECT_EQ(classify(error{code, ""}), retry_class::final) << to_string(code);
}

TEST(RetryAfter, Seconds) {  // RFC 9110, 10.2.3
  EXPECT_EQ(retry_after("120", now), 120s);
  EXPECT_EQ(retry_after(" 0\t", now), 0s);
  EXPECT_EQ(retry_after("99999999999999999999999", now, 1h), 1h);
}

TEST(RetryAfter, EveryFormOfADate) {  // RFC 9110, 5.6.7
  for (const char* form : {"Thu, 01 Jan 2026 00:01:00 GMT", "Thursday, 01-Jan-26 00:01:00 GMT", "Thu Jan  1 00:01:00 2026"}) EXPECT_EQ(retry_after(form, now), 60s) << form;
}

TEST(RetryAfter, PastIsNowAndFarFutureTheCeiling) {
  EXPECT_EQ(retry_after("Wed, 31 Dec 2025 23:00:00 GMT", now), 0s);
  EXPECT_EQ(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now, 1h), 1h);
  EXPECT_EQ(retry_after("Mon, 01 Jan 1601 00:00:00 GMT", now), 0s);
}

TEST(RetryAfter, AnythingElseIsNone) {
  for (const char* bad : {"", " ", "-5", "1.5", "soon", "5s", "Thu, 32 Jan 2026 00:00:00 GMT", "1 Jan 2026"}) EXPECT_EQ(retry_after(bad, now), std::nullopt) << bad;
}

}  // namespace
}  // namespace trawl::policy
