// The keys extract, rules, expect and limits: what a page becomes, and when a crawl ends.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::crawl_from;
using testing::html;
using testing::no_page;

/// A site of one page with these response headers.
class one_page {
 public:
  explicit one_page(std::string body, std::string headers = "") : server(no_page) {
    server.on("/", [body, headers](const auto&) { return site::page(body, 200, "text/html; charset=utf-8", headers); });
  }
  json record(std::vector<std::string> sets) {
    sets.emplace_back("scope.max_depth=0");
    return crawl_from(server.url("/"), std::move(sets)).records.at(0);
  }
  site::server server;
};

constexpr const char* rich =
    "<!doctype html><html lang=en><title> A  title </title><meta name=description content=said><link rel=canonical href=/c>"
    "<a href='/x#f' rel=NEXT> some <b>text</b></a><img src=/i.png><a href='mailto:a@b'>m</a>";

TEST(ExtractLinks, AreInTheRecordWhenAsked) {
  one_page s(rich);
  EXPECT_FALSE(s.record({}).contains("links"));
  const json links = s.record({"extract.links=true"})["links"];
  EXPECT_EQ(links, (json::array({{{"url", s.server.url("/c")}, {"text", ""}, {"rel", "canonical"}, {"kind", "link"}},
                                 {{"url", s.server.url("/x")}, {"text", "some text"}, {"rel", "next"}, {"kind", "a"}},
                                 {{"url", s.server.url("/i.png")}, {"text", ""}, {"rel", ""}, {"kind", "img"}}})));
}

TEST(ExtractMetadata, IsThereUnlessTurnedOff) {
  one_page s(rich);
  const json r = s.record({});
  EXPECT_EQ(r["title"], "A title");
  EXPECT_EQ(r["metadata"]["description"], "said");
  EXPECT_EQ(r["metadata"]["canonical"], s.server.url("/c"));
  EXPECT_FALSE(s.record({"extract.metadata=false"}).contains("metadata"));
}

TEST(ExtractHtml, IsTheDecodedSource) {
  one_page s("caf\xE9", "");
  s.server.on("/", [](const auto&) { return site::page("<p>caf\xE9", 200, "text/html; charset=iso-8859-1"); });
  EXPECT_FALSE(s.record({}).contains("html"));
  const json r = s.record({"extract.html=true"});
  EXPECT_EQ(r["html"], "<p>caf\xC3\xA9");
  EXPECT_EQ(r["charset"], "windows-1252");
}

TEST(ExtractHeaders, AreAllOrThoseNamed) {
  one_page s("ok", "X-One: 1\r\nX-Two: 2\r\nx-two: 3\r\n");
  EXPECT_FALSE(s.record({}).contains("headers"));
  EXPECT_EQ(s.record({"extract.headers=[X-Two, absent]"})["headers"], (json{{"x-two", "2, 3"}}));
  const json all = s.record({"extract.headers=true"})["headers"];
  EXPECT_EQ(all["x-one"], "1");
  EXPECT_EQ(all["content-type"], "text/html; charset=utf-8");
}

/// "/" links to /shop/1 and /blog/1, each of which links on.
class two_sections {
 public:
  two_sections() : server([](const site::seen_request& r) { return html("<a href='" + r.target + "/deeper'>d</a>"); }) {
    server.on("/robots.txt", no_page);
    server.on("/", [](const auto&) { return html("<a href=/blog/1>b</a><a href=/shop/1>s</a>"); });
  }
  testing::crawl_outcome crawl(const std::string& rules, std::vector<std::string> sets = {}) {
    sets.emplace_back("rules=" + rules);
    sets.emplace_back("scope.max_depth=2");
    return crawl_from(server.url("/"), std::move(sets));
  }
  site::server server;
};

TEST(Rules, FollowIsForMatchingPagesOnly) {
  two_sections s;
  s.crawl("[{match: \"*/shop/*\", follow: []}]");
  EXPECT_EQ(s.server.count("/shop/1"), 1U);
  EXPECT_EQ(s.server.count("/shop/1/deeper"), 0U);
  EXPECT_EQ(s.server.count("/blog/1/deeper"), 1U);
}

TEST(Rules, OutputFalseWithholdsTheRecordNotTheVisit) {
  two_sections s;
  const auto o = s.crawl("[{match: \"*/shop/*\", output: false}]");
  EXPECT_EQ(o.withheld, (std::set<std::string>{s.server.url("/shop/1"), s.server.url("/shop/1/deeper")}));
  EXPECT_EQ(s.server.count("/shop/1/deeper"), 1U);
  EXPECT_EQ(o.records.size(), 5U);  // without gaps in seq
}

TEST(Rules, PriorityOrdersTheQueue) {
  two_sections s;
  s.crawl("[{match: \"*/shop/*\", priority: 5}]", {"politeness.per_host=1"});
  std::vector<std::string> order;
  for (const auto& r : s.server.log())
    if (r.target.size() > 1 && r.target != "/robots.txt") order.push_back(r.target);
  EXPECT_EQ(order, (std::vector<std::string>{"/shop/1", "/shop/1/deeper", "/blog/1", "/blog/1/deeper"}));
}

TEST(Rules, AllThatMatchMergeAndLaterWins) {
  two_sections s;
  const auto o = s.crawl("[{match: \"*\", output: false, follow: []}, {match: \"re:/$\", follow: [a]}, {match: \"*/blog/*\", output: true}]");
  EXPECT_EQ(o.withheld, (std::set<std::string>{s.server.url("/"), s.server.url("/shop/1")}));
  EXPECT_EQ(s.server.count("/shop/1/deeper"), 0U);
}

TEST(Expect, PagesAndOkRatioAreWhatWasNotMet) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/gone>g</a>"); });
  EXPECT_TRUE(crawl_from(s.url("/"), {"expect={pages: 1, ok_ratio: 0.5}"}).unmet.empty());
  EXPECT_EQ(crawl_from(s.url("/"), {"expect={pages: 2}"}).unmet.size(), 1U);
  EXPECT_EQ(crawl_from(s.url("/"), {"expect={pages: 1, ok_ratio: 0.6}"}).unmet.size(), 1U);
}

/// Every page links to two more.
site::reply endless(const site::seen_request& r) {
  return r.target == "/robots.txt" ? no_page(r) : site::page("<a href='" + r.target + "a'>1</a><a href='" + r.target + "b'>2</a>" + std::string(1000, ' '));
}

TEST(Limits, DurationEndsTheCrawlCleanly) {
  const site::server s(endless);
  const auto begin = std::chrono::steady_clock::now();
  const auto o = crawl_from(s.url("/"), {"limits.duration=400ms", "politeness.delay=20ms"});
  EXPECT_EQ(o.ended, engine::ending::duration);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_GT(o.numbers.books.queued, 0U);
}

TEST(Limits, BytesEndTheCrawlSoonAfter) {
  const site::server s(endless);
  const auto o = crawl_from(s.url("/"), {"limits.bytes=20KiB", "politeness.delay=10ms"});
  EXPECT_EQ(o.ended, engine::ending::bytes);
  EXPECT_GE(o.numbers.wire_bytes, 20U * 1024);
  EXPECT_LT(o.numbers.wire_bytes, 100U * 1024);
}

TEST(Limits, ErrorsEndTheCrawl) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/robots.txt") return no_page(r);
    if (r.target.ends_with("a")) return site::script({site::reset()});
    return endless(r);
  });
  const auto o = crawl_from(s.url("/"), {"limits.errors=3", "fetch.retries=0", "politeness.delay=10ms"});
  EXPECT_EQ(o.ended, engine::ending::errors);
  EXPECT_GE(o.numbers.errors.at("connect.reset"), 3U);
}

}  // namespace
}  // namespace trawl
