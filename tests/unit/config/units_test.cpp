#include "config/units.hpp"

#include <gtest/gtest.h>

namespace trawl::config {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsReadAndWrite) {
  EXPECT_EQ(parse_duration("250ms"), duration(250ms));
  EXPECT_EQ(parse_duration("1h30m"), duration(90min));
  EXPECT_EQ(parse_duration("0"), duration(0s));
  EXPECT_EQ(to_string(duration(90s)), "1m30s");
  for (const char* text : {"0.5ms", "1s0.25ms", "1d1h1m1s1ms"}) EXPECT_EQ(to_string(*parse_duration(text)), text);
  for (const char* bad : {"", "5", "-1s", "1x", "s", "1s ", "99999999999d"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Units, SizesReadAndWrite) {
  EXPECT_EQ(parse_size("64KiB")->bytes, 65536U);
  EXPECT_EQ(parse_size("10")->bytes, 10U);
  EXPECT_EQ(to_string(byte_size{16U << 20}), "16MiB");
  for (const char* bad : {"", "1kb", "-1", "KiB"}) EXPECT_FALSE(parse_size(bad)) << bad;
}

}  // namespace
}  // namespace trawl::config
