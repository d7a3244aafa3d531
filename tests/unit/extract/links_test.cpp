#include "crawler/extract/links.hpp"
#include "crawler/extract/metadata.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace trawl::extract {
namespace {

std::vector<link> links_of(std::string_view html, std::string_view at = "http://h.test/d/page", bool with_text = true) {
  const url::url document = *url::parse(at);
  const page_scan scan = scan_page(html, with_text);
  std::vector<link> out;
  for (auto&& l : links(scan, document))
    if (l.is_new) out.push_back(l.value);
  return out;
}

/// "kind url" of each link.
std::vector<std::string> found(std::string_view html, std::string_view at = "http://h.test/d/page") {
  std::vector<std::string> out;
  for (const link& l : links_of(html, at)) out.push_back(std::string(to_string(l.kind)) + " " + l.url);
  return out;
}

using list = std::vector<std::string>;

TEST(Links, EachElementThatNamesADocument) {
  EXPECT_EQ(found("<a href=1><area href=2><frame src=3><iframe src=4></iframe><img src=5><script src=6></script>"),
            (list{"a http://h.test/d/1", "area http://h.test/d/2", "frame http://h.test/d/3", "iframe http://h.test/d/4", "img http://h.test/d/5", "script http://h.test/d/6"}));
}

TEST(Links, ABaseOfMegabytesEndsThem) {
  const url::url document = *url::parse("http://h.test/");
  std::string page = "<base href='/" + std::string(std::size_t{10} << 20, 'd') + "/'>";
  for (int i = 0; i < 20; ++i) page += "<a href=" + std::to_string(i) + ">";
  std::size_t count = 0;
  bool is_cut = false;
  for (auto&& l : links(scan_page(page, false), document, &is_cut)) count += l.is_new ? 1 : 0;
  EXPECT_EQ(count, 6U) << "64 MiB of URLs";
  EXPECT_TRUE(is_cut);
}

TEST(Links, HalfAMillionOfThemArePartOfAPage) {
  std::string page;
  for (std::size_t i = 0; i < most_page_links + 10; ++i) page += "<a href=a>";
  const page_scan scan = scan_page(page, false);
  EXPECT_EQ(scan.links.size(), most_page_links);
  EXPECT_TRUE(scan.is_cut);
  EXPECT_FALSE(scan_page("<a href=a>", false).is_cut);
}

TEST(Links, RelDecidesOnLinkElements) {
  EXPECT_EQ(found("<link rel=next href=1><link rel='PREV x' href=2><link rel=canonical href=3><link rel=alternate href=4><link rel=alternate type=text/html href=5>"),
            (list{"link http://h.test/d/1", "link http://h.test/d/2", "link http://h.test/d/3", "link http://h.test/d/4", "link http://h.test/d/5"}));
  EXPECT_EQ(found("<link rel=alternate type=application/rss+xml href=1><link rel=amphtml href=2><link rel=shortlink href=3>"),
            (list{"link-all http://h.test/d/1", "link-all http://h.test/d/2", "link-all http://h.test/d/3"}));
  EXPECT_EQ(found("<link rel=stylesheet href=1><link rel=icon href=2><link rel=preload href=3><link rel='alternate stylesheet' href=4><link href=5>"), list{});
}

TEST(Links, MetaRefreshInItsManyForms) {  // HTML Standard, 4.2.5.3
  for (const char* content : {"0;url=x", "5; URL = 'x'", "0,x", "0; x", "1.5;url='x'z", " 5 ; url=x"})
    EXPECT_EQ(found("<meta http-equiv=Refresh content=\"" + std::string(content) + "\">"), list{"meta-refresh http://h.test/d/x"}) << content;
  EXPECT_EQ(found("<meta http-equiv=refresh content=5>"), list{});
}

TEST(Links, ResolveAgainstTheFirstBaseWithHref) {
  EXPECT_EQ(found("<a href=1><base target=_blank><base href=/b/><base href=/c/><a href=2>"), (list{"a http://h.test/b/1", "a http://h.test/b/2"}));
  EXPECT_EQ(found("<base href='http://other.test/x'><a href=y>"), list{"a http://other.test/y"});
  EXPECT_EQ(found("<base href='data:text/html,x'><a href=y>"), list{"a http://h.test/d/y"});
  EXPECT_EQ(found("<base href='http://['><a href=y>"), list{"a http://h.test/d/y"});
}

TEST(Links, OneEntryPerUrlWithoutFragmentInDocumentOrder) {
  EXPECT_EQ(found("<a href=b><a href=a><a href='b#x'><img src=b>"), (list{"a http://h.test/d/b", "a http://h.test/d/a"}));
  EXPECT_EQ(found("<a href=''><a href='#top'>"), list{"a http://h.test/d/page"});
}

TEST(Links, OnlyHttpIsALink) {
  EXPECT_EQ(found("<a href='mailto:a@b'><a href='javascript:void(0)'><a href='tel:1'><a href='http://['><a href='ftp://h/'><a href='HTTPS:x'>"), list{"a https://x/"});
}

TEST(Links, HrefsAreReadAsBrowsersReadThem) {
  EXPECT_EQ(found("<a href=' x\ny '>"), list{"a http://h.test/d/xy"});
  EXPECT_EQ(found("<a href='?a=1&amp;copy=2&copy=3'>"), list{"a http://h.test/d/page?a=1&copy=2&copy=3"});
  EXPECT_EQ(found("<a href='\\\\other\\x'>"), list{"a http://other/x"});
}

TEST(Links, HiddenMarkupHoldsNone) {
  EXPECT_EQ(found("<!-- <a href=1> --><script>'<a href=2>'</script><style><a href=3></style><textarea><a href=4></textarea><template><a href=5><template></template><a href=6></template><a href=7>"),
            list{"a http://h.test/d/7"});
  EXPECT_EQ(found("<noscript><a href=1></noscript>"), list{"a http://h.test/d/1"});
}

TEST(Links, AnchorTextIsFoldedAndRelLowerCase) {
  const auto l = links_of("<a href=1 rel='NoFollow UGC'>  a\n <b>b</b>&amp;\tc </a> after <a href=2><img alt=x></a>");
  ASSERT_EQ(l.size(), 2U);
  EXPECT_EQ(l[0].text, "a b& c");
  EXPECT_EQ(l[0].rel, "nofollow ugc");
  EXPECT_EQ(l[1].text, "");
  EXPECT_EQ(links_of("<a href=1>x</a>", "http://h.test/", false).at(0).text, "");
}

TEST(Links, AnchorsDoNotNest) {
  const auto l = links_of("<a href=1>one<a href=2>two</a>three");
  ASSERT_EQ(l.size(), 2U);
  EXPECT_EQ(l[0].text, "one");
  EXPECT_EQ(l[1].text, "two");
}

TEST(PageScan, TitleIsTheFirstOutsideSvg) {
  EXPECT_EQ(scan_page("<svg><title>icon</title></svg><title> A\n&amp; B </title><title>second</title>", false).title, "A & B");
}

TEST(PageScan, RobotsMetaAddsUp) {
  const page_scan both = scan_page("<meta name=ROBOTS content='NoIndex, follow'><meta name=robots content=nofollow>", false);
  EXPECT_TRUE(both.robots.noindex && both.robots.nofollow);
  const page_scan none = scan_page("<meta name=robots content=none>", false);
  EXPECT_TRUE(none.robots.noindex && none.robots.nofollow);
  const page_scan neither = scan_page("<meta name=description content='noindex nofollow'><meta name=robots content='index, all, max-image-preview:none-such'>", false);
  EXPECT_FALSE(neither.robots.noindex || neither.robots.nofollow);
}

TEST(Metadata, TakesTheFirstThatSaysSomething) {
  const auto document = *url::parse("http://h.test/d/");
  const auto m = nlohmann::json::parse(metadata(scan_page("<html lang=de><title>T</title><meta name=description content=''><meta property=og:description content=' o\ng '><link rel=canonical href=/c#f><meta name=keywords content=k>", false), document));
  EXPECT_EQ(m, (nlohmann::json{{"title", "T"}, {"description", "o g"}, {"canonical", "http://h.test/c"}, {"language", "de"}, {"keywords", "k"}}));
  EXPECT_EQ(metadata(scan_page("<p>nothing", false), document), "");
}

}  // namespace
}  // namespace trawl::extract
