// One job over several shards: links, redirects and limits across hosts that live in different ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"

namespace trawl::testing {
namespace {

constexpr int hosts = 12;  // h0.test … h11.test, spread over the shards by their names

/// Every host on one server, which tells them apart by Host.
struct web {
  site::server server{no_page};

  std::string at(int host, std::string_view path) const { return fmt::format("http://h{}.test:{}{}", host, server.port(), path); }
  static int host_of(const site::seen_request& r) { return std::atoi(r.header("host").c_str() + 1); }
  std::vector<std::string> sets(std::vector<std::string> more = {}) const {
    std::string resolve;
    for (int i = 0; i < hosts; ++i) resolve += fmt::format("{}h{}.test: 127.0.0.1", i == 0 ? "" : ", ", i);
    more.push_back("fetch.resolve={" + resolve + "}");
    more.push_back("scope={within: any, max_pages: 5000}");
    return more;
  }
};

/// A page of each host that links to three pages of other hosts.
site::reply crossroads(const web& w, const site::seen_request& r, int pages) {
  const int host = web::host_of(r), page = std::atoi(r.target.c_str() + 1);
  std::string body;
  for (int step = 1; step <= 3; ++step) body += fmt::format("<a href='{}'>x</a>", w.at((host * 5 + page + step) % hosts, fmt::format("/{}", (page * 3 + step * 7 + host) % pages)));
  return html(body);
}

TEST(CrawlOverShards, EveryReachablePageOnce) {
  constexpr int pages = 40;
  web w;
  for (int p = 0; p < pages; ++p) w.server.on(fmt::format("/{}", p), [&w](const auto& r) { return crossroads(w, r, pages); });
  const auto o = crawl_from(w.at(0, "/0"), w.sets());
  std::set<std::pair<int, int>> reachable{{0, 0}};
  for (std::vector<std::pair<int, int>> open{{0, 0}}; !open.empty();) {
    const auto [host, page] = open.back();
    open.pop_back();
    for (int step = 1; step <= 3; ++step)
      if (const std::pair next{(host * 5 + page + step) % hosts, (page * 3 + step * 7 + host) % pages}; reachable.insert(next).second) open.push_back(next);
  }
  ASSERT_GT(reachable.size(), 100U);
  std::multiset<std::pair<int, int>> asked;
  for (const auto& r : w.server.log())
    if (r.target != "/robots.txt") asked.emplace(web::host_of(r), std::atoi(r.target.c_str() + 1));
  EXPECT_EQ(asked, (std::multiset<std::pair<int, int>>(reachable.begin(), reachable.end())));
  EXPECT_EQ(o.records.size(), reachable.size());
  EXPECT_EQ(o.ended, engine::ending::drained);
}

TEST(CrawlOverShards, MaxPagesIsExact) {
  for (const int limit : {1, 7, 50}) {
    web w;
    for (int p = 0; p < 40; ++p) w.server.on(fmt::format("/{}", p), [&w](const auto& r) { return crossroads(w, r, 40); });
    const auto o = crawl_from(w.at(0, "/0"), w.sets({"politeness.robots=ignore"}));
    ASSERT_GT(o.records.size(), 100U);
    auto limited = w.sets({"politeness.robots=ignore"});
    limited.push_back(fmt::format("scope.max_pages={}", limit));
    const auto cut = crawl_from(w.at(0, "/0"), limited);
    EXPECT_EQ(cut.records.size(), static_cast<std::size_t>(limit));
    EXPECT_EQ(cut.ended, engine::ending::max_pages);
  }
}

TEST(CrawlOverShards, ARedirectGoesToTheShardOfItsTargetAndBack) {
  web w;
  for (int i = 0; i < hosts; ++i) w.server.on(fmt::format("/hop{}", i), [&w, i](const auto&) { return site::redirect(i + 1 < hosts ? w.at(i + 1, fmt::format("/hop{}", i + 1)) : w.at(0, "/end")); });
  w.server.on("/end", [](const auto&) { return html("<a href=/next>n</a>"); });
  w.server.on("/next", [](const auto&) { return html("n"); });
  const auto o = crawl_from(w.at(0, "/hop0"), w.sets({"fetch.max_redirects=20", "scope.seed_redirects=any"}));
  const auto* r = o.of(w.at(0, "/hop0"));
  ASSERT_NE(r, nullptr);
  EXPECT_EQ((*r)["final_url"], w.at(0, "/end"));
  EXPECT_EQ((*r)["redirects"].size(), static_cast<std::size_t>(hosts));
  EXPECT_EQ((*r)["status"], 200);
  EXPECT_EQ((*r)["attempts"], hosts + 1);
  EXPECT_NE(o.of(w.at(0, "/next")), nullptr);
  EXPECT_EQ(o.records.size(), 2U);
}

TEST(CrawlOverShards, WhatManyRedirectsLeadToIsFetchedOnce) {
  web w;
  std::string links;
  for (int i = 1; i < hosts; ++i) links += fmt::format("<a href='{}'>x</a>", w.at(i, "/r"));
  w.server.on("/", [&](const auto&) { return html(links + fmt::format("<a href='{}'>t</a>", w.at(5, "/target"))); });
  w.server.on("/r", [&w](const auto&) { return site::redirect(w.at(5, "/target")); });
  w.server.on("/target", [](const auto&) { return html("target"); });
  const auto o = crawl_from(w.at(0, "/"), w.sets());
  EXPECT_EQ(w.server.count("/target"), 1U);
  int with_content = 0;
  for (const auto& r : o.records) with_content += r["status"] == 200 && r["final_url"] == w.at(5, "/target") ? 1 : 0;
  EXPECT_EQ(with_content, 1);
  for (int i = 1; i < hosts; ++i) {
    const auto* r = o.of(w.at(i, "/r"));
    ASSERT_NE(r, nullptr);
    if ((*r)["status"] != 302) continue;
    const auto* holder = o.of((*r)["duplicate_of"]);
    ASSERT_NE(holder, nullptr) << (*r)["duplicate_of"];
    EXPECT_EQ((*holder)["final_url"], w.at(5, "/target"));
  }
}

TEST(CrawlOverShards, ARedirectToAForbiddenUrlOfAnotherHostIsSaidSo) {
  web w;
  w.server.on("/robots.txt", [](const auto&) { return site::page("User-agent: *\nDisallow: /secret\n", 200, "text/plain"); });
  w.server.on("/", [&w](const auto&) { return site::redirect(w.at(7, "/secret")); });
  const auto o = crawl_from(w.at(0, "/"), w.sets({"scope.seed_redirects=any"}));
  EXPECT_EQ(o.error_of(w.at(0, "/")), "robots.disallowed");
  EXPECT_EQ(o.records.at(0)["status"], 302);
  EXPECT_EQ(w.server.count("/secret"), 0U);
}

TEST(CrawlOverShards, ATargetThatFailsIsRetriedThereAndEndsInOneRecord) {
  web w;
  int asked = 0;
  w.server.on("/", [&w](const auto&) { return site::redirect(w.at(3, "/flaky")); });
  w.server.on("/flaky", [&](const auto&) { return ++asked < 3 ? site::page("", 503) : html("ok"); });
  const auto o = crawl_from(w.at(0, "/"), w.sets({"scope.seed_redirects=any"}));
  ASSERT_EQ(o.records.size(), 1U);
  EXPECT_EQ(o.records[0]["status"], 200);
  EXPECT_EQ(o.records[0]["title"], "t");
  EXPECT_EQ(w.server.count("/"), 1U);  // the chain goes on where it was
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace trawl::testing
