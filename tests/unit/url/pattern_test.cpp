#include "crawler/url/pattern.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace trawl::url {
namespace {

TEST(Glob, StarIsAnyRunSlashesToo) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a*c", "ac"));
  EXPECT_TRUE(glob_matches("a*c", "a/b/c"));
  EXPECT_TRUE(glob_matches("*ab*ab", "abab"));
  EXPECT_FALSE(glob_matches("*ab*ab", "aab"));
  EXPECT_TRUE(glob_matches("a**", "a"));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, AllElseIsLiteral) {
  EXPECT_FALSE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("a[b]?", "a[b]?"));
  EXPECT_FALSE(glob_matches("A", "a"));
}

TEST(Glob, ManyStarsStayLinearEnough) {
  const std::string text = "http://h/" + std::string(2000, 'a');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*b", text));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500));
}

TEST(Pattern, GlobCoversTheWholeUrl) {
  EXPECT_TRUE(pattern::compile("*/product/*")->matches("http://h/product/1"));
  EXPECT_FALSE(pattern::compile("http://h/a")->matches("http://h/ab"));
}

TEST(Pattern, ExpressionIsUnanchored) {
  EXPECT_TRUE(pattern::compile("re:/p/[0-9]+$")->matches("http://h/p/12"));
  EXPECT_TRUE(pattern::compile("re:p")->matches("http://h/"));
  EXPECT_FALSE(pattern::compile("re:^https")->matches("http://h/https"));
}

TEST(Pattern, ThatMatchesNoHttpUrlIsRefusedWithAHint) {
  const auto p = pattern::compile("/private/*");
  ASSERT_FALSE(p);
  EXPECT_NE(p.error().find("*/private/*"), std::string::npos);
  EXPECT_FALSE(pattern::compile("ftp://*"));
  EXPECT_FALSE(pattern::compile("htp*"));
  for (const char* good : {"*", "h*", "http*", "https://h/*", "http://h/"}) EXPECT_TRUE(pattern::compile(good)) << good;
}

TEST(Pattern, BrokenEmptyOrEndlessTextIsRefused) {
  EXPECT_FALSE(pattern::compile("re:("));
  EXPECT_FALSE(pattern::compile(""));
  EXPECT_FALSE(pattern::compile("*" + std::string(1024, 'a')));
}

TEST(Pattern, CopiesShareTheirProgram) {
  const pattern original = *pattern::compile("re:a+");
  const pattern copy = original;  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  EXPECT_TRUE(copy.matches("xaax"));
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

}  // namespace
}  // namespace trawl::url
