#include "crawler/url/url.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "crawler/url/fingerprint.hpp"

namespace trawl::url {
namespace {

std::string href(std::string_view input, std::string_view base = {}) {
  const auto b = parse(base);
  const auto u = parse(input, b ? &*b : nullptr);
  return u ? u->href() : "failure";
}

TEST(WhatwgUrl, Ipv4HostsInEveryNumberForm) {  // URL Standard, 3.5
  for (const char* form : {"http://127.1/", "http://0177.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://127.0.0.1./"}) EXPECT_EQ(href(form), "http://127.0.0.1/") << form;
  EXPECT_EQ(href("http://256.1.1.1/"), "failure");
  EXPECT_EQ(href("http://1.2.3.4.5/"), "failure");
  EXPECT_EQ(href("http://09/"), "failure");
}

TEST(WhatwgUrl, Ipv6IsCompressed) {
  EXPECT_EQ(href("http://[0:0:0:1:0:0:0:0]/"), "http://[0:0:0:1::]/");
  EXPECT_EQ(href("http://[::ffff:169.254.169.254]/"), "http://[::ffff:a9fe:a9fe]/");
  EXPECT_EQ(href("http://[::1"), "failure");
  EXPECT_EQ(href("http://[1::2::3]/"), "failure");
}

TEST(WhatwgUrl, UnicodeHostsByUts46) {
  EXPECT_EQ(href("https://\xE4\xBE\x8B\xE3\x81\x88.jp/"), "https://xn--r8jz45g.jp/");
  EXPECT_EQ(href("http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97\xEF\xBC\x8E\xEF\xBC\x90\xEF\xBC\x8E\xEF\xBC\x90\xEF\xBC\x8E\xEF\xBC\x91/"), "http://127.0.0.1/");
}

TEST(WhatwgUrl, RelativeReferences) {  // RFC 3986, 5.4 as browsers read it
  constexpr std::string_view base = "http://a/b/c/d;p?q";
  EXPECT_EQ(href("g", base), "http://a/b/c/g");
  EXPECT_EQ(href("../../../g", base), "http://a/g");
  EXPECT_EQ(href("?y", base), "http://a/b/c/d;p?y");
  EXPECT_EQ(href("#s", base), "http://a/b/c/d;p?q#s");
  EXPECT_EQ(href("", base), "http://a/b/c/d;p?q");
  EXPECT_EQ(href("//h/x", base), "http://h/x");
  EXPECT_EQ(href("\\\\h\\x", base), "http://h/x");
  EXPECT_EQ(href("%2e%2E/g", base), "http://a/b/g");
  EXPECT_EQ(href(" ht\ntp://h/\tx ", base), "http://h/x");
}

TEST(WhatwgUrl, EncodesPathsAndQueries) {
  EXPECT_EQ(href("http://h/a b^\xC3\xA9?x='\"#f g"), "http://h/a%20b%5E%C3%A9?x=%27%22#f%20g");
  EXPECT_EQ(href("http://h/\xFF"), "http://h/%EF%BF%BD");
}

TEST(WhatwgUrl, DefaultPortsVanish) {
  EXPECT_EQ(href("https://h:443/"), "https://h/");
  EXPECT_EQ(parse("https://h:80/")->host_port(), "h");
  EXPECT_EQ(parse("http://h:8080/")->host_port(), "h:8080");
  EXPECT_EQ(href("http://h:65536/"), "failure");
}

TEST(Fingerprint, DependsOnMethodAndBody) {
  EXPECT_EQ(fingerprint("http://h/"), fingerprint("http://h/"));
  EXPECT_NE(fingerprint("http://h/"), fingerprint("http://h/a"));
  EXPECT_NE(fingerprint("http://h/", "POST", "a"), fingerprint("http://h/", "POST", "b"));
}

TEST(Url, OriginAndHostPortAndRequestTarget) {
  const auto u = parse("HTTPS://user:pw@Example.org:8443/a/../b?q=1#f");
  ASSERT_TRUE(u);
  EXPECT_EQ(u->origin(), "https://example.org:8443");
  EXPECT_EQ(u->host_port(), "example.org:8443");
  EXPECT_EQ(u->effective_port(), 8443);
  EXPECT_EQ(u->path_and_query(), "/b?q=1");
  EXPECT_EQ(u->without_fragment(), "https://user:pw@example.org:8443/b?q=1");
  EXPECT_EQ(parse("https://h")->effective_port(), 443);
  EXPECT_EQ(parse("https://h")->path_and_query(), "/");
}

TEST(Url, PortsEightyAndFourHundredFortyThreeAreOneHost) {
  for (const char* same : {"http://h/", "https://h/", "http://h:443/", "https://h:80/"}) EXPECT_EQ(parse(same)->host_port(), "h") << same;
}

TEST(Url, AbsentAndEmptyPartsDiffer) {
  EXPECT_EQ(parse("http://h/?#")->href(), "http://h/?#");
  EXPECT_EQ(parse("http://h/")->query, std::nullopt);
  EXPECT_EQ(parse("http://h/?")->query, "");
  EXPECT_EQ(parse("mailto:a@b")->host, std::nullopt);
  EXPECT_EQ(parse("file:///x")->host, "");
}

TEST(Url, OtherSchemesParseButAreNotHttp) {
  for (const char* other : {"javascript:alert(1)", "data:text/html,x", "mailto:a@b", "ftp://h/", "tel:1"}) {
    ASSERT_TRUE(parse(other)) << other;
    EXPECT_FALSE(parse(other)->is_http()) << other;
  }
  EXPECT_TRUE(parse("HTTP://h")->is_http());
}

TEST(Url, LongPathsAreLinear) {
  std::string deep = "http://h/";
  while (deep.size() < 4'000'000) deep += "a/../";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(parse(deep)->href(), "http://h/");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace trawl::url
