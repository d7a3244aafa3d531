#include <gtest/gtest.h>

#include "crawler/policy/cookie_jar.hpp"

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;

constexpr wall_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

std::string sent(const cookie_jar& jar, std::string_view target) { return jar.header_for(*url::parse(target), now); }

/// curl's, with its comment lines.
constexpr std::string_view file =
    "# Netscape HTTP Cookie File\n"
    "# https://curl.se/docs/http-cookies.html\n"
    "\n"
    ".shop.example\tTRUE\t/\tFALSE\t0\tall\t1\n"
    "shop.example\tFALSE\t/deep\tFALSE\t4102444800\thost\ta=b\r\n"
    "#HttpOnly_shop.example\tFALSE\t/\tTRUE\t4102444800.5\tsafe\tx y\n"
    "shop.example\tFALSE\t/\tFALSE\t1000000000\told\t1\n"
    "shop.example\tFALSE\t/\tFALSE\t0\tempty\t";

TEST(NetscapeCookies, GoWhereTheFileSays) {
  cookie_jar jar;
  EXPECT_TRUE(jar.load_netscape(file, now).empty());
  EXPECT_EQ(sent(jar, "http://shop.example/"), "all=1; empty=");
  EXPECT_EQ(sent(jar, "http://www.shop.example/"), "all=1");
  EXPECT_EQ(sent(jar, "http://shop.example/deep/er"), "host=a=b; all=1; empty=");
  EXPECT_EQ(sent(jar, "https://shop.example/"), "all=1; safe=x y; empty=");
  EXPECT_EQ(sent(jar, "http://other.example/"), "");
}

TEST(NetscapeCookies, ServersMayReplaceThem) {
  cookie_jar jar;
  jar.load_netscape("h.example\tFALSE\t/\tFALSE\t0\ta\t1\n", now);
  EXPECT_TRUE(jar.store(*url::parse("http://h.example/"), "a=2; Path=/", now));
  EXPECT_EQ(sent(jar, "http://h.example/"), "a=2");
}

TEST(NetscapeCookies, PublicSuffixGetsNoneForItsSubdomains) {
  cookie_jar jar;
  jar.load_netscape(".co.uk\tTRUE\t/\tFALSE\t0\ta\t1\n", now);
  EXPECT_EQ(sent(jar, "http://shop.co.uk/"), "");
}

TEST(NetscapeCookies, BrokenLinesAreNamedAndTheRestIsKept) {
  cookie_jar jar;
  const std::string text =
      "one two three\n"
      "h.example\tYES\t/\tFALSE\t0\ta\t1\n"
      "h.example\tFALSE\t/\tFALSE\tsoon\ta\t1\n"
      "h.example\tFALSE\tdeep\tFALSE\t0\ta\t1\n"
      "\tFALSE\t/\tFALSE\t0\ta\t1\n"
      "h.example\tFALSE\t/\tFALSE\t0\ta\t1; Domain=.b.example\n"
      "h.example\tFALSE\t/\tFALSE\t0\ta\tb\x01\n"
      "h.example\tFALSE\t/\tFALSE\t0\ta\t" + std::string(5000, 'x') + "\n"
      "h.example\tFALSE\t/\tFALSE\t0\tgood\t1\n";
  EXPECT_EQ(jar.load_netscape(text, now), (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(sent(jar, "http://h.example/"), "good=1");
}

TEST(NetscapeCookies, BoundsHold) {
  cookie_jar jar;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "h" + std::to_string(i % 400) + ".example\tFALSE\t/\tFALSE\t0\tn" + std::to_string(i) + "\t1\n";
  EXPECT_EQ(jar.load_netscape(text, now), (std::vector<std::size_t>{10'001}));
  EXPECT_LE(jar.size(), 3000U);
}

}  // namespace
}  // namespace trawl::policy
