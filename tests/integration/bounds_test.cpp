// What a crawl may have under way, and that it ends whatever its seeds are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"

namespace trawl::testing {
namespace {

TEST(CrawlBounds, ConcurrencyHoldsOverManyHostsRobotsIncluded) {
  site::server s([](const site::seen_request& r) {
    auto out = r.target == "/robots.txt" ? site::page("", 404) : html("x");
    return site::reply{out.bytes, std::chrono::milliseconds(10), false};
  });
  std::string seeds, resolve;
  for (int i = 0; i < 40; ++i) {
    seeds += fmt::format("{}\"http://h{}.test:{}/\"", i == 0 ? "" : ", ", i, s.port());
    resolve += fmt::format("{}h{}.test: 127.0.0.1", i == 0 ? "" : ", ", i);
  }
  auto sets = quick;
  sets.insert(sets.end(), {"fetch.concurrency=4", "fetch.resolve={" + resolve + "}"});
  const auto o = run_crawl("seeds: [" + seeds + "]\n", {.trusted = true, .sets = sets});
  EXPECT_EQ(o.numbers.pages_2xx, 40U);
  EXPECT_LE(s.most().requests, 4U);
}

TEST(CrawlBounds, APageLimitEndsACrawlOfSeedsWithoutEnd) {
  site::server s([](const auto&) { return html("x"); });
  const auto o = crawl_from(s.url("/{1..100000000}"), {"scope.max_pages=5", "politeness.robots=ignore"});
  EXPECT_EQ(o.records.size(), 5U);
  EXPECT_EQ(o.ended, engine::ending::max_pages);
}

TEST(CrawlBounds, SeedsThatAreAllExcludedCanBeCancelled) {
  site::server s(no_page);
  const auto o = crawl_from(s.url("/q/{1..100000000}"), {"scope.exclude=[\"*/q/*\"]", "limits.duration=200ms"});
  EXPECT_EQ(o.ended, engine::ending::duration);
  EXPECT_TRUE(o.records.empty());
}

TEST(CrawlBounds, AHeldHostKeepsNoOtherFromBeingFetched) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    return r.header("host").starts_with("busy") ? site::page("", 503, "text/html", "Retry-After: 60\r\n") : html("x");
  });
  auto sets = quick;
  sets.insert(sets.end(), {"fetch.resolve={busy.test: 127.0.0.1, free.test: 127.0.0.1}", "limits.duration=3s"});
  const std::string seeds = fmt::format("seeds: [\"http://busy.test:{0}/{{1..11000}}\", \"http://free.test:{0}/{{1..10}}\"]\n", s.port());
  const auto o = run_crawl(seeds, {.trusted = true, .sets = sets});
  EXPECT_EQ(o.numbers.pages_2xx, 10U);
}

TEST(CrawlBounds, AHeldRobotsTxtKeepsNoCrawlOpenThatIsOver) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/robots.txt") return r.header("host").starts_with("busy") ? site::page("", 429, "text/html", "Retry-After: 600\r\n") : site::page("", 404);
    return html("x");
  });
  auto sets = quick;
  sets.insert(sets.end(), {"scope.max_pages=2", "politeness.max_retry_after=1h", "fetch.resolve={busy.test: 127.0.0.1, idle.test: 127.0.0.1}"});
  const auto begin = std::chrono::steady_clock::now();
  const auto o = run_crawl(fmt::format("seeds: [\"http://busy.test:{0}/\", \"http://idle.test:{0}/{{1..5}}\"]\n", s.port()), {.trusted = true, .sets = sets});
  EXPECT_EQ(o.ended, engine::ending::max_pages);
  EXPECT_EQ(o.records.size(), 2U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

/// Many hosts keep their robots.txt at one, which is asked like any other host.
TEST(CrawlBounds, RobotsRedirectsKeepTheDelayAndPermitsOfWhereTheyLead) {
  site::server s([](const site::seen_request& r) {
    if (r.header("host").starts_with("hub")) return site::reply{site::page("User-agent: *\nDisallow: /private\n", 200, "text/plain").bytes, std::chrono::milliseconds(20)};
    if (r.target == "/robots.txt") return site::redirect("http://hub.test:" + r.header("host").substr(r.header("host").find(':') + 1) + "/robots.txt");
    return html("x");
  });
  std::string seeds, resolve = "hub.test: 127.0.0.1";
  for (int i = 0; i < 12; ++i) {
    seeds += fmt::format("{0}\"http://h{1}.test:{2}/\", \"http://h{1}.test:{2}/private\"", i == 0 ? "" : ", ", i, s.port());
    resolve += fmt::format(", h{}.test: 127.0.0.1", i);
  }
  auto sets = quick;
  sets.insert(sets.end(), {"politeness.per_host=1", "politeness.delay=30ms", "fetch.resolve={" + resolve + "}"});
  const auto o = run_crawl("seeds: [" + seeds + "]\n", {.trusted = true, .sets = sets});
  EXPECT_EQ(o.numbers.pages_2xx, 12U);
  EXPECT_EQ(o.numbers.errors.at("robots.disallowed"), 12U);
  std::vector<site::seen_request> at_hub;
  for (const auto& r : s.log())
    if (r.header("host").starts_with("hub")) at_hub.push_back(r);
  EXPECT_EQ(at_hub.size(), 12U);
  expect_apart(at_hub, std::chrono::milliseconds(30));
}

TEST(CrawlBounds, ARedirectedPostIsNotTheGetOfItsTarget) {
  site::server s(no_page);
  s.on("/307", [](const auto&) { return site::redirect("/target", 307); });
  s.on("/target", [](const site::seen_request& r) { return html(r.method); });
  auto sets = quick;
  const auto o = run_crawl(fmt::format("seeds: [{{url: \"{}\", method: POST, body: x}}, \"{}\"]\n", s.url("/307"), s.url("/target")), {.trusted = true, .sets = sets});
  EXPECT_EQ(s.count("/target"), 2U);
  EXPECT_EQ((*o.of(s.url("/target")))["status"], 200);
  EXPECT_EQ((*o.of(s.url("/307")))["status"], 200);
}

TEST(CrawlBounds, DuplicateOfNamesARecord) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/a>a</a><a href=/b>b</a><a href=/c>c</a>"); });
  for (const char* from : {"/a", "/b", "/c"}) s.on(from, [](const auto&) { return site::redirect("/hidden"); });
  s.on("/hidden", [](const auto&) { return html("hidden"); });
  const auto o = crawl_from(s.url("/"));
  int named = 0;
  for (const auto& r : o.records) {
    if (!r.contains("duplicate_of")) continue;
    ++named;
    const auto* holder = o.of(r["duplicate_of"]);
    ASSERT_NE(holder, nullptr) << r["duplicate_of"];
    EXPECT_EQ((*holder)["final_url"], s.url("/hidden"));
  }
  EXPECT_EQ(named, 2);
  EXPECT_EQ(s.count("/hidden"), 1U);
}

TEST(CrawlBounds, ABodyThatIsLateKeepsItsStatusAndWhatCame) {
  site::server s(no_page);
  s.on("/", [](const auto&) {
    site::reply out{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<title>early</title>"};
    out.pause = std::chrono::milliseconds(0);
    return out;
  });
  const auto o = crawl_from(s.url("/"), {"fetch.timeout={connect: 1s, first_byte: 1s, total: 300ms}", "fetch.retries=0"});
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_EQ(o.records.at(0)["truncated"], "time");
  EXPECT_EQ(o.records.at(0)["title"], "early");
  EXPECT_EQ(o.error_of(s.url("/")), "timeout.total");
}

TEST(CrawlBounds, CrawlDelayCountsFromRobotsTxtItself) {
  site::server s(no_page);
  s.on("/robots.txt", [](const auto&) { return site::page("User-agent: *\nCrawl-delay: 0.3\n", 200, "text/plain"); });
  s.on("/", [](const auto&) { return html("x"); });
  crawl_from(s.url("/"));
  const auto log = s.log();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_GE(log[1].at - log[0].at, std::chrono::milliseconds(280));
}

}  // namespace
}  // namespace trawl::testing
