#include "crawler/net/dns/name_cache.hpp"

#include <gtest/gtest.h>

namespace trawl::net {
namespace {

using namespace std::chrono_literals;

const name_cache::time_point start{1h};
const addresses somewhere{asio::ip::make_address("192.0.2.1")};

TEST(NameCache, KeepsByTtlBetweenAMinuteAndAnHour) {
  name_cache cache;
  cache.put("short", somewhere, 0s, start);
  cache.put("middle", somewhere, 300s, start);
  cache.put("long", somewhere, 24h, start);
  const auto known = [&](const char* name, std::chrono::seconds later) { return cache.find(name, start + later) != nullptr; };
  EXPECT_TRUE(known("short", 59s) && !known("short", 60s));
  EXPECT_TRUE(known("middle", 299s) && !known("middle", 300s));
  EXPECT_TRUE(known("long", 3599s) && !known("long", 3600s));
}

TEST(NameCache, KeepsThatThereIsNoneAMinute) {
  name_cache cache;
  cache.put_none("none", {errc::dns_not_found, ""}, start);
  const auto* known = cache.find("none", start + 59s);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->error().code, errc::dns_not_found);
  EXPECT_EQ(cache.find("none", start + 60s), nullptr);
}

TEST(NameCache, LaterAnswerReplacesTheOneBefore) {
  name_cache cache;
  cache.put_none("n", {errc::dns_not_found, ""}, start);
  cache.put("n", somewhere, 100s, start + 1s);
  ASSERT_NE(cache.find("n", start + 90s), nullptr);
  EXPECT_EQ(**cache.find("n", start + 90s), somewhere);
}

TEST(NameCache, IsBoundedAndForgetsWhatEndsFirst) {
  name_cache cache(100);
  for (int i = 0; i < 1000; ++i) {
    cache.put(std::to_string(i), somewhere, std::chrono::seconds(100 + i), start);
    EXPECT_LE(cache.size(), 100U);
  }
  EXPECT_NE(cache.find("999", start), nullptr);
  EXPECT_EQ(cache.find("0", start), nullptr);
}

}  // namespace
}  // namespace trawl::net
