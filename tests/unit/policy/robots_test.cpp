#include "crawler/policy/robots.hpp"

#include <gtest/gtest.h>

using trawl::policy::robots;

namespace {
bool allowed(std::string_view file, std::string_view path) { return robots::parse(file, "trawl").check(path).allowed; }
}  // namespace

TEST(robots, longest_rule_wins_and_allow_wins_ties) {
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/c"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a\nallow: /a", "/a"));
}

TEST(robots, named_group_hides_star_even_if_empty) { EXPECT_TRUE(allowed("user-agent: *\ndisallow: /\n\nuser-agent: Trawl/2\n", "/x")); }

TEST(robots, unknown_lines_do_not_end_a_group) { EXPECT_FALSE(allowed("user-agent: trawl\nsitemap: /s\nuser-agent: b\ndisallow: /", "/x")); }

TEST(robots, wildcards_and_escapes) {
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /*.gif$", "/x/y.gif"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /*.gif$", "/x/y.gif?a"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /%62", "/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a%2Ab", "/a*b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /\xC3\xA9", "/%c3%a9"));
}

TEST(robots, line_ends_byte_order_mark_and_crawl_delay) {
  const auto r = robots::parse("\xEF\xBBuser-agent: *\rcrawl-delay: 1.5\r\ndisalow: /x # no", "trawl");
  EXPECT_EQ(r.crawl_delay(), std::chrono::milliseconds(1500));
  EXPECT_EQ(r.check("/x").line, 3);
  EXPECT_EQ(r.check("/x").rule, "Disallow: /x");
}

TEST(robots, robots_txt_itself_is_allowed) { EXPECT_TRUE(allowed("user-agent: *\ndisallow: /", "/robots.txt")); }
