#include "crawler/policy/scope.hpp"

#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

/// The rule that keeps a URL out; "" where it may be fetched.
std::string refusal(scope& s, std::string_view url, std::uint32_t depth = 1) { return std::string(s.admits(*url::parse(url), depth, false).rule); }

scope seeded(const config::scope& settings, std::string_view seed) {
  scope out(settings);
  EXPECT_TRUE(out.admits(*url::parse(seed), 0, true).allowed);
  return out;
}

TEST(Scope, WithinHostIsNameAndPortWithWebPortsAsOne) {
  scope s = seeded({.within = config::within_mode::host}, "http://www.example.com/a");
  EXPECT_EQ(refusal(s, "https://www.example.com/b"), "");
  EXPECT_EQ(refusal(s, "http://www.example.com:443/b"), "");
  EXPECT_EQ(refusal(s, "http://www.example.com:8080/b"), "scope.within");
  EXPECT_EQ(refusal(s, "http://example.com/b"), "scope.within");
}

TEST(Scope, WithinDomainIsRegistrable) {
  scope s = seeded({.within = config::within_mode::domain}, "http://www.example.co.uk/");
  EXPECT_EQ(refusal(s, "https://shop.example.co.uk:8443/"), "");
  EXPECT_EQ(refusal(s, "http://other.co.uk/"), "scope.within");
  scope address = seeded({.within = config::within_mode::domain}, "http://10.0.0.1/");
  EXPECT_EQ(refusal(address, "http://11.0.0.1/"), "scope.within");
}

TEST(Scope, WithinPrefixIsTheSeedsDirectory) {
  scope s = seeded({.within = config::within_mode::prefix}, "http://h.test/docs/v1/index.html");
  EXPECT_EQ(refusal(s, "http://h.test/docs/v1/"), "");
  EXPECT_EQ(refusal(s, "http://h.test/docs/v1/a/b/c?q"), "");
  EXPECT_EQ(refusal(s, "http://h.test/docs/v1"), "scope.within");
  EXPECT_EQ(refusal(s, "http://h.test/docs/v10/"), "scope.within");
  EXPECT_EQ(refusal(s, "http://h.test/docs/"), "scope.within");
  EXPECT_EQ(refusal(s, "http://other.test/docs/v1/"), "scope.within");
}

TEST(Scope, WithinAnyAdmitsAll) {
  scope s = seeded({.within = config::within_mode::any}, "http://h.test/");
  EXPECT_EQ(refusal(s, "https://elsewhere.example/"), "");
}

TEST(Scope, EachSeedWidensIt) {
  scope s = seeded({}, "http://a.test/");
  EXPECT_EQ(refusal(s, "http://b.test/x"), "scope.within");
  EXPECT_TRUE(s.admits(*url::parse("http://b.test/"), 0, true).allowed);
  EXPECT_EQ(refusal(s, "http://b.test/x"), "");
}

TEST(Scope, JoinAdmitsWhereASeedRedirects) {
  scope s = seeded({}, "http://example.com/");
  s.join(*url::parse("https://www.example.com/home"));
  EXPECT_EQ(refusal(s, "https://www.example.com/x"), "");
}

TEST(Scope, IncludeIsForLinksOnly) {
  scope s = seeded({.include = {"*/p/*", "re:/q$"}}, "http://h.test/");
  EXPECT_EQ(refusal(s, "http://h.test/p/1"), "");
  EXPECT_EQ(refusal(s, "http://h.test/q"), "");
  EXPECT_EQ(refusal(s, "http://h.test/z"), "scope.include");
}

TEST(Scope, ExcludeWinsOverIncludeAndSeeds) {
  scope s({.include = {"*/p/*"}, .exclude = {"*/p/private*"}});
  EXPECT_TRUE(s.admits(*url::parse("http://h.test/"), 0, true).allowed);
  EXPECT_EQ(refusal(s, "http://h.test/p/private/1"), "scope.exclude");
  EXPECT_EQ(s.admits(*url::parse("http://h.test/p/private"), 0, true).rule, "scope.exclude");
}

TEST(Scope, RefusedSeedDoesNotJoin) {
  scope s({.exclude = {"*secret*"}});
  EXPECT_FALSE(s.admits(*url::parse("http://h.test/secret"), 0, true).allowed);
  EXPECT_EQ(refusal(s, "http://h.test/open"), "scope.within");
}

TEST(Scope, PatternsSeeTheUrlWithoutItsFragment) {
  scope s = seeded({.exclude = {"*private*"}}, "http://h.test/");
  EXPECT_EQ(refusal(s, "http://h.test/a#private"), "");
}

TEST(Scope, DepthCountsFromSeedsWhichAreExempt) {
  scope s({.max_depth = 1});
  EXPECT_TRUE(s.admits(*url::parse("http://h.test/"), 5, true).allowed);
  EXPECT_EQ(refusal(s, "http://h.test/a", 1), "");
  EXPECT_EQ(refusal(s, "http://h.test/a", 2), "scope.max_depth");
  scope none = seeded({.max_depth = 0}, "http://h.test/");
  EXPECT_EQ(refusal(none, "http://h.test/a", 1), "scope.max_depth");
  scope endless = seeded({}, "http://h.test/");
  EXPECT_EQ(refusal(endless, "http://h.test/a", 1'000'000), "");
}

TEST(Scope, UrlLengthIsBoundedForAll) {
  scope s({.max_url_length = 20});
  EXPECT_TRUE(s.admits(*url::parse("http://h.test/12345"), 0, true).allowed);
  EXPECT_EQ(s.admits(*url::parse("http://h.test/1234567"), 0, true).rule, "scope.max_url_length");
}

}  // namespace
}  // namespace trawl::policy
