// RFC 6265bis, section 5: what is stored, and what goes back where.
#include "crawler/policy/cookie_jar.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

constexpr wall_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// A jar and the URLs it talks to.
struct bench {
  bool set(std::string_view url, std::string_view line) { return jar.store(*url::parse(url), line, now); }
  std::string sent(std::string_view url, wall_clock::duration later = 0s) const { return jar.header_for(*url::parse(url), now + later); }
  cookie_jar jar;
};

TEST(CookieJar, GivesBackWhatItGot) {
  bench b;
  EXPECT_TRUE(b.set("http://h.test/", "  a = x=y ; HttpOnly; SameSite=Lax; Unknown=1"));
  EXPECT_EQ(b.sent("http://h.test/any?q"), "a=x=y");
  EXPECT_EQ(b.sent("http://other.test/"), "");
}

TEST(CookieJar, PortsAndSchemesShareCookies) {
  bench b;
  b.set("http://h.test:8080/", "a=1");
  EXPECT_EQ(b.sent("https://h.test/"), "a=1");
}

TEST(CookieJar, NamelessCookiesAreTheirValue) {  // 5.6, step 3
  bench b;
  EXPECT_TRUE(b.set("http://h.test/", "token"));
  EXPECT_EQ(b.sent("http://h.test/"), "token");
  EXPECT_TRUE(b.set("http://h.test/", "=second"));
  EXPECT_EQ(b.sent("http://h.test/"), "second");
  EXPECT_FALSE(b.set("http://h.test/", "="));
  EXPECT_FALSE(b.set("http://h.test/", ""));
}

TEST(CookieJar, ControlBytesAndOverlongOnesAreRefused) {
  bench b;
  EXPECT_FALSE(b.set("http://h.test/", "a=x\x01y"));
  EXPECT_FALSE(b.set("http://h.test/", std::string("a=x\0y", 5)));
  EXPECT_FALSE(b.set("http://h.test/", "a=1; path=/\x7F"));
  EXPECT_TRUE(b.set("http://h.test/", "a=x\ty"));
  EXPECT_TRUE(b.set("http://h.test/", "a=" + std::string(4095, 'x')));
  EXPECT_FALSE(b.set("http://h.test/", "a=" + std::string(4096, 'x')));
}

TEST(CookieJar, OverlongAttributesAreIgnoredNotTheCookie) {
  bench b;
  EXPECT_TRUE(b.set("http://h.test/d/", "a=1; Path=/" + std::string(1024, 'p')));
  EXPECT_EQ(b.sent("http://h.test/d/"), "a=1");
}

TEST(CookieJar, DomainAttributeReachesSubdomainsOnly) {  // 5.1.3
  bench b;
  EXPECT_TRUE(b.set("http://www.example.com/", "a=1; Domain=.EXAMPLE.com"));
  EXPECT_EQ(b.sent("http://example.com/"), "a=1");
  EXPECT_EQ(b.sent("http://deep.www.example.com/"), "a=1");
  EXPECT_EQ(b.sent("http://badexample.com/"), "");
  EXPECT_TRUE(b.set("http://www.example.com/", "b=2"));
  EXPECT_EQ(b.sent("http://sub.www.example.com/"), "a=1");  // b is for its host alone
}

TEST(CookieJar, DomainOfSomebodyElseIsRefused) {
  bench b;
  EXPECT_FALSE(b.set("http://www.example.com/", "a=1; Domain=other.com"));
  EXPECT_FALSE(b.set("http://www.example.com/", "a=1; Domain=sub.www.example.com"));
  EXPECT_FALSE(b.set("http://www.example.com/", "a=1; Domain=ample.com"));
  EXPECT_EQ(b.jar.size(), 0U);
}

TEST(CookieJar, PublicSuffixesTakeNoCookies) {
  bench b;
  EXPECT_FALSE(b.set("http://www.example.co.uk/", "a=1; Domain=co.uk"));
  EXPECT_FALSE(b.set("http://user.github.io/", "a=1; Domain=github.io"));
  EXPECT_FALSE(b.set("http://www.example.com/", "a=1; Domain=com"));
}

TEST(CookieJar, PublicSuffixThatIsAHostKeepsItsCookieToItself) {  // 5.7, step 9
  bench b;
  EXPECT_TRUE(b.set("http://github.io/", "a=1; Domain=github.io"));
  EXPECT_EQ(b.sent("http://github.io/"), "a=1");
  EXPECT_EQ(b.sent("http://user.github.io/"), "");
}

TEST(CookieJar, DomainIsMappedBeforeItIsLookedUp) {  // CVE-2023-46218
  bench b;
  EXPECT_FALSE(b.set("http://www.example.co.uk/", "a=1; Domain=CO.UK"));
  EXPECT_FALSE(b.set("http://www.example.co.uk/", "a=1; Domain=co%2Euk"));
  EXPECT_TRUE(b.set("http://www.xn--bcher-kva.example/", "a=1; Domain=b\xC3\xBC" "cher.example"));
  EXPECT_EQ(b.sent("http://xn--bcher-kva.example/"), "a=1");
}

TEST(CookieJar, AddressesHaveNoSubdomains) {
  bench b;
  EXPECT_TRUE(b.set("http://127.0.0.1/", "a=1; Domain=127.0.0.1"));
  EXPECT_FALSE(b.set("http://127.0.0.1/", "b=1; Domain=0.0.1"));
  EXPECT_TRUE(b.set("http://[::1]/", "c=1"));
  EXPECT_EQ(b.sent("http://127.0.0.1/"), "a=1");
  EXPECT_EQ(b.sent("http://[::1]/"), "c=1");
}

TEST(CookieJar, PathDefaultsToTheDirectoryAndMatchesAtSlashes) {  // 5.1.4
  bench b;
  b.set("http://h.test/docs/page", "a=1");
  EXPECT_EQ(b.sent("http://h.test/docs"), "a=1");
  EXPECT_EQ(b.sent("http://h.test/docs/x/y"), "a=1");
  EXPECT_EQ(b.sent("http://h.test/docsx"), "");
  EXPECT_EQ(b.sent("http://h.test/"), "");
  b.set("http://h.test/page", "b=1");
  EXPECT_EQ(b.sent("http://h.test/zzz"), "b=1");
  b.set("http://h.test/docs/page", "c=1; Path=relative");
  EXPECT_EQ(b.sent("http://h.test/docs/"), "a=1; c=1; b=1");
}

TEST(CookieJar, LongerPathsGoFirstThenOlderOnes) {  // 5.8.3
  bench b;
  b.set("http://h.test/", "old=1; Path=/");
  b.set("http://h.test/", "new=1; Path=/");
  b.set("http://h.test/", "deep=1; Path=/a/b");
  b.set("http://h.test/", "old=2; Path=/");  // keeps its age
  EXPECT_EQ(b.sent("http://h.test/a/b/c"), "deep=1; old=2; new=1");
}

TEST(CookieJar, MaxAgeWinsOverExpires) {  // 5.6.2
  bench b;
  b.set("http://h.test/", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60");
  EXPECT_EQ(b.sent("http://h.test/", 59s), "a=1");
  EXPECT_EQ(b.sent("http://h.test/", 60s), "");
}

TEST(CookieJar, ExpiredOnesDelete) {
  bench b;
  for (const char* end : {"a=; Max-Age=0", "a=; Max-Age=-1", "a=; Max-Age=-99999999999999999999", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}) {
    b.set("http://h.test/", "a=1");
    ASSERT_EQ(b.jar.size(), 1U);
    b.set("http://h.test/", end);
    EXPECT_EQ(b.jar.size(), 0U) << end;
  }
}

TEST(CookieJar, LifeIsCappedAndBrokenAgesAreIgnored) {  // 5.5: 400 days
  bench b;
  b.set("http://h.test/", "a=1; Max-Age=99999999999999999999");
  b.set("http://h.test/", "b=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
  b.set("http://h.test/", "c=1; Max-Age=5x; Expires=never");
  EXPECT_EQ(b.sent("http://h.test/", 399 * 24h), "a=1; b=1; c=1");
  EXPECT_EQ(b.sent("http://h.test/", 401 * 24h), "c=1");  // with the session
}

TEST(CookieJar, SecureGoesOverTlsOnly) {
  bench b;
  EXPECT_FALSE(b.set("http://h.test/", "a=1; Secure"));
  EXPECT_TRUE(b.set("https://h.test/", "a=1; Secure"));
  EXPECT_EQ(b.sent("http://h.test/"), "");
  EXPECT_EQ(b.sent("https://h.test/"), "a=1");
}

TEST(CookieJar, PlainHttpLeavesSecureCookiesAlone) {  // 5.7, step 16
  bench b;
  b.set("https://www.example.com/login", "sid=good; Secure; Path=/login");
  EXPECT_FALSE(b.set("http://www.example.com/login/x", "sid=evil; Path=/login"));
  EXPECT_FALSE(b.set("http://www.example.com/", "sid=evil; Path=/login/x"));
  EXPECT_FALSE(b.set("http://sub.example.com/", "sid=evil; Domain=example.com; Path=/login"));
  EXPECT_TRUE(b.set("http://www.example.com/", "sid=elsewhere; Path=/"));
  EXPECT_TRUE(b.set("https://www.example.com/", "sid=newer; Secure; Path=/login"));
  EXPECT_EQ(b.sent("https://www.example.com/login"), "sid=newer; sid=elsewhere");
}

TEST(CookieJar, PrefixesKeepTheirPromise) {  // 4.1.3, compared without case
  bench b;
  EXPECT_FALSE(b.set("https://h.test/", "__Secure-a=1"));
  EXPECT_TRUE(b.set("https://h.test/", "__SECURE-a=1; Secure"));
  EXPECT_FALSE(b.set("https://h.test/", "__Host-b=1; Secure"));
  EXPECT_FALSE(b.set("https://h.test/", "__Host-b=1; Secure; Path=/d"));
  EXPECT_FALSE(b.set("https://www.example.com/", "__Host-b=1; Secure; Path=/; Domain=example.com"));
  EXPECT_TRUE(b.set("https://h.test/", "__host-b=1; Secure; Path=/"));
  EXPECT_FALSE(b.set("https://h.test/", "=__Host-c=1; Secure; Path=/"));
  EXPECT_FALSE(b.set("https://h.test/", "__Secure-c"));
}

TEST(CookieJar, SameNameForHostAndDomainAreTwoCookies) {  // 5.7, step 23: the host-only flag belongs to the key
  bench b;
  b.set("http://www.example.com/", "a=domain; Domain=www.example.com");
  b.set("http://www.example.com/", "a=host");
  EXPECT_EQ(b.sent("http://www.example.com/"), "a=domain; a=host");
  EXPECT_EQ(b.sent("http://x.www.example.com/"), "a=domain");
}

TEST(CookieJar, OneSiteHasItsShareAndNoMore) {
  bench b;
  b.set("http://other.test/", "keep=1");
  for (int i = 0; i < 200; ++i) b.set("http://h" + std::to_string(i) + ".example.com/", "c" + std::to_string(i) + "=1; Domain=example.com");
  EXPECT_EQ(b.jar.size(), 51U);
  EXPECT_EQ(b.sent("http://other.test/"), "keep=1");
  EXPECT_TRUE(b.sent("http://example.com/").starts_with("c150=1; c151=1"));  // the oldest went
}

TEST(CookieJar, ExpiredCookiesMakeRoomFirst) {
  bench b;
  b.set("http://h.test/", "first=1");
  for (int i = 0; i < 49; ++i) b.set("http://h.test/", "c" + std::to_string(i) + "=1; Max-Age=10");
  b.jar.store(*url::parse("http://h.test/"), "late=1", now + 1h);
  EXPECT_EQ(b.jar.size(), 2U);
  EXPECT_EQ(b.sent("http://h.test/", 1h), "first=1; late=1");
}

TEST(CookieJar, WholeJarIsBounded) {
  bench b;
  for (int i = 0; i < 3100; ++i) b.set("http://site" + std::to_string(i) + ".test/", "a=1");
  EXPECT_EQ(b.jar.size(), 3000U);
  EXPECT_EQ(b.sent("http://site0.test/"), "");
}

TEST(CookieJar, HeaderIsBounded) {
  bench b;
  for (int i = 0; i < 40; ++i) b.set("http://h.test/", "c" + std::to_string(i) + "=" + std::string(1000, 'x'));
  EXPECT_LE(b.sent("http://h.test/").size(), 8190U);
  EXPECT_GT(b.sent("http://h.test/").size(), 7000U);
}

TEST(CookieJar, SeveralThreadsShareOne) {
  bench b;
  {
    std::vector<std::jthread> shards;
    for (int shard = 0; shard < 4; ++shard)
      shards.emplace_back([&b, shard] {
        const std::string url = "http://h" + std::to_string(shard) + ".test/";
        for (int i = 0; i < 200; ++i) {
          b.set(url, "a=" + std::to_string(i));
          EXPECT_EQ(b.sent(url), "a=" + std::to_string(i));
        }
      });
  }
  EXPECT_EQ(b.jar.size(), 4U);
}

}  // namespace
}  // namespace trawl::policy
