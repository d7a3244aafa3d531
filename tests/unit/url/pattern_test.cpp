#include "crawler/url/pattern.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "crawler/url/expand.hpp"

namespace trawl::url {
namespace {

std::vector<std::string> all(std::string text) {
  std::vector<std::string> out;
  for (auto&& s : expand(std::move(text))) out.push_back(s);
  return out;
}

TEST(Pattern, GlobCoversTheWholeUrl) {
  EXPECT_TRUE(pattern::compile("*/product/*")->matches("http://h/product/1"));
  EXPECT_FALSE(pattern::compile("http://h/a")->matches("http://h/ab"));
  EXPECT_TRUE(pattern::compile("re:/p/[0-9]+$")->matches("http://h/p/12"));
}

TEST(Pattern, ThatMatchesNoHttpUrlIsRefused) {
  const auto p = pattern::compile("/private/*");
  ASSERT_FALSE(p);
  EXPECT_NE(p.error().find("*/private/*"), std::string::npos);
  EXPECT_FALSE(pattern::compile("re:("));
  EXPECT_TRUE(pattern::compile("h*"));
}

TEST(Pattern, ThatNoNormalisedUrlLooksLikeIsRefused) {
  for (const char* bad : {"http://h", "http://Example.org/*", "http://h:80/*", "https://h:443/*", "http://h/a/../b", "http://h/a b", "*#top", "*\xC3\xBC*", "*<b>*", "re:^/shop/", "re:^ftp:", "re:^HTTP"})
    EXPECT_FALSE(pattern::compile(bad)) << bad;
  EXPECT_NE(pattern::compile("http://Example.org/*").error().find("did you mean 'http://example.org/*'"), std::string::npos);
}

TEST(Pattern, ThatCanMatchSomethingIsTaken) {
  for (const char* good : {"*", "http*", "http://*", "https://*.example.org/*", "http://h*", "http://h:8080/*", "*?q={x}*", "re:x$", "re:^", "re:^(a)?", "re:^h", "re:^http", "re:^https?://h/",
                           "re:(?i)^HTTP", "re:^/x|y", "re:[?&]sort=", "re:.*"})
    EXPECT_TRUE(pattern::compile(good)) << good;
}

TEST(Pattern, ManyStarsStayLinearEnough) {
  const std::string text = "http://h/" + std::string(2000, 'a');
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(Expand, RangesListsAndPadding) {
  EXPECT_EQ(all("http://h/{08..10}"), (std::vector<std::string>{"http://h/08", "http://h/09", "http://h/10"}));
  EXPECT_EQ(all("{3..1..2}/{x,y}"), (std::vector<std::string>{"3/x", "3/y", "1/x", "1/y"}));
  EXPECT_EQ(all("http://h/{json}"), (std::vector<std::string>{"http://h/{json}"}));
  EXPECT_FALSE(check_expand("{1..5..0}"));
}

TEST(Expand, ABillionCostsNothing) {
  std::size_t n = 0;
  for (auto&& s : expand("http://h/{1..1000000000}")) {
    ASSERT_FALSE(s.empty());
    if (++n == 1000) break;
  }
  EXPECT_EQ(n, 1000U);
}

}  // namespace
}  // namespace trawl::url
