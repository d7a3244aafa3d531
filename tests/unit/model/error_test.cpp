#include "crawler/model/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace trawl {
namespace {

std::set<std::string> all_names() {
  std::set<std::string> out;
  for (int i = 0; i <= static_cast<int>(errc::cancelled); ++i) out.insert(std::string(to_string(static_cast<errc>(i))));
  return out;
}

TEST(ErrorCode, NameAndCodeAreInverse) {
  for (int i = 0; i <= static_cast<int>(errc::cancelled); ++i) {
    errc back = errc::internal;
    ASSERT_TRUE(from_string(to_string(static_cast<errc>(i)), back));
    EXPECT_EQ(static_cast<int>(back), i);
  }
  errc none{};
  EXPECT_FALSE(from_string("dns", none));
}

TEST(ErrorCode, NamesAreThoseOfTheContract) {
  EXPECT_EQ(all_names(), (std::set<std::string>{"dns.not_found",           "dns.timeout",        "dns.failed",         "connect.refused",    "connect.timeout",    "connect.reset",
                                                "connect.unreachable",     "connect.blocked_address", "tls.certificate", "tls.handshake",     "http.malformed",     "http.header_too_large",
                                                "http.too_many_redirects", "http.redirect_out_of_scope", "timeout.first_byte", "timeout.total", "timeout.too_slow",  "body.too_large",
                                                "body.truncated",          "body.decode",        "robots.disallowed",  "robots.unreachable", "proxy.refused",      "proxy.auth",
                                                "login.failed",            "host.skipped",       "url.invalid",        "internal",           "cancelled"}));
}

TEST(ErrorCode, RefusalsAreNotRetried) {
  EXPECT_TRUE(is_retryable(errc::connect_reset));
  EXPECT_FALSE(is_retryable(errc::tls_certificate));
  EXPECT_FALSE(is_retryable(errc::robots_disallowed));
}

}  // namespace
}  // namespace trawl
