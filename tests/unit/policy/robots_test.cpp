// robots.txt by RFC 9309. Where google/robotstxt and protego part, the cases say which one the standard is with.
#include "crawler/policy/robots.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace trawl::policy {
namespace {

bool allowed(std::string_view file, std::string_view path, std::string_view agent = "trawl") { return robots::parse(file, agent).check(path).allowed; }

TEST(Rfc9309, LongestRuleWinsAndAllowWinsTies) {  // 2.2.2
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/c"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a\nallow: /a", "/a"));
  EXPECT_FALSE(allowed("user-agent: *\nallow: /a\ndisallow: /a/b", "/a/b"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a", "/b"));
}

TEST(Rfc9309, PathsAreComparedWithTheirCaseFromTheFirstOctet) {
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /A", "/a"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /b", "/a/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a?x", "/a?x=1"));
}

TEST(Rfc9309, NamedGroupHidesStarEvenIfEmpty) { EXPECT_TRUE(allowed("user-agent: *\ndisallow: /\n\nuser-agent: Trawl/2\n", "/x")); }  // 2.2.1

/// 2.2.1: "If there is more than one group matching the user-agent, the matching groups' rules MUST be combined into one group".
TEST(Rfc9309, GroupsOfOneAgentMerge) {
  constexpr std::string_view file = "user-agent: trawl\ndisallow: /a\nuser-agent: b\ndisallow: /b\nuser-agent: TRAWL\ndisallow: /c";
  EXPECT_FALSE(allowed(file, "/a") || allowed(file, "/c"));
  EXPECT_TRUE(allowed(file, "/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a\nuser-agent: b\nallow: /\nuser-agent: *\ndisallow: /c", "/c"));
}

TEST(Rfc9309, ConsecutiveAgentsShareAGroup) {
  constexpr std::string_view file = "user-agent: a\nuser-agent: trawl\ndisallow: /x";
  EXPECT_FALSE(allowed(file, "/x"));
  EXPECT_FALSE(allowed(file, "/x", "a"));
  EXPECT_TRUE(allowed(file, "/x", "c"));
}

TEST(Rfc9309, RulesBeforeAnyAgentAreNobodys) { EXPECT_TRUE(allowed("disallow: /\nuser-agent: b\ndisallow: /", "/x")); }

/// 2.2.1: a product token holds letters, '_' and '-' only, and "Crawlers MUST use case-insensitive matching".
TEST(Rfc9309, AgentsAreEqualTokensNotSubstrings) {
  EXPECT_TRUE(allowed("user-agent: Foo\ndisallow: /", "/x", "FooBot"));
  EXPECT_TRUE(allowed("user-agent: Googlebot\ndisallow: /", "/x", "Googlebot-Image"));
  EXPECT_FALSE(allowed("user-agent: FooBot/1.0\ndisallow: /", "/x", "FooBot"));
  EXPECT_FALSE(allowed("user-agent: FooBot\ndisallow: /", "/x", "FooBot/1.0"));
  EXPECT_FALSE(allowed("user-agent: Foo Bar\ndisallow: /", "/x", "Foo"));
  EXPECT_FALSE(allowed("USER-AGENT: fOO\nDISALLOW: /", "/x", "Foo"));
}

TEST(Rfc9309, StarWithWordsBehindItIsStillStar) {
  EXPECT_FALSE(allowed("user-agent: * bar\ndisallow: /", "/x"));
  EXPECT_TRUE(allowed("user-agent: *bar\ndisallow: /", "/x"));
}

TEST(Rfc9309, OtherLinesDoNotDisturbGroups) {  // 2.2.4
  for (const char* line : {"sitemap: http://h/s.xml", "crawl-delay: 1", "noindex: /x", "", "# comment"}) {
    EXPECT_FALSE(allowed("user-agent: trawl\n" + std::string(line) + "\nuser-agent: b\ndisallow: /", "/x")) << line;
    EXPECT_FALSE(allowed("user-agent: trawl\ndisallow: /a\n" + std::string(line) + "\ndisallow: /x", "/x")) << line;
  }
}

TEST(Rfc9309, StarIsAnyRunAndDollarTheEnd) {  // 2.2.3
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /*.gif$", "/x/y.gif"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /*.gif$", "/x/y.gif?a"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: *.gif", "/x.gif.html"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a*b*c$", "/a1b2b3c"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a*b*c$", "/a1b2b3cd"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /$", "/"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /$", "/a"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /fish*.php", "/Fish.PHP"));
}

TEST(Rfc9309, DollarIsSpecialOnlyAtTheEnd) {
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a$", "/a$"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a$b", "/a$b"));
}

TEST(Rfc9309, EscapesOfSpecialCharactersAreLiteral) {
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a%2Ab", "/a*b"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a%2Ab", "/axb"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a%24", "/a$"));
}

TEST(Rfc9309, EscapesCompareAsTheyShould) {  // 2.2.2
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /%62", "/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /b", "/%62"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /~joe", "/%7Ejoe"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /\xC3\xA9", "/%c3%a9"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /%c3%a9", "/\xC3\xA9"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a%2Fb", "/a/b"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a%2fb", "/a%2Fb"));
  for (const char* unsafe : {"|", "{", "}", "^", "<", ">", "\"", "`", "\\"}) {
    const std::string escaped = "/a%" + std::string(1, "0123456789ABCDEF"[unsafe[0] >> 4]) + std::string(1, "0123456789ABCDEF"[unsafe[0] & 15]);
    EXPECT_FALSE(allowed("user-agent: *\ndisallow: /a" + std::string(unsafe), escaped)) << unsafe;
    EXPECT_FALSE(allowed("user-agent: *\ndisallow: " + escaped, "/a" + std::string(unsafe))) << unsafe;
  }
}

TEST(Rfc9309, PrecedenceCountsTheOctetsAsWritten) {
  EXPECT_TRUE(allowed("user-agent: *\ndisallow: /a|b\nallow: /a*bc", "/a|bc"));
  EXPECT_TRUE(allowed("user-agent: *\nallow: /p$\ndisallow: /", "/p"));
}

TEST(Rfc9309, UrlWithoutPathIsTheRoot) { EXPECT_FALSE(allowed("user-agent: *\ndisallow: /*?", "?a=1")); }

TEST(Rfc9309, FragmentsAreNoPartOfThePath) { EXPECT_TRUE(allowed("user-agent: *\ndisallow: /*x", "/a#x")); }

TEST(Rfc9309, IndexFilesHaveNoRuleOfTheirOwn) { EXPECT_FALSE(allowed("user-agent: *\ndisallow: /\nallow: /d/index.html", "/d/")); }

TEST(Rfc9309, RobotsTxtItselfIsAllowed) { EXPECT_TRUE(allowed("user-agent: *\ndisallow: /", "/robots.txt")); }

TEST(Rfc9309, EmptyDisallowForbidsNothing) { EXPECT_TRUE(allowed("user-agent: *\ndisallow:", "/x")); }

TEST(Rfc9309, LinesEndInCarriageReturnLineFeedOrBoth) {  // 2.1
  const auto r = robots::parse("\xEF\xBB\xBFuser-agent: *\rdisallow: /a\r\n\ndisallow: /x # no", "trawl");
  EXPECT_EQ(r.check("/a").line, 2);
  EXPECT_EQ(r.check("/x").line, 4);
  EXPECT_EQ(r.check("/x").rule, "Disallow: /x");
  EXPECT_EQ(r.check("/y").line, 0);
  EXPECT_EQ(r.check("/y").rule, "");
}

TEST(Rfc9309, OtherSeparatorsEndNoLine) {
  for (const char* no_end : {"\f", "\v", "\x1C", "\xE2\x80\xA8"}) EXPECT_TRUE(allowed("user-agent: *" + std::string(no_end) + "disallow: /", "/x")) << no_end;
}

/// 2.3: "The file … MUST be UTF-8 encoded (as defined in [RFC3629])", whose section 6 lets a mark stand in front.
TEST(Rfc9309, ByteOrderMarkIsSkippedWholeOrTorn) {
  for (const char* mark : {"\xEF\xBB\xBF", "\xEF\xBB", "\xEF"}) EXPECT_FALSE(allowed(std::string(mark) + "user-agent: *\ndisallow: /", "/x"));
}

TEST(Rfc9309, KeysAreExactButForKnownTypos) {
  EXPECT_TRUE(allowed("user-agent: *\ndisallowed: /", "/x"));
  EXPECT_TRUE(allowed("user-agents: *\ndisallow: /", "/x"));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /\nallow-foo: /x", "/x"));
  for (const char* typo : {"dissallow", "dissalow", "disalow", "diasllow", "disallaw"}) EXPECT_FALSE(allowed("user-agent: *\n" + std::string(typo) + ": /", "/x")) << typo;
  EXPECT_FALSE(allowed("useragent: *\ndisallow: /", "/x"));
  EXPECT_FALSE(allowed("user agent: *\ndisallow: /", "/x"));
}

TEST(Rfc9309, MissingColonIsForgivenBetweenTwoWords) {
  EXPECT_FALSE(allowed("user-agent\t*\ndisallow /", "/x"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow all of it", "/x"));
}

TEST(Rfc9309, BlanksAreAsciiBlanks) {
  EXPECT_FALSE(allowed("  user-agent :\t*  \n\t disallow\t: /x  ", "/x"));
  EXPECT_TRUE(allowed("user-agent: *\ndisallow:\xC2\xA0/x", "/x"));
}

TEST(Rfc9309, OverlongLinesFailClosed) {
  const std::string longer(20'000, 'a');
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /" + longer, "/" + longer));
  EXPECT_FALSE(allowed("user-agent: *\ndisallow: /\nallow: /" + longer, "/" + longer));
}

TEST(Rfc9309, FileIsReadToItsLimitAndNoHalfLine) {  // 2.5
  std::string file = "user-agent: *\ndisallow: /early\n";
  while (file.size() < 500 * 1024 - 10) file += "# filler\n";
  file += "disallow: /x-that-is-cut\n";
  EXPECT_FALSE(allowed(file, "/early"));
  EXPECT_TRUE(allowed(file, "/x"));
  EXPECT_TRUE(allowed(file, "/x-that-is-cut"));
}

TEST(Rfc9309, WhatIsNoRobotsFileAllowsAll) {
  EXPECT_TRUE(allowed("", "/x"));
  EXPECT_TRUE(allowed("<!doctype html><title>Not found</title><p>disallow: /", "/x"));
  EXPECT_TRUE(allowed(std::string("\0\xFF\xFE\r\r\n:::\n#", 12), "/x"));
  EXPECT_TRUE(robots::allow_all().check("/x").allowed);
}

TEST(Rfc9309, LinesEndAtTheLimitWhateverTheirEnd) {  // 2.5: "at least 500 kibibytes"; 2.1: EOL = CR, LF or CRLF
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    std::string file = "user-agent: *" + end + "disallow: /early" + end;
    while (file.size() + 9 + end.size() <= 500 * 1024 - 20) file += "# filler " + end;
    const std::string last = "disallow: /last" + end;
    file.append(500 * 1024 - file.size() - last.size(), '#');
    file.replace(file.size() - 1, 1, "\n");
    EXPECT_FALSE(allowed(file + last, "/last")) << "whole within the limit";
    EXPECT_TRUE(allowed(file + "  " + last + "more", "/la")) << "cut by the limit";
    EXPECT_FALSE(allowed(file + "  " + last + "more", "/early"));
  }
  EXPECT_TRUE(allowed("user-agent: * disallow: /" + std::string(600'000, 'a'), "/a")) << "no line ends before the limit";
}

/// Many rules with '*' are found another way than few: the verdicts are the same (2.2.2).
TEST(Rfc9309, ManyWildcardsDecideAsFewDo) {
  std::string file = "user-agent: *\n";
  for (int i = 0; i < 3000; ++i) file += "disallow: /*/x" + std::to_string(i) + "q$\nallow: /*?y" + std::to_string(i) + "&\n";
  const auto r = robots::parse(file + "disallow: /*?\nallow: *\ndisallow: /shop*cart\nallow: /shop/a*cart$\ndisallow: /plain/x", "trawl");
  EXPECT_TRUE(r.check("/").allowed);
  EXPECT_EQ(r.check("/").rule, "Allow: *");
  EXPECT_EQ(r.check("/a/x2999q").rule, "Disallow: /*/x2999q$");
  EXPECT_EQ(r.check("/a/x2999qq").rule, "Allow: *");
  EXPECT_EQ(r.check("/?y17&z").rule, "Allow: /*?y17&");
  EXPECT_EQ(r.check("/?y17").rule, "Disallow: /*?");
  EXPECT_EQ(r.check("/shop/b/cart").rule, "Disallow: /shop*cart");
  EXPECT_EQ(r.check("/shop/a/cart").rule, "Allow: /shop/a*cart$");
  EXPECT_EQ(r.check("/plain/x1q").rule, "Disallow: /plain/x") << "longer than the rule with the star, which matches too";
  EXPECT_FALSE(r.check("/plain/x1q").guessed);
}

TEST(Rfc9309, PatternsThatBeginAlikeAreTakenByTheirLength) {  // 2.2.2
  const auto r = robots::parse("user-agent: *\nallow: /a\ndisallow: /a/b\nallow: /a/b/c\ndisallow: /a/b$\nallow: /a%7C\ndisallow: /a|b\ndisallow: /aa$", "trawl");
  EXPECT_EQ(r.check("/a/b/x").line, 3);
  EXPECT_EQ(r.check("/a/b").line, 5) << "the anchor counts";
  EXPECT_EQ(r.check("/a/b/c/d").line, 4);
  EXPECT_EQ(r.check("/a|b").line, 6) << "octets as written";
  EXPECT_EQ(r.check("/aa").line, 8);
  EXPECT_EQ(r.check("/aab").line, 2);
}

/// Ours: where a file has more rules that may match than a check has steps for, what was not tried forbids.
TEST(RobotsExtensions, WhatIsTooMuchToTryForbids) {
  std::string file = "user-agent: *\nallow: /open\n";
  for (unsigned i = 0; i < 5000; ++i) {
    file += "disallow: /*";
    for (unsigned bit = 0; bit < 13; ++bit) file += (i >> bit & 1U) != 0 ? 'a' : 'b';
    file += '\n';
  }
  const auto r = robots::parse(file, "trawl");
  EXPECT_TRUE(r.check("/").allowed) << "no rule has its letters here";
  EXPECT_FALSE(r.check("/").guessed);
  const auto verdict = r.check("/open/aabba");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_TRUE(verdict.guessed);
  EXPECT_TRUE(verdict.rule.starts_with("Disallow: /*")) << verdict.rule;
}

TEST(Rfc9309, ManyStarsAreLinear) {
  std::string rule = "/";
  for (int i = 0; i < 500; ++i) rule += "a*";
  const auto r = robots::parse("user-agent: *\ndisallow: " + rule + "b", "trawl");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(r.check("/" + std::string(100'000, 'a')).allowed);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500));
}

TEST(RobotsExtensions, CrawlDelayIsOfTheGroup) {
  const auto delay = [](std::string_view file) { return robots::parse(file, "trawl").crawl_delay(); };
  using namespace std::chrono_literals;
  EXPECT_EQ(delay("user-agent: *\ncrawl-delay: 1.5"), 1500ms);
  EXPECT_EQ(delay("user-agent: trawl\ncrawl-delay: 2\ndisallow:\nuser-agent: *\ncrawl-delay: 9"), 2s);
  EXPECT_EQ(delay("user-agent: trawl\ndisallow:\nuser-agent: *\ncrawl-delay: 9"), std::nullopt);
  EXPECT_EQ(delay("user-agent: *\ncrawl-delay: 1\ncrawl-delay: 3"), 3s);
  EXPECT_EQ(delay("user-agent: *\ncrawl-delay: .5"), 500ms);
  EXPECT_EQ(delay("user-agent: *\ncrawl-delay: 99999999999999"), 24h);
  EXPECT_EQ(delay("crawl-delay: 5\nuser-agent: b\ncrawl-delay: 6"), std::nullopt);
  for (const char* bad : {"-1", "nan", "1e3", "inf", "", "1,5", "1s", "."}) EXPECT_EQ(delay("user-agent: *\ncrawl-delay: " + std::string(bad)), std::nullopt) << bad;
}

TEST(RobotsExtensions, SitemapsBelongToNoGroup) {
  const auto r = robots::parse("Sitemap: http://h/1.xml\nuser-agent: b\nSITEMAP: /2.xml\nsitemap:\n", "trawl");
  EXPECT_EQ(r.sitemaps(), (std::vector<std::string>{"http://h/1.xml", "/2.xml"}));
}

}  // namespace
}  // namespace trawl::policy
