// The keys of fetch.cache, as the server sees them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using testing::crawl_from;
using testing::html;
using testing::no_page;

/// A cache directory of the case's own.
class cache_keys : public ::testing::Test {
 protected:
  cache_keys() : dir_(files::path(::testing::TempDir()) / ("trawl_keys_" + std::to_string(::getpid()) + '_' + ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    files::remove_all(dir_);
  }
  ~cache_keys() override { files::remove_all(dir_); }

  testing::crawl_outcome crawl(const std::string& seed, const std::string& mode, std::vector<std::string> sets = {}) const {
    sets.push_back("fetch.cache={dir: \"" + dir_.string() + "\", mode: " + mode + "}");
    return crawl_from(seed, sets);
  }
  std::uint64_t size_of_dir() const {
    std::uint64_t out = 0;
    for (const auto& each : files::recursive_directory_iterator(dir_))
      if (each.is_regular_file()) out += each.file_size();
    return out;
  }

  files::path dir_;
};
using FetchCache = cache_keys;

site::reply cacheable(const std::string& body, const std::string& fields) { return site::page("<title>t</title>" + body, 200, "text/html", fields); }

TEST_F(FetchCache, HttpUsesWhatIsFreshAndAsksAboutTheRest) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return cacheable("<a href=/stale>s</a><a href=/never>n</a>", "Cache-Control: max-age=600\r\nSet-Cookie: k=v\r\n"); });
  s.on("/stale", [](const site::seen_request& r) {
    return r.header("if-none-match") == "\"v1\"" ? site::reply{site::head(304, "ETag: \"v1\"\r\n")} : cacheable("stale", "Cache-Control: max-age=0\r\nETag: \"v1\"\r\n");
  });
  s.on("/never", [](const auto&) { return cacheable("never", "Cache-Control: no-store\r\n"); });
  const auto first = crawl(s.url("/"), "http");
  for (const auto& r : first.records) EXPECT_FALSE(r.contains("from_cache")) << r["url"];
  const auto second = crawl(s.url("/"), "http");
  ASSERT_EQ(second.records.size(), 3U);
  EXPECT_EQ(s.count("/"), 1U);
  EXPECT_EQ(s.count("/stale"), 2U);
  EXPECT_EQ(s.count("/never"), 2U);
  EXPECT_EQ(s.count("/robots.txt"), 2U);  // rules are those of now
  const auto& fresh = *second.of(s.url("/"));
  EXPECT_EQ(fresh["from_cache"], true);
  EXPECT_EQ(fresh["attempts"], 0);
  EXPECT_EQ(fresh["status"], 200);
  EXPECT_EQ(fresh["title"], "t");
  EXPECT_EQ(fresh["wire_bytes"], 0);
  EXPECT_EQ(fresh["bytes"], (*first.of(s.url("/")))["bytes"]);
  const auto& validated = *second.of(s.url("/stale"));
  EXPECT_EQ(validated["from_cache"], true);
  EXPECT_EQ(validated["attempts"], 1);
  EXPECT_EQ(validated["status"], 200);
  EXPECT_EQ(validated["bytes"], (*first.of(s.url("/stale")))["bytes"]);
  EXPECT_FALSE(second.of(s.url("/never"))->contains("from_cache"));
  EXPECT_EQ(second.numbers.requests, 3U);  // robots.txt, /stale, /never
}

TEST_F(FetchCache, WithoutADirectoryThereIsNone) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return cacheable("x", "Cache-Control: max-age=600\r\n"); });
  for (int i = 0; i < 2; ++i) crawl_from(s.url("/"));
  EXPECT_EQ(s.count("/"), 2U);
}

TEST_F(FetchCache, AlwaysUsesWhatIsStoredWhateverItSays) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return cacheable("<a href=/moved>m</a>", "Cache-Control: no-store\r\n"); });
  s.on("/moved", [](const auto&) { return site::redirect("/end"); });
  s.on("/end", [](const auto&) { return cacheable("end", "Cache-Control: max-age=0\r\n"); });
  crawl(s.url("/"), "always");
  const auto again = crawl(s.url("/"), "always");
  for (const char* target : {"/", "/moved", "/end"}) EXPECT_EQ(s.count(target), 1U) << target;
  EXPECT_EQ((*again.of(s.url("/moved")))["final_url"], s.url("/end"));
  EXPECT_EQ((*again.of(s.url("/moved")))["attempts"], 0);
}

TEST_F(FetchCache, OfflineFetchesNothing) {
  site::server s(no_page);
  s.on("/robots.txt", [](const auto&) { return site::page("User-agent: *\nDisallow: /private", 200, "text/plain"); });
  s.on("/", [](const auto&) { return cacheable("<a href=/known>k</a><a href=/unknown>u</a><a href=/private>p</a>", ""); });
  s.on("/known", [](const auto&) { return cacheable("known", ""); });
  crawl(s.url("/"), "always", {"scope.exclude=[\"*/unknown\"]"});
  const auto before = s.log().size();
  const auto connections = s.connections().size();
  const auto o = crawl(s.url("/"), "offline");
  EXPECT_EQ(s.log().size(), before);
  EXPECT_EQ(s.connections().size(), connections);
  EXPECT_EQ(o.numbers.requests, 0U);
  ASSERT_EQ(o.records.size(), 4U);
  EXPECT_EQ((*o.of(s.url("/known")))["from_cache"], true);
  EXPECT_EQ(o.error_of(s.url("/unknown")), "connect.unreachable");
  EXPECT_EQ((*o.of(s.url("/unknown")))["attempts"], 0);
  EXPECT_TRUE((*o.of(s.url("/unknown")))["status"].is_null());
  EXPECT_EQ(o.error_of(s.url("/private")), "robots.disallowed");
}

TEST_F(FetchCache, OfflineWithoutAnythingStoredAsksForNoRobotsAndNoSitemap) {
  site::server s(no_page);
  const auto o = crawl(s.url("/"), "offline", {"sitemaps=[robots, \"" + s.url("/map.xml") + "\"]"});
  EXPECT_TRUE(s.connections().empty());
  EXPECT_EQ(o.error_of(s.url("/")), "connect.unreachable");
}

TEST_F(FetchCache, OfflineReadsAStoredSitemap) {
  site::server s(no_page);
  s.on("/map.xml", [&](const auto&) { return site::page("<urlset><url><loc>" + s.url("/a") + "</loc></url></urlset>", 200, "application/xml"); });
  s.on("/", [](const auto&) { return cacheable("root", ""); });
  s.on("/a", [](const auto&) { return cacheable("a", ""); });
  const std::string map = "sitemaps=[\"" + s.url("/map.xml") + "\"]";
  crawl(s.url("/"), "always", {map});
  const auto before = s.log().size();
  const auto o = crawl(s.url("/"), "offline", {map});
  EXPECT_EQ(s.log().size(), before);
  ASSERT_NE(o.of(s.url("/a")), nullptr);
  EXPECT_EQ((*o.of(s.url("/a")))["from_cache"], true);
}

TEST_F(FetchCache, AHitWaitsForNoDelay) {
  site::server s([](const auto&) { return cacheable("page", "Cache-Control: max-age=600\r\n"); });
  std::string links;
  for (int i = 0; i < 10; ++i) links += "<a href=/" + std::to_string(i) + ">l</a>";
  s.on("/robots.txt", no_page);
  s.on("/", [links](const auto&) { return cacheable(links, "Cache-Control: max-age=600\r\n"); });
  EXPECT_EQ(crawl(s.url("/"), "http").records.size(), 11U);
  const auto begin = std::chrono::steady_clock::now();
  const auto again = crawl(s.url("/"), "http", {"politeness.delay=1s"});
  EXPECT_EQ(again.records.size(), 11U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);  // eleven delays are more than ten seconds
  EXPECT_EQ(again.numbers.requests, 1U);  // robots.txt
}

TEST_F(FetchCache, MaxSizeHolds) {
  site::server s([](const auto&) { return cacheable(std::string(100'000, 'x'), "Cache-Control: max-age=600\r\n"); });
  std::string links;
  for (int i = 0; i < 30; ++i) links += "<a href=/" + std::to_string(i) + ">l</a>";
  s.on("/robots.txt", no_page);
  s.on("/", [links](const auto&) { return html(links); });
  crawl_from(s.url("/"), {"fetch.cache={dir: \"" + dir_.string() + "\", max_size: 1MiB}"});
  EXPECT_LE(size_of_dir(), 1U << 20);
  EXPECT_GT(size_of_dir(), 1U << 19);
}

// With credentials of its own a job sees only what it fetched with them.
TEST_F(FetchCache, CredentialsPartWhatIsStored) {
  site::server s(no_page);
  s.on("/", [](const site::seen_request& r) { return cacheable("for " + r.header("cookie"), "Cache-Control: max-age=600\r\n"); });
  const auto with = [&](const std::string& cookie) {
    const auto o = crawl(s.url("/"), "http", {"extract.html=true", "fetch.auth=[{host: 127.0.0.1, cookie: \"" + cookie + "\"}]"});
    return o.records.at(0)["html"].get<std::string>();
  };
  EXPECT_NE(with("u=1").find("for u=1"), std::string::npos);
  EXPECT_NE(with("u=2").find("for u=2"), std::string::npos);
  EXPECT_NE(with("u=1").find("for u=1"), std::string::npos);
  EXPECT_EQ(s.count("/"), 2U);
}

// However the job gives them; cookies of its jar, which differ with each session, part nothing.
TEST_F(FetchCache, OwnCookiesPartWhatIsStoredAndThoseOfTheJarDoNot) {
  site::server s(no_page);
  s.on("/", [](const site::seen_request& r) { return cacheable("for " + r.header("cookie") + "<a href=/next>n</a>", "Cache-Control: max-age=600\r\nSet-Cookie: session=" + std::to_string(std::rand()) + "\r\n"); });
  s.on("/next", [](const site::seen_request&) { return cacheable("next", "Cache-Control: max-age=600\r\n"); });
  const auto with = [&](const std::string& cookie) {
    const auto o = crawl(s.url("/"), "http", {"extract.html=true", "fetch.auth=[{host: 127.0.0.1, headers: {Cookie: \"" + cookie + "\"}}]"});
    return o.records.at(0)["html"].get<std::string>();
  };
  EXPECT_NE(with("u=1").find("for u=1"), std::string::npos);
  EXPECT_NE(with("u=2").find("for u=2"), std::string::npos);
  EXPECT_NE(with("u=1").find("for u=1"), std::string::npos);
  EXPECT_EQ(s.count("/"), 2U);
  EXPECT_EQ(s.count("/next"), 2U);
}

}  // namespace
}  // namespace trawl
