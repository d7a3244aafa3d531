// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: robots.txt, cookies, dates. And no robots.txt makes its checks slow.
#include <gtest/gtest.h>

#include <chrono>

#include "crawler/policy/cookie_jar.hpp"
#include "crawler/policy/robots.hpp"
#include "tests/support/cost.hpp"

namespace trawl::policy {
namespace {

using test::expect_bounded, test::flood;

TEST(WorstCase, RobotsFloods) {
  for (const char* piece : {"\n", "\r", "a", ":", "#", "*", "%", "user-agent: *\n", "user-agent: *\nallow: /\n", "disallow: *a*a*a*a\n", "disallow:/%\n", "sitemap: x\n", "crawl-delay: 1\n", "\xEF\xBB\xBF", "disallow: /$\n"})
    expect_bounded(piece, [file = flood("user-agent: *\n", piece)] { static_cast<void>(robots::parse(file, "trawl").check("/a")); });
}

TEST(WorstCase, RobotsPaths) {
  const robots rules = robots::parse("user-agent: *\ndisallow: *a*a*b\ndisallow: /%\nallow: /*\xC3\xBC$", "trawl");
  for (const char* piece : {"a", "%", "%61", "*", "\xFF", "/", "|", "#"}) expect_bounded(piece, [&, path = flood("/", piece)] { static_cast<void>(rules.check(path)); });
}

/// As many rules as fit, each made by `rule` from a number.
template <class Rule>
std::string rules_of(Rule&& rule) {
  std::string out = "user-agent: *\n";
  for (unsigned i = 0; out.size() < 499U * 1024; ++i) out += rule(i) + "\n";
  return out;
}

/// The number in four letters.
std::string letters(unsigned n) {
  std::string out;
  for (int i = 0; i < 4; ++i, n /= 26) out += static_cast<char>('a' + n % 26);
  return out;
}

/// 100 µs a check are aimed at; a machine that is busy gets five times that here.
TEST(WorstCase, RobotsChecksAreQuickWhateverTheFile) {
  if (test::is_sanitized) GTEST_SKIP() << "measures time";
  const std::string files[] = {
      rules_of([](unsigned i) { return "disallow:/*" + letters(i); }),
      rules_of([](unsigned i) { return "allow:/*ar*" + letters(i); }),
      rules_of([](unsigned i) { return "disallow:/*" + letters(i).replace(1, 0, "*").replace(3, 0, "*") + "*Q"; }),
      rules_of([](unsigned) { return std::string("disallow:*a*a*a*a*Q"); }),
      rules_of([](unsigned i) { return "disallow:/a" + letters(i); }),
      rules_of([](unsigned i) { return "disallow:/" + std::string(i, 'a') + "$"; }),
      rules_of([](unsigned) { return flood("disallow:", "*a", 16'000) + "Q"; }),
  };
  const std::string paths[] = {"/", "/articles/2024/05/a-harbour-in-winter.html?page=2", "/the-quick-brown-fox-jumps-over-the-lazy-dog/", "/" + std::string(2000, 'a')};
  for (std::size_t i = 0; i < std::size(files); ++i) {
    const robots rules = robots::parse(files[i], "trawl");
    for (const std::string& path : paths) {
      constexpr int rounds = 100;
      const std::clock_t begin = std::clock();
      for (int n = 0; n < rounds; ++n) static_cast<void>(rules.check(path));
      EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / rounds, 500e-6) << "file " << i << ", " << path;
    }
  }
}

void store_floods(std::size_t size) {
  const url::url source = *url::parse("https://shop.example.org/a/b");
  const wall_clock::time_point now{std::chrono::seconds(1'800'000'000)};
  for (const char* start : {"", "a=b; ", "a=b; expires=", "a=b; domain=", "a=b; path=/", "a=b; max-age="})
    for (const char* piece : {"a", ";", "=", " ", "; secure", "; domain=a.b", ".", "1", "; expires=Sun, 06 Nov 2094 08:49:37 GMT", "\"", "\xFF"})
      expect_bounded(std::string(start) + " and " + piece, [&, line = flood(start, piece, size)] {
        cookie_jar jar;
        jar.store(source, line, now);
        static_cast<void>(jar.header_for(source, now));
      });
}

TEST(WorstCase, CookiesShortly) { store_floods(test::bad_input / 16); }
TEST(WorstCaseNightly, Cookies) { store_floods(test::bad_input); }

TEST(WorstCase, ManyCookies) {
  const wall_clock::time_point now{std::chrono::seconds(1'800'000'000)};
  expect_bounded("cookies of many sites", [&] {
    cookie_jar jar;
    for (std::size_t i = 0, taken = 0; taken < test::bad_input; ++i) {
      const std::string line = "n" + std::to_string(i) + "=" + std::string(200, 'v');
      jar.store(*url::parse("https://h" + std::to_string(i % 997) + ".test/"), line, now);
      taken += line.size();
    }
    static_cast<void>(jar.header_for(*url::parse("https://h1.test/"), now));
  });
}

TEST(WorstCase, CookieDates) {
  for (const char* piece : {"1", ":", "1:1:1 ", "jan ", "a", " ", "06 ", "\xFF"})
    expect_bounded(piece, [text = flood("", piece)] {
      wall_clock::time_point out;
      parse_cookie_date(text, out);
    });
}

}  // namespace
}  // namespace trawl::policy
