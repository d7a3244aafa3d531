#include "crawler/model/error.hpp"

#include <gtest/gtest.h>

namespace trawl {
namespace {

TEST(ErrorCode, NameAndCodeAreInverse) {
  for (int i = 0; i <= static_cast<int>(errc::cancelled); ++i) {
    errc back = errc::internal;
    ASSERT_TRUE(from_string(to_string(static_cast<errc>(i)), back));
    EXPECT_EQ(static_cast<int>(back), i);
  }
  errc none{};
  EXPECT_FALSE(from_string("dns", none));
}

TEST(ErrorCode, RefusalsAreNotRetried) {
  EXPECT_TRUE(is_retryable(errc::connect_reset));
  EXPECT_FALSE(is_retryable(errc::tls_certificate));
  EXPECT_FALSE(is_retryable(errc::robots_disallowed));
}

}  // namespace
}  // namespace trawl
