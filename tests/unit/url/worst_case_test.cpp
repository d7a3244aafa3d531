// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: URLs, hosts, patterns, seeds.
#include <gtest/gtest.h>

#include "crawler/url/domain.hpp"
#include "crawler/url/expand.hpp"
#include "crawler/url/normalize.hpp"
#include "crawler/url/pattern.hpp"
#include "crawler/url/url.hpp"
#include "tests/support/cost.hpp"

namespace trawl::url {
namespace {

using test::expect_bounded, test::flood;

void parse_floods(std::size_t size) {
  const url base = *parse("https://h.test/a/b");
  for (const char* start : {"", "/", "?", "#", "//", "https://h.test/", "http://h.test:", "http://[", "http://u", "file:", "mailto:"})
    for (const char* piece : {"a", "/", "../", "/..", "%2e%2e/", "%", "%41", "@", ":", "[", ".", "\\", "\t", " ", "\xFF", "\xC3\xBC", "xn--a.", "1.", "0x", "?#"})
      expect_bounded(std::string(start) + " and " + piece, [&, input = flood(start, piece, size)] {
        static_cast<void>(parse(input, &base));
        static_cast<void>(resolve_http(input, base));
      });
}

TEST(WorstCase, UrlShortly) { parse_floods(test::bad_input / 16); }
TEST(WorstCaseNightly, Url) { parse_floods(test::bad_input); }

TEST(WorstCase, RegistrableDomain) {
  for (const char* piece : {".", "a.", "a", "co.uk.", "1."}) expect_bounded(piece, [host = flood("", piece)] { static_cast<void>(registrable_domain(host)); });
}

TEST(WorstCase, StrippedQuery) {
  for (const char* piece : {"&", "a=b&", "a", "=", "%"})
    expect_bounded(piece, [u = parse(flood("http://h/?", piece))] { static_cast<void>(strip_query(*u, {"a*b*c", "utm_*", "*a"})); });
}

TEST(WorstCase, Glob) {
  const std::string text = flood("", "a");
  for (const std::string& glob : {"*" + std::string(1000, 'a') + "b*", "*" + std::string(500, 'a') + "b" + std::string(500, 'a'), std::string("*a*a*a*a*a*b")})
    expect_bounded(glob, [&] { EXPECT_FALSE(glob_matches(glob, text)); });
}

/// RE2 is linear in the text whatever the expression; what an expression may unfold to is bounded when it is compiled.
TEST(WorstCase, ExpressionOnText) {
  for (const char* expression : {"re:(a*)*b", "re:(a|aa)+$b", "re:(.*)(.*)(.*)(.*)(.*)x", "re:(x+x+)+y", "re:a{500}b", "re:([a-z]+)*\\d", "re:(?i)(a?){100}b"}) {
    const auto compiled = pattern::compile(expression);
    ASSERT_TRUE(compiled) << expression << compiled.error();
    for (const char* piece : {"a", "x", "ab", "/"}) expect_bounded(std::string(expression) + " on " + piece, [&compiled, text = flood("http://h/", piece)] { static_cast<void>(compiled->matches(text)); });
  }
}

TEST(WorstCase, ExpressionItself) {
  for (const char* piece : {"(", "[", "a*", "a{1000}", "(a{100}){100}", "(?:", "\\pL", "\\", "|", "[^a]", ".*", "x?"}) {
    expect_bounded(piece, [text = flood("re:", piece)] { EXPECT_FALSE(pattern::compile(text)); });
    expect_bounded(piece, [text = flood("re:", piece, 1000)] { static_cast<void>(pattern::compile(text)); });
  }
  expect_bounded("nested counts", [] { EXPECT_FALSE(pattern::compile("re:((((((a{10}){10}){10}){10}){10}){10}){10}")); });
}

/// Checked, and the first URLs taken.
void take_some(const std::string& text) {
  if (!check_expand(text)) return;
  int left = 20;
  for (const std::string& seed : expand(text))
    if (seed.empty() || --left == 0) break;
}

TEST(WorstCase, Seeds) {
  for (const char* piece : {"{", "}", "{}", "{1..2}", "{a,b}", "{a,", "..", "{1..", "{,}", "{01..10..3}", ","})
    expect_bounded(piece, [text = flood("", piece)] { take_some(text); });
  expect_bounded("one list", [text = flood("{", "a,") + "}"] { take_some(text); });
  expect_bounded("one number", [text = flood("{1..", "9") + "}"] { take_some(text); });
}

}  // namespace
}  // namespace trawl::url
