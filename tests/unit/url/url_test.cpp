#include "crawler/url/url.hpp"

#include <gtest/gtest.h>

#include "crawler/url/domain.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/url/normalize.hpp"

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

TEST(Domain, FollowsThePublicSuffixList) {
  EXPECT_EQ(registrable_domain("www.example.co.uk"), "example.co.uk");
  EXPECT_EQ(registrable_domain("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(registrable_domain("localhost"), "localhost");
}

TEST(Fingerprint, DependsOnMethodAndBody) {
  EXPECT_EQ(fingerprint("http://h/"), fingerprint("http://h/"));
  EXPECT_NE(fingerprint("http://h/"), fingerprint("http://h/a"));
  EXPECT_NE(fingerprint("http://h/", "POST", "a"), fingerprint("http://h/", "POST", "b"));
}

TEST(StripQuery, DropsByName) {
  EXPECT_EQ(strip_query(*parse("http://h/?utm_source=x&a=1&fbclid=2#f"), {"utm_*", "fbclid"}), "http://h/?a=1");
  EXPECT_EQ(strip_query(*parse("http://h/?utm_a=x"), {"utm_*"}), "http://h/");
  EXPECT_EQ(strip_query(*parse("http://h/?"), {"utm_*"}), "http://h/?");
}

}  // namespace
}  // namespace trawl::url
