// The key sitemaps, and header-link of scope.follow, as the server and the records see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using ::testing::UnorderedElementsAre;
using testing::crawl_outcome;
using testing::no_page;

site::reply ok(const site::seen_request&) { return testing::html("ok"); }

site::server::handler xml(std::string body) {
  return [body = std::move(body)](const auto&) { return site::page(body, 200, "application/xml"); };
}

std::string url_entry(const std::string& url, const std::string& more = "") { return "<url><loc>" + url + "</loc>" + more + "</url>"; }
std::string map_entry(const std::string& url) { return "<sitemap><loc>" + url + "</loc></sitemap>"; }
std::string urlset(const std::string& inside) { return "<urlset>" + inside + "</urlset>"; }
std::string index(const std::string& inside) { return "<sitemapindex>" + inside + "</sitemapindex>"; }

/// `job` is the start of one: its seeds and sitemaps.
crawl_outcome run(const std::string& job, std::vector<std::string> more = {}) {
  more.insert(more.begin(), testing::quick.begin(), testing::quick.end());
  return testing::run_crawl(job + "\n", {true, std::move(more)});
}
crawl_outcome crawl_map(const std::string& sitemap, std::vector<std::string> more = {}) { return run("sitemaps: [\"" + sitemap + "\"]", std::move(more)); }

std::vector<std::string> urls_of(const crawl_outcome& o) {
  std::vector<std::string> out;
  for (const json& r : o.records) out.push_back(r["url"]);
  return out;
}

/// What gzip -9n makes of <urlset><url><loc>PLACE/zipped</loc></url></urlset> can't be written down, as the port differs; a stored block can.
std::string stored_gzip(const std::string& content) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : content) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  crc = ~crc;
  const auto little = [](std::uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
    return out;
  };
  const auto size = static_cast<std::uint32_t>(content.size());
  return std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03\x01", 11) + little(size, 2) + little(~size, 2) + content + little(crc, 4) + little(size, 4);
}

TEST(SitemapsKey, EntriesAreCrawledAndTheSitemapIsNoPage) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  s.on("/map.xml", xml(urlset(url_entry(s.url("/a"), "<lastmod>2005-01-01</lastmod>") + url_entry(s.url("/b")) + url_entry(s.url("/a")) + url_entry("nothing"))));
  s.on("/a", [](const auto&) { return testing::html("<a href=/deeper>d</a>"); });
  const auto o = crawl_map(s.url("/map.xml"));
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/a"), s.url("/b"), s.url("/deeper")));
  const json& a = *o.of(s.url("/a"));
  EXPECT_EQ(a["depth"], 0);
  EXPECT_EQ(a["parent"], s.url("/map.xml"));
  EXPECT_EQ(a["seed"], s.url("/map.xml"));
  EXPECT_EQ((*o.of(s.url("/deeper")))["depth"], 1);
  EXPECT_EQ(s.count("/map.xml"), 1U);
  EXPECT_EQ(o.numbers.books.duplicates, 1U);
  EXPECT_EQ(o.numbers.invalid, 1U);
  EXPECT_EQ(o.ended, engine::ending::drained);
}

TEST(SitemapsKey, RobotsNamesThemWithItsHost) {
  site::server s(ok);
  s.on("/robots.txt", [&](const auto&) { return site::page("Sitemap: " + s.url("/one.txt") + "\nUser-agent: *\nDisallow: /no\nSitemap: /two.xml\n", 200, "text/plain"); });
  s.on("/one.txt", [&](const auto&) { return site::page(s.url("/a") + "\r\n" + s.url("/no") + "\n", 200, "text/plain"); });
  s.on("/two.xml", xml("<rss><channel><item><link>/b</link></item></channel></rss>"));
  const std::string seed = "seeds: [\"" + s.url("/") + "\"]\n";
  const auto o = run(seed + "sitemaps: [robots]");
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/"), s.url("/a"), s.url("/b"), s.url("/no")));
  EXPECT_EQ(o.error_of(s.url("/no")), "robots.disallowed");
  EXPECT_EQ((*o.of(s.url("/a")))["parent"], s.url("/one.txt"));
  EXPECT_THAT(urls_of(run(seed)), UnorderedElementsAre(s.url("/")));
}

TEST(SitemapsKey, IndexesNestToFiveAndEachIsReadOnce) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  for (int level = 0; level <= 6; ++level) {
    const std::string here = "/" + std::to_string(level) + ".xml", next = s.url("/" + std::to_string(level + 1) + ".xml");
    s.on(here, xml(index(map_entry(next) + map_entry(s.url("/0.xml")) + map_entry(s.url("/pages" + std::to_string(level))) + map_entry(next))));
    s.on("/pages" + std::to_string(level), xml(urlset(url_entry(s.url("/page" + std::to_string(level))))));
  }
  const auto o = crawl_map(s.url("/0.xml"));
  EXPECT_EQ(o.records.size(), 5U);  // those of the indexes 0 to 4; 5.xml stands five deep, and what it names deeper
  for (int level = 0; level <= 5; ++level) EXPECT_EQ(s.count("/" + std::to_string(level) + ".xml"), 1U) << level;
  EXPECT_EQ(s.count("/6.xml"), 0U);
  EXPECT_EQ((*o.of(s.url("/page4")))["seed"], s.url("/0.xml"));
}

TEST(SitemapsKey, GzipFilesAreUnpacked) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  const std::string packed = stored_gzip(urlset(url_entry(s.url("/zipped"))));
  s.on("/map.xml.gz", [packed](const auto&) { return site::page(packed, 200, "application/x-gzip"); });
  s.on("/torn.xml.gz", [packed](const auto&) { return site::page(packed.substr(0, packed.size() - 12), 200, "application/x-gzip"); });
  EXPECT_THAT(urls_of(crawl_map(s.url("/map.xml.gz"))), UnorderedElementsAre(s.url("/zipped")));
  EXPECT_THAT(urls_of(crawl_map(s.url("/torn.xml.gz"))), UnorderedElementsAre(s.url("/zipped")));
}

TEST(SitemapsKey, BrokenFilesGiveWhatTheyHave) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  s.on("/map.xml", xml("<urlset>" + url_entry(s.url("/a")) + "<url><loc>" + s.url("/b") + "</url><url></url><url><loc>" + s.url("/cut")));
  const auto o = crawl_map(s.url("/map.xml"));
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/a"), s.url("/b")));
  EXPECT_EQ(o.numbers.invalid, 2U);
}

TEST(SitemapsKey, WhatCanNotBeReadIsNoRecord) {
  site::server s(no_page);
  const auto o = run("seeds: [\"" + s.url("/") + "\"]\nsitemaps: [\"" + s.url("/none.xml") + "\", \"http://127.0.0.1:1/refused.xml\"]");
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/")));
  EXPECT_EQ(s.count("/none.xml"), 1U);
}

TEST(SitemapsKey, ScopeAppliesToEntriesAndItsHostJoins) {
  site::server s(ok), other(ok);
  s.on("/robots.txt", no_page);
  s.on("/map.xml", xml(urlset(url_entry(s.url("/a")) + url_entry(s.url("/secret/b")) + url_entry(other.url("/c")))));
  const auto o = crawl_map(s.url("/map.xml"), {"scope.exclude=[\"*/secret/*\", \"*.xml\"]", "scope.max_depth=0"});
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/a")));
  EXPECT_EQ(other.log().size(), 0U);
  ASSERT_EQ(o.rejected.size(), 2U);
  for (const auto& r : o.rejected) EXPECT_EQ(r.parent, s.url("/map.xml"));
}

TEST(SitemapsKey, RobotsIsObeyedForTheSitemapToo) {
  site::server s(ok);
  s.on("/robots.txt", [](const auto&) { return site::page("User-agent: *\nDisallow: /map\n", 200, "text/plain"); });
  s.on("/moved", [&](const auto&) { return site::redirect(s.url("/map.xml")); });
  EXPECT_EQ(crawl_map(s.url("/map.xml")).records.size(), 0U);
  EXPECT_EQ(crawl_map(s.url("/moved")).records.size(), 0U);
  EXPECT_EQ(s.count("/map.xml"), 0U);
}

TEST(SitemapsKey, RedirectsAreFollowedToOtherHosts) {
  site::server s(ok), other(ok);
  for (auto* each : {&s, &other}) each->on("/robots.txt", no_page);
  s.on("/map.xml", [&](const auto&) { return site::redirect(other.url("/real.xml")); });
  s.on("/round", [&](const auto&) { return site::redirect(s.url("/round")); });
  other.on("/real.xml", xml(urlset(url_entry(s.url("/a")))));
  const auto o = crawl_map(s.url("/map.xml"), {"fetch.private_addresses=allow"});
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/a")));
  EXPECT_EQ((*o.of(s.url("/a")))["parent"], other.url("/real.xml"));
  EXPECT_EQ(crawl_map(s.url("/round")).records.size(), 0U);
  EXPECT_EQ(s.count("/round"), 1U);
}

TEST(SitemapsKey, ThoseOfRobotsAreRelativeToItAndLoseTheirCredentials) {
  site::server s(ok);
  const std::string port = std::to_string(s.port());
  s.on("/robots.txt", [&](const auto&) { return site::page("Sitemap: here.txt\nSitemap: http://user:secret@127.0.0.1:" + port + "/there.txt\n", 200, "text/plain"); });
  s.on("/here.txt", [&](const auto&) { return site::page(s.url("/a"), 200, "text/plain"); });
  s.on("/there.txt", [&](const auto&) { return site::page(s.url("/b"), 200, "text/plain"); });
  const auto o = run("seeds: [\"" + s.url("/deep/er/") + "\"]\nsitemaps: [robots]");
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/deep/er/"), s.url("/a"), s.url("/b")));
  for (const json& r : o.records) EXPECT_EQ(r.dump().find("secret"), std::string::npos) << r;
}

// sitemaps.org: "A Sitemap index file can only specify Sitemaps that are found on the same site as the Sitemap index file."
TEST(SitemapsKey, IndexNamesNoSitemapOfAnotherSite) {
  site::server s(no_page);
  const std::string port = std::to_string(s.port());
  s.on("/index.xml", xml(index(map_entry("http://maps.one.example:" + port + "/ours.xml") + map_entry("http://two.example:" + port + "/theirs.xml"))));
  const auto o = crawl_map("http://one.example:" + port + "/index.xml",
                           {"fetch.private_addresses=allow", "fetch.resolve={one.example: 127.0.0.1, maps.one.example: 127.0.0.1, two.example: 127.0.0.1}"});
  EXPECT_EQ(s.count("/ours.xml"), 1U);
  EXPECT_EQ(s.count("/theirs.xml"), 0U);
  EXPECT_EQ(o.ended, engine::ending::drained);
}

TEST(SitemapsKey, PagesGetTheirTurnsBetweenThem) {
  site::server s(ok);
  std::string maps;
  for (int i = 0; i < 12; ++i) {
    const std::string name = "/m" + std::to_string(i) + ".txt";
    s.on(name, [](const auto&) { return site::page("", 200, "text/plain"); });
    maps += map_entry(s.url(name));
  }
  s.on("/robots.txt", [&](const auto&) { return site::page("Sitemap: /index.xml\n", 200, "text/plain"); });
  s.on("/index.xml", xml(index(maps)));
  const auto o = run("seeds: [\"" + s.url("/{1..5}") + "\"]\nsitemaps: [robots]", {"politeness.delay=60ms", "politeness.per_host=1"});
  EXPECT_EQ(o.records.size(), 5U);
  const auto log = s.log();
  testing::expect_apart(log, std::chrono::milliseconds(60));
  const auto pages = std::ranges::count_if(log.begin(), log.begin() + 11, [](const auto& r) { return r.target.size() == 2; });
  EXPECT_GE(pages, 4) << "of the first eleven requests";
}

TEST(SitemapsKey, SaturatedCrawlLeavesThemASlot) {
  using namespace std::chrono_literals;
  site::server s([](const auto&) { return site::reply{testing::html("ok").bytes, 20ms}; }), maps(no_page);
  s.on("/robots.txt", no_page);
  std::string pages;
  for (int i = 0; i < 40; ++i) pages += s.url("/" + std::to_string(i)) + "\n";
  maps.on("/index.xml", xml(index(map_entry(maps.url("/a.txt")) + map_entry(maps.url("/b.xml")))));
  maps.on("/a.txt", [pages](const auto&) { return site::page(pages, 200, "text/plain"); });
  maps.on("/b.xml", [&](const auto&) { return site::page(urlset(url_entry(s.url("/late"), "<priority>1.0</priority>")), 200, "application/xml"); });
  const auto o = crawl_map(maps.url("/index.xml"), {"fetch.private_addresses=allow", "scope.within=any", "scope.max_pages=100", "fetch.concurrency=1", "politeness.per_host=1"});
  EXPECT_EQ(o.records.size(), 41U);
  const auto log = s.log();
  ASSERT_GT(log.size(), 20U);
  EXPECT_TRUE(std::ranges::any_of(log.begin(), log.begin() + 20, [](const auto& r) { return r.target == "/late"; }));
}

TEST(SitemapsKey, PriorityOrdersAndTheJobsRulesCountMore) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  const auto entry = [&](const char* target, const char* priority) { return url_entry(s.url(target), std::string("<priority>") + priority + "</priority>"); };
  s.on("/map.xml", xml(urlset(entry("/low", "0.1") + url_entry(s.url("/middle")) + entry("/high", "1.0") + entry("/ruled", "0.0"))));
  crawl_map(s.url("/map.xml"), {"politeness.per_host=1", "rules=[{match: \"*/ruled\", priority: 50}]"});
  std::vector<std::string> asked;
  for (const auto& r : s.log())
    if (r.target != "/robots.txt" && r.target != "/map.xml") asked.push_back(r.target);
  EXPECT_EQ(asked, (std::vector<std::string>{"/ruled", "/high", "/middle", "/low"}));
}

TEST(SitemapsKey, MaxPagesEndsTheReading) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  std::string inside;
  for (int i = 0; i < 20'000; ++i) inside += url_entry(s.url("/p" + std::to_string(i)));
  s.on("/map.xml", xml(urlset(inside)));
  const auto o = crawl_map(s.url("/map.xml"), {"scope.max_pages=3"});
  EXPECT_EQ(o.records.size(), 3U);
  EXPECT_EQ(o.ended, engine::ending::max_pages);
  EXPECT_LT(o.numbers.books.discovered, 15'000U);  // no more were taken up than there is room for
}

TEST(SitemapsKey, DelayPartsSitemapsAndPagesAlike) {
  using namespace std::chrono_literals;
  site::server s(ok);
  s.on("/robots.txt", no_page);
  s.on("/map.xml", xml(index(map_entry(s.url("/1.xml")) + map_entry(s.url("/2.xml")))));
  s.on("/1.xml", xml(urlset(url_entry(s.url("/a")) + url_entry(s.url("/b")) + url_entry(s.url("/c")) + url_entry(s.url("/d")) + url_entry(s.url("/e")))));
  s.on("/2.xml", xml(urlset(url_entry(s.url("/f")))));
  const auto o = crawl_map(s.url("/map.xml"), {"politeness.delay=60ms"});
  EXPECT_EQ(o.records.size(), 6U);
  const auto log = s.log();
  ASSERT_EQ(log.size(), 10U);
  testing::expect_apart(log, 60ms);
  EXPECT_NE(log.back().target, "/2.xml");  // a full queue does not keep the second sitemap waiting to its end
}

TEST(SitemapsKey, PerHostBoundsSitemapsAndPagesTogether) {
  using namespace std::chrono_literals;
  site::server s([](const auto&) { return site::reply{testing::html("ok").bytes, 30ms}; });
  s.on("/robots.txt", no_page);
  std::string maps;
  for (int m = 0; m < 4; ++m) {
    const std::string name = "/" + std::to_string(m) + ".txt";
    std::string pages;
    for (int p = 0; p < 4; ++p) pages += s.url("/" + std::to_string(m) + "/" + std::to_string(p)) + "\n";
    s.on(name, [pages](const auto&) { return site::reply{site::page(pages, 200, "text/plain").bytes, 30ms}; });
    maps += map_entry(s.url(name));
  }
  s.on("/map.xml", xml(index(maps)));
  EXPECT_EQ(crawl_map(s.url("/map.xml"), {"politeness.per_host=1"}).records.size(), 16U);
  EXPECT_EQ(s.most().requests, 1U);
}

TEST(ScopeFollow, HeaderLinkIsFollowedWhereItIsAskedFor) {
  site::server s(ok);
  s.on("/robots.txt", no_page);
  s.on("/", [](const auto&) { return site::page("<title>t</title>", 200, "text/html", "Link: </next>; rel=\"next\", </style.css>; rel=stylesheet\r\n"); });
  s.on("/next", [](const auto&) { return site::page("{}", 200, "application/json", "Link: <last>; rel=next\r\n"); });
  EXPECT_THAT(urls_of(testing::crawl_from(s.url("/"))), UnorderedElementsAre(s.url("/")));
  const auto o = testing::crawl_from(s.url("/"), {"scope.follow=[header-link]", "extract.links=true"});
  EXPECT_THAT(urls_of(o), UnorderedElementsAre(s.url("/"), s.url("/next"), s.url("/last")));
  EXPECT_EQ((*o.of(s.url("/")))["links"], (json::array({{{"url", s.url("/next")}, {"text", ""}, {"rel", "next"}, {"kind", "header-link"}}})));
}

TEST(ScopeFollow, HeaderLinkObeysXRobotsTag) {
  site::server s(ok);
  s.on("/", [](const auto&) { return site::page("", 200, "text/html", "Link: </next>; rel=next\r\nX-Robots-Tag: nofollow\r\n"); });
  EXPECT_THAT(urls_of(testing::crawl_from(s.url("/"), {"scope.follow=[header-link]"})), UnorderedElementsAre(s.url("/")));
}

}  // namespace
}  // namespace trawl
