// The two ways through a page, one against the other; and each against what the standard says.
#include "crawler/extract/page_scan.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "crawler/extract/links.hpp"
#include "crawler/html/charset.hpp"

namespace trawl::extract {
namespace {

std::string described(const page_scan& s, const url::url& document) {
  std::string out = "title=" + s.title + " base=" + s.base + " lang=" + s.language + " canonical=" + s.canonical;
  out += std::string(s.robots.noindex ? " noindex" : "") + (s.robots.nofollow ? " nofollow" : "") + "\n";
  for (auto&& [l, index, is_new] : links(s, document))
    if (is_new) out += std::string(to_string(l.kind)) + " " + l.url + " [" + l.text + "]" + (l.rel.empty() ? "" : " " + l.rel) + "\n";
  for (const auto& [name, content] : s.meta) out += name + "=" + content + "\n";
  return out;
}

const url::url& here() {
  static const url::url u = *url::parse("https://h/d/p");
  return u;
}

/// Both ways must say the same; returns what they say of links, "kind url [text] rel" each.
std::string both(std::string_view html) {
  const page_scan by_scanner = scan_page(html, true);
  const html::document d(html);
  EXPECT_EQ(d.warning(), "");
  const page_scan by_tree = scan_tree(d, true);
  EXPECT_EQ(described(by_scanner, here()), described(by_tree, here())) << html;
  std::string out;
  for (auto&& [l, index, is_new] : links(by_scanner, here()))
    if (is_new) out += std::string(to_string(l.kind)) + " " + l.url + " [" + l.text + "]" + (l.rel.empty() ? "" : " " + l.rel) + "; ";
  return out;
}

TEST(PageScan, AnchorsWithTextAndRel) {
  EXPECT_EQ(both("<a href=a>one <b>two</b>\n three</a><a href='b' rel='NoFollow ugc'></a><a name=c>no</a>"), "a https://h/d/a [one two three]; a https://h/d/b [] nofollow ugc; ");
  EXPECT_EQ(both("<a href=a>1<a href=b>2</a>"), "a https://h/d/a [1]; a https://h/d/b [2]; ");
  EXPECT_EQ(both("<a href=a>x<script>y</script><style>z</style> w</a>"), "a https://h/d/a [x w]; ");
}

TEST(PageScan, EachUrlOnceFragmentsCutHttpOnly) {
  EXPECT_EQ(both("<a href=a#x>1</a><a href=a#y>2</a><a href='mailto:x@y'>3</a><a href='javascript:void 0'>4</a><a href='http://['>5</a>"), "a https://h/d/a [1]; ");
}

TEST(PageScan, EveryKindOfElement) {
  EXPECT_EQ(both("<link rel=next href=n><link rel=stylesheet href=s><link rel='alternate' type='application/rss+xml' href=r><link rel=alternate hreflang=de href=de><map><area href=ar></map>"
                 "<iframe src=f></iframe><img src=i><script src=j></script><meta http-equiv=Refresh content='5; URL=\"m\"'>"),
            "link https://h/d/n [] next; link-all https://h/d/r [] alternate; link https://h/d/de [] alternate; area https://h/d/ar []; iframe https://h/d/f []; img https://h/d/i []; script https://h/d/j []; "
            "meta-refresh https://h/d/m []; ");
  EXPECT_EQ(both("<frameset><frame src=a><frame src=b></frameset>"), "frame https://h/d/a []; frame https://h/d/b []; ");
}

TEST(PageScan, SourceSets) {  // HTML Standard, 4.8.4.3.10
  EXPECT_EQ(both("<img src=a srcset='b 1x, c,d 2x,, e,f.png 100w'><picture><source srcset=g></picture><link rel=preload as=image imagesrcset='h 2x'>"),
            "img https://h/d/a []; img https://h/d/b []; img https://h/d/c,d []; img https://h/d/e,f.png []; img https://h/d/g []; img https://h/d/h []; ");
}

TEST(PageScan, TheFirstBaseHrefCounts) {
  EXPECT_EQ(both("<base target=x><base href=/b/><base href=/c/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<template><base href=/t/></template><a href=a></a>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<base href='data:x,'><a href=a></a>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<base href='http://['><a href=a></a>"), "a https://h/d/a []; ");
}

TEST(PageScan, WhatHidesLinksAndWhatDoesNot) {
  EXPECT_EQ(both("<noscript><a href=n>n</a></noscript><template><a href=t></a></template><!-- <a href=c> --><textarea><a href=x></textarea><title><a href=y></title><xmp><a href=z></xmp>"
                 "<script>'<a href=s>'</script><iframe><a href=i></a></iframe>"),
            "a https://h/d/n [n]; ");
  EXPECT_EQ(both("<script><!-- <script> </script> <a href=no> --></script><a href=yes></a>"), "a https://h/d/yes []; ");
  EXPECT_EQ(both("<p title='<a href=no>'><!--> <a href=yes></a>"), "a https://h/d/yes []; ");
  EXPECT_EQ(both("<template><template></template><a href=no></a></template><a href=yes></a>"), "a https://h/d/yes []; ");
}

TEST(PageScan, SvgLinksHaveBothSpellings) {
  EXPECT_EQ(both("<svg><title>s</title><a xlink:href=x><text>t</text></a><a href=y></a></svg><title>p</title>"), "a https://h/d/x [t]; a https://h/d/y []; ");
}

TEST(PageScan, ReferencesInAttributes) {  // 13.2.5.73: without ';' before '=' or a letter they stay
  EXPECT_EQ(both("<a href='?a=1&amp;b=2&copy=3&#x41;&lt'></a>"), "a https://h/d/p?a=1&b=2&copy=3A%3C []; ");
}

TEST(PageScan, TitleIsTheFirstThatSaysSomething) {
  EXPECT_EQ(scan_page("<title> A &amp;\n b </title><title>c</title>", false).title, "A & b");
  EXPECT_EQ(scan_page("<svg><title>no</title></svg><title>yes</title>", false).title, "yes");
  both("<title></title><title>second</title>");
  both("<title>open <b>");
}

TEST(PageScan, RobotsRulesAreWords) {
  const page_scan s = scan_page("<meta name=Robots content='NoIndex,follow'>", false);
  EXPECT_TRUE(s.robots.noindex);
  EXPECT_FALSE(s.robots.nofollow);
  EXPECT_FALSE(scan_page("<meta name=robots content='nonexistent'>", false).robots.noindex);
  both("<meta name=robots content=none><meta property=og:title content=x><html lang=de>");
}

TEST(PageScan, ForeignElementsAreNotThoseOfHtml) {  // HTML Standard, 13.2.6.5: "insert a foreign element"
  EXPECT_EQ(both("<svg><base href=/s/></svg><math><base href=/m/></math><a href=a></a>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<svg><base href=/s/></svg><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg><link rel=next href=1><iframe src=2></iframe><script src=3></script><area href=4><source srcset=5><frame src=6></svg><math><a href=7></a><link rel=canonical href=8></math>"), "");
  EXPECT_EQ(both("<svg><template></svg><a href=a></a>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<svg><template><a href=a></a></template></svg><title>t</title>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<math><svg><a href=a></a></svg></math><svg><math><a href=b></a></math></svg>"), "a https://h/d/b []; ");
  EXPECT_EQ(both("<a href=a>x<svg><style>y</style><script>z</script><text>w</text></svg></a>"), "a https://h/d/a [xw]; ");
}

TEST(PageScan, HtmlGoesOnInIntegrationPointsAndWhereItBreaksOut) {  // 13.2.6, 13.2.6.5
  EXPECT_EQ(both("<svg><foreignObject><base href=/f/><iframe src=i></iframe></foreignObject><base href=/s/></svg><a href=a></a>"), "iframe https://h/f/i []; a https://h/f/a []; ");
  EXPECT_EQ(both("<svg><desc><base href=/f/></desc></svg><a href=a></a>"), "a https://h/f/a []; ");
  EXPECT_EQ(both("<math><mtext><base href=/f/></mtext><base href=/m/></math><a href=a></a>"), "a https://h/f/a []; ");
  EXPECT_EQ(both("<math><annotation-xml encoding=Text/HTML><base href=/f/></annotation-xml></math><a href=a></a>"), "a https://h/f/a []; ");
  EXPECT_EQ(both("<math><annotation-xml><base href='/f/'/><svg><a href=s></a></svg></annotation-xml></math><a href=a></a>"), "a https://h/d/s []; a https://h/d/a []; ");
  EXPECT_EQ(both("<svg><g><p><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg><meta name=robots content=none><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg/><math/><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
}

TEST(PageScan, AnEndTagClosesWhatItAnswersTo) {  // 13.2.6.5, "Any other end tag"
  EXPECT_EQ(both("<svg><g><path></g></svg><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg><svg><g></svg></g><base href=/s/></svg><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg></path></g></body></form><base href=/s/></svg><a href=a></a>"), "a https://h/d/a []; ");
  EXPECT_EQ(both("<div><svg><path></div><script>'<a href=no>'</script><iframe src=i></iframe>"), "iframe https://h/d/i []; ");
  EXPECT_EQ(both("<a href=a><svg></a><base href=/b/><script src=s></script>"), "a https://h/b/a []; script https://h/b/s []; ");
  EXPECT_EQ(both("<table><tr><td><svg></td></tr></table><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
  EXPECT_EQ(both("<svg><a href=a><g></a><a href=b></a><base href=/s/></svg><a href=c></a>"), "a https://h/d/a []; a https://h/d/b []; a https://h/d/c []; ");
  EXPECT_EQ(both("<svg><title>t</svg><base href=/b/><a href=a></a>"), "a https://h/b/a []; ");
}

/// What a page's metas say to an agent, in words; by both ways.
std::string robots_of(std::string_view page, std::string_view agent = "trawl") {
  const html::document d(page);
  const policy::robots_directives found = scan_page(page, false, agent).robots;
  EXPECT_EQ(found, scan_tree(d, false, agent).robots) << page;
  return std::string(found.noindex ? "noindex " : "") + (found.nofollow ? "nofollow " : "");
}

TEST(PageScan, RobotsMetasAreCalledRobotsOrAsTheAgent) {
  EXPECT_EQ(robots_of("<meta name=trawl content=nofollow>"), "nofollow ");
  EXPECT_EQ(robots_of("<meta name=trawl content=nofollow>", "my-bot"), "");
  EXPECT_EQ(robots_of("<meta name=MY-bot content=nofollow><meta name=robots content=noindex>", "My-Bot"), "noindex nofollow ");
  EXPECT_EQ(robots_of("<meta name=' \nROBOTS\t' content=NOINDEX>"), "noindex ");
  EXPECT_EQ(robots_of("<meta name=' ' property=robots content=noindex>"), "noindex ");
  EXPECT_EQ(robots_of("<meta name='' content=noindex><meta content=noindex>", ""), "");
  EXPECT_EQ(robots_of("<meta name=googlebot content=noindex><meta name=robots-x content=noindex>"), "");
}

TEST(PageScan, ARobotsMetaIsReadAsTheFieldIs) {
  EXPECT_EQ(robots_of("<meta name=robots content='index, follow, max-image-preview: none'>"), "");
  EXPECT_EQ(robots_of("<meta name=robots content='max-snippet:-1, unavailable_after: Friday, 25-Jun-10 15:00:00 PST, nofollow'>"), "nofollow ");
  EXPECT_EQ(robots_of("<meta name=robots content='noindex&comma;&#32;nofollow'>"), "noindex nofollow ");
}

TEST(PageScan, ARobotsMetaCountsHoweverManyMetasStandBeforeIt) {
  std::string page;
  for (int i = 0; i < 300; ++i) page += "<meta name=x content=y>";
  EXPECT_EQ(robots_of(page + "<meta name=robots content=none>"), "noindex nofollow ");
  EXPECT_EQ(scan_page(page, false).meta.size(), 256U);
}

TEST(PageScan, OnlyMetasOfTheDocumentCount) {
  EXPECT_EQ(robots_of("<!-- <meta name=robots content=none> --><template><meta name=robots content=none></template><textarea><meta name=robots content=none></textarea>"), "");
  EXPECT_EQ(robots_of("<body><p><noscript><meta name=robots content=nofollow></noscript>"), "nofollow ");
}

TEST(PageScan, TheFirstValidRefreshIsTheOnlyOne) {  // HTML Standard, shared declarative refresh steps, 1: "If document's will declaratively refresh is true, then return."
  EXPECT_EQ(both("<meta http-equiv=refresh content='foo;url=/x'><meta http-equiv=refresh content='0 url=/y'><meta http-equiv=refresh content='0;url=/z'>"), "meta-refresh https://h/y []; ");
  EXPECT_EQ(both("<meta http-equiv=refresh content=300><meta http-equiv=refresh content='0;url=/z'>"), "");
  EXPECT_EQ(both("<meta http-equiv=refresh><meta http-equiv=refresh content=''><meta http-equiv=REFRESH content='0;url=/z' name=description>"), "meta-refresh https://h/z []; ");
  EXPECT_EQ(both("<template><meta http-equiv=refresh content=0></template><meta http-equiv=' refresh' content=0><meta http-equiv=refresh content='0;/z'>"), "meta-refresh https://h/z []; ");
}

TEST(PageScan, BrokenMarkup) {
  both("<a href=a <a href=b>x</a>");
  both("<a href=\"a>never closed");
  both("<a href=a/>x</a><a/href=b>y</a>");
  both("<div <a href=x>>");
  both("<a href=a>1</a");
  both("</a><a href=a></p>x");
  both("<table><a href=a>x</a><tr><td><a href=b>y</a></table>");
}

TEST(PageScan, AnchorTextIsWantedOnlyWhenAsked) { EXPECT_EQ(scan_page("<a href=a>x</a>", false).links.at(0).text, ""); }

std::string file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The first line in which two descriptions differ.
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  for (std::string l, r; std::getline(left, l) && std::getline(right, r);)
    if (l != r) return "scanner: " + l + "\ntree:    " + r;
  return "one has more lines";
}

/// How many of the pages both ways say the same of, anchor texts aside: they differ where elements overlap. The first that differ are shown.
std::pair<int, int> compare(const std::filesystem::path& root, int most) {
  int pages = 0, same = 0;
  for (auto entry = std::filesystem::recursive_directory_iterator(root, std::filesystem::directory_options::skip_permission_denied); entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::string suffix = entry->path().extension().string();
    if ((suffix != ".html" && suffix != ".htm") || !entry->is_regular_file()) continue;
    const std::string bytes = file(entry->path());
    html::decoded utf8;
    html::decode(bytes, "", utf8);
    const html::document d(utf8.text);
    if (!d.warning().empty()) continue;
    const page_scan by_scanner = scan_page(utf8.text, false), by_tree = scan_tree(d, false);
    const std::string a = described(by_scanner, here()), b = described(by_tree, here());
    ++pages;
    same += a == b ? 1 : 0;
    if (a != b && pages - same <= 3) ADD_FAILURE() << entry->path() << "\n" << first_difference(a, b);
    if (pages >= most) break;
  }
  return {pages, same};
}

TEST(PageScan, BothWaysAgreeOnWholePages) {
  const auto [pages, same] = compare(TRAWL_PAGES, 1000);
  EXPECT_GE(pages, 10);
  EXPECT_EQ(same, pages);
}

TEST(PageScanNightly, BothWaysAgreeOnInstalledDocumentation) {
  const auto [pages, same] = compare("/usr/share/doc", 20'000);
  if (pages < 100) GTEST_SKIP() << "fewer than 100 HTML pages in /usr/share/doc; install postgresql-doc-15 or python3.11-doc";
  EXPECT_EQ(same, pages);
}

}  // namespace
}  // namespace trawl::extract
