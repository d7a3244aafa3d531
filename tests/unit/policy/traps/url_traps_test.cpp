#include "crawler/policy/traps/url_traps.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

std::string_view trap_of(const std::string& target, config::traps settings = {}) { return url_trap(*url::parse("http://h" + target), settings); }

std::string deep(int segments) {
  std::string out;
  for (int i = 0; i < segments; ++i) out += "/s" + std::to_string(i);
  return out;
}

TEST(UrlTraps, OrdinaryUrlsShowNone) {
  for (const char* target : {"/", "/a", "/a/b/c/d/e.html", "/a/a/a", "/2026/01/01/x?a=1&b=2", "/a/b/a/b/a/b", "//a"}) EXPECT_EQ(trap_of(target), "") << target;
}

TEST(UrlTraps, SegmentsAreCounted) {
  EXPECT_EQ(trap_of(deep(20)), "");
  EXPECT_EQ(trap_of(deep(20) + "/"), "");
  EXPECT_EQ(trap_of(deep(21)), "trap.segments");
  EXPECT_EQ(trap_of("/a/b/c", {.max_segments = 2, .max_repeats = 100}), "trap.segments");
}

TEST(UrlTraps, RepeatsInARowAreCounted) {
  EXPECT_EQ(trap_of("/a/a/a/a"), "trap.repeats");
  EXPECT_EQ(trap_of("/x/a/a/a/a/y"), "trap.repeats");
  EXPECT_EQ(trap_of("/a/b/a/b/a/b/a/b"), "trap.repeats");
  EXPECT_EQ(trap_of("/a/b/c/a/b/c/a/b/c/a/b/c"), "trap.repeats");
  EXPECT_EQ(trap_of("/////x"), "trap.repeats");
  EXPECT_EQ(trap_of("/a/a", {.max_repeats = 1}), "trap.repeats");
  EXPECT_EQ(trap_of("/a/x/a/y/a/z/a"), "");
}

TEST(UrlTraps, ParametersAreCounted) {
  EXPECT_EQ(trap_of("/?a&b&c", {.max_query_params = 3}), "");
  EXPECT_EQ(trap_of("/?a&b&c&d", {.max_query_params = 3}), "trap.query");
  EXPECT_EQ(trap_of("/?a", {.max_query_params = 1}), "");
}

}  // namespace
}  // namespace trawl::policy
