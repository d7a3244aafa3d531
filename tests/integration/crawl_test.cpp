// Whole crawls against the scripted server: what goes over the wire, and what the records say.
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "crawler/engine/shard.hpp"
#include "tests/site/sample_site.hpp"
#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using testing::crawl_from;
using testing::html;
using testing::no_page;
using outcome = testing::crawl_outcome;

TEST(Crawl, AsksForEveryReachablePageOnceAndForNothingElse) {
  const site::sample_site sample;
  const site::server s([&](const site::seen_request& r) { return sample.answer(r); });
  const outcome o = crawl_from(s.url("/"));
  std::set<std::string> asked, recorded;
  for (const auto& r : s.log())
    if (r.target != "/robots.txt" && r.target != "/new") EXPECT_TRUE(asked.insert(r.target).second) << "twice: " << r.target;
  EXPECT_EQ(asked, sample.reachable());
  std::uint64_t seq = 0;
  for (const json& r : o.records) {
    EXPECT_EQ(r["seq"], ++seq);
    EXPECT_TRUE(recorded.insert(r["url"].get<std::string>()).second);
  }
  EXPECT_EQ(recorded.size(), sample.reachable().size() + 1);  // and the one that robots.txt forbids
  ASSERT_NE(o.of(s.url(site::sample_site::forbidden)), nullptr);
  EXPECT_EQ((*o.of(s.url(site::sample_site::forbidden)))["error"]["code"], "robots.disallowed");
  EXPECT_EQ((*o.of(s.url("/gone")))["status"], 404);
  EXPECT_EQ((*o.of(s.url("/old")))["final_url"], s.url("/new"));
  EXPECT_EQ(o.ended, engine::ending::drained);
}

TEST(Crawl, MaxPagesIsExact) {
  const site::sample_site sample;
  const site::server s([&](const site::seen_request& r) { return sample.answer(r); });
  const outcome o = crawl_from(s.url("/"), {"scope.max_pages=100"});
  EXPECT_EQ(o.numbers.books.pages, 100U);
  EXPECT_EQ(o.ended, engine::ending::max_pages);
}

TEST(Crawl, KeepsTheDelayBetweenRequestStarts) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/a>a</a><a href=/b>b</a><a href=/c>c</a>"); });
  crawl_from(s.url("/"), {"politeness.delay=80ms"});
  const auto log = s.log();
  ASSERT_EQ(log.size(), 5U);
  testing::expect_apart(log, std::chrono::milliseconds(80));
}

TEST(Crawl, RetriesWhatMayPassAndRecordsOnce) {
  site::server s(no_page);
  int n = 0;
  s.on("/", [&n](const auto&) { return ++n < 3 ? site::page("", 502) : html("ok"); });
  const outcome o = crawl_from(s.url("/"));
  ASSERT_EQ(o.records.size(), 1U);
  EXPECT_EQ(o.records[0]["status"], 200);
  EXPECT_EQ(o.records[0]["attempts"], 3);
}

TEST(Crawl, TooManyRequestsHoldsTheHostAndCostsNoRetry) {
  site::server s(no_page);
  int n = 0;
  s.on("/", [&n](const auto&) { return ++n < 5 ? site::page("", 429) : html("ok"); });
  const outcome o = crawl_from(s.url("/"));
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_EQ(o.records.at(0)["attempts"], 5);
}

TEST(Crawl, UnreachableRobotsForbidsEverything) {  // RFC 9309, 2.3.1.4
  site::server s(no_page);
  s.on("/robots.txt", [](const auto&) { return site::page("", 500); });
  const outcome o = crawl_from(s.url("/"));
  EXPECT_EQ(o.records.at(0)["error"]["code"], "robots.unreachable");
  EXPECT_EQ(s.count("/"), 0U);
}

TEST(Crawl, RedirectToWhatHasItsOwnRecordGivesNoContentTwice) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/a>a</a>"); });
  s.on("/a", [](const auto&) { return site::redirect("/"); });
  const outcome o = crawl_from(s.url("/"));
  const json* r = o.of(s.url("/a"));
  ASSERT_NE(r, nullptr);
  EXPECT_EQ((*r)["status"], 302);
  EXPECT_EQ((*r)["duplicate_of"], s.url("/"));
  EXPECT_EQ(s.count("/"), 1U);
}

TEST(Crawl, RedirectLoopEnds) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::redirect("/"); });
  EXPECT_EQ(crawl_from(s.url("/")).records.at(0)["error"]["code"], "http.too_many_redirects");
}

TEST(Crawl, PrivateAddressesAreRefusedUnlessTheSeedNamedThem) {
  site::server other(no_page);
  site::server s(no_page);
  s.on("/", [&](const auto&) { return html("<a href='" + other.url("/x") + "'>x</a>"); });
  const outcome o = crawl_from(s.url("/"), {"scope={within: any, max_pages: 10}"});
  EXPECT_EQ((*o.of(other.url("/x")))["status"], nullptr);
  EXPECT_TRUE(other.log().empty());
  const outcome refused = crawl_from(s.url("/"), {}, false);
  EXPECT_EQ(refused.records.at(0)["status"], nullptr);
}

TEST(Crawl, StallsEndWithTheirOwnCode) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::reply{"", std::chrono::seconds(3), true}; });
  const outcome o = crawl_from(s.url("/"), {"fetch.timeout.first_byte=300ms", "fetch.retries=0"});
  EXPECT_EQ(o.records.at(0)["error"]["code"], "timeout.first_byte");
}

TEST(Crawl, CutBodiesAreKeptAndSaidSo) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::reply{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<title>half", std::chrono::milliseconds(0), true}; });
  const outcome o = crawl_from(s.url("/"));
  EXPECT_EQ(o.records.at(0)["truncated"], "disconnect");
  EXPECT_EQ(o.records.at(0)["error"]["code"], "body.truncated");
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_EQ(o.records.at(0)["title"], "half");
  EXPECT_EQ(o.records.at(0)["attempts"], 3);
}

TEST(Crawl, CookiesComeBack) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::page("<a href=/next>n</a>", 200, "text/html", "Set-Cookie: k=v; Path=/\r\n"); });
  crawl_from(s.url("/"));
  for (const auto& r : s.log())
    if (r.target == "/next") EXPECT_EQ(r.header("cookie"), "k=v");
  EXPECT_EQ(s.count("/next"), 1U);
}

TEST(Crawl, SeedsCarryMethodBodyHeadersAndMeta) {
  site::server s(no_page);
  s.on("/search", [](const auto&) { return html("found"); });
  const outcome o = testing::run_crawl("seeds: [{url: \"" + s.url("/search") + "\", method: POST, json: {q: shoes}, headers: {X-Key: k1}, meta: {sku: A1}}]", {true, testing::quick});
  const auto log = s.log();
  const auto& sent = log.back();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.body, R"({"q":"shoes"})");
  EXPECT_EQ(sent.header("x-key"), "k1");
  EXPECT_EQ(o.records.at(0)["meta"]["sku"], "A1");
  EXPECT_EQ(o.records.at(0)["method"], "POST");
}

TEST(Crawl, NofollowIsRespectedAndCounted) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a rel=nofollow href=/a>a</a><a href=/b>b</a>"); });
  const outcome o = crawl_from(s.url("/"));
  EXPECT_EQ(s.count("/a"), 0U);
  EXPECT_EQ(o.numbers.filtered.at("nofollow").count, 1U);
}

TEST(Crawl, CancelEndsWithinASecond) {
  site::server s([](const auto&) { return site::reply{"", std::chrono::seconds(20), false}; });
  auto loaded = config::load_job_text("seeds: [\"" + s.url("/{1..50}") + "\"]\npoliteness: {robots: ignore, delay: 0s, per_host: 20}", "t", {});
  engine::shards shards;
  engine::crawl c(shards, loaded.job, {.operator_trusted = true, .on_rejected = {}});
  c.start();
  EXPECT_FALSE(c.wait_for(std::chrono::milliseconds(300)));
  const auto begin = std::chrono::steady_clock::now();
  c.cancel();
  EXPECT_TRUE(c.wait_for(std::chrono::seconds(5)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace trawl
