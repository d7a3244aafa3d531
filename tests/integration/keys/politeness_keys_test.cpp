// The keys of politeness, as the server sees them.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
using testing::crawl_from;
using testing::html;
using testing::no_page;

std::string links_to(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += "<a href=/" + std::to_string(i) + ">l</a>";
  return out;
}

/// "/" links to /1 … /count; each answer takes `latency`. robots.txt is `robots`, or absent.
class site_of_pages {
 public:
  site_of_pages(int count, std::chrono::milliseconds latency, std::string robots = "") : server([latency](const auto&) { return site::reply{html("ok").bytes, latency}; }) {
    server.on("/robots.txt", [robots](const auto& r) { return robots.empty() ? no_page(r) : site::page(robots, 200, "text/plain"); });
    server.on("/", [count](const auto&) { return html(links_to(count)); });
  }
  site::server server;
};

constexpr const char* two_groups = "User-agent: *\nDisallow: /1\n\nUser-agent: otherbot\nDisallow: /2\n";

TEST(PolitenessRobots, ObeyAsksFirstAndKeepsOut) {
  site_of_pages s(2, 0ms, two_groups);
  const auto o = crawl_from(s.server.url("/"));
  EXPECT_EQ(s.server.log().at(0).target, "/robots.txt");
  EXPECT_EQ(s.server.count("/robots.txt"), 1U);
  EXPECT_EQ(s.server.count("/1"), 0U);
  EXPECT_EQ(s.server.count("/2"), 1U);
  EXPECT_EQ(o.error_of(s.server.url("/1")), "robots.disallowed");
  EXPECT_EQ((*o.of(s.server.url("/1")))["robots"], (nlohmann::json{{"allowed", false}, {"rule", "Disallow: /1"}}));
}

TEST(PolitenessRobots, IgnoreNeverAsks) {
  site_of_pages s(2, 0ms, two_groups);
  crawl_from(s.server.url("/"), {"politeness.robots=ignore"});
  EXPECT_EQ(s.server.count("/robots.txt"), 0U);
  EXPECT_EQ(s.server.count("/1"), 1U);
}

TEST(PolitenessRobotsAgent, NamesTheGroup) {
  site_of_pages s(2, 0ms, two_groups);
  crawl_from(s.server.url("/"), {"politeness.robots_agent=otherbot"});
  EXPECT_EQ(s.server.count("/1"), 1U);
  EXPECT_EQ(s.server.count("/2"), 0U);
}

TEST(PolitenessUserAgent, GoesWithEveryRequestAndNamesTheGroup) {
  site_of_pages s(2, 0ms, two_groups);
  crawl_from(s.server.url("/"), {"politeness.user_agent=\"OtherBot/2.0 (+https://example.org)\""});
  for (const auto& r : s.server.log()) {
    EXPECT_EQ(r.header("user-agent"), "OtherBot/2.0 (+https://example.org)") << r.target;
    EXPECT_EQ(r.count("user-agent"), 1U);
  }
  EXPECT_EQ(s.server.count("/2"), 0U);
}

TEST(PolitenessContact, StandsInTheDefaultUserAgent) {
  site_of_pages s(0, 0ms);
  crawl_from(s.server.url("/"), {"politeness.contact=\"mailto:a@example.org\""});
  EXPECT_EQ(s.server.log().back().header("user-agent"), "trawl/" TRAWL_VERSION " (+mailto:a@example.org)");
  site_of_pages plain(0, 0ms);
  crawl_from(plain.server.url("/"));
  EXPECT_EQ(plain.server.log().back().header("user-agent"), "trawl/" TRAWL_VERSION);
}

TEST(PolitenessDelay, PartsAllRequestStarts) {
  site_of_pages s(4, 0ms);
  s.server.on("/1", [](const auto&) { return site::redirect("/target"); });
  crawl_from(s.server.url("/"), {"politeness.delay=60ms"});
  EXPECT_EQ(s.server.log().size(), 7U);  // robots.txt and the hop too
  testing::expect_apart(s.server.log(), 60ms);
}

TEST(PolitenessDelay, HoldsBetweenTriesToo) {
  site::server s([](const auto&) { return site::page("", 502); });
  s.on("/robots.txt", no_page);
  crawl_from(s.url("/"), {"politeness.delay=60ms", "fetch.retries=2", "fetch.backoff={initial: 1ms, max: 1ms}"});
  const auto log = s.log();
  EXPECT_EQ(log.size(), 4U);
  testing::expect_apart(log, 60ms);
}

TEST(PolitenessDelay, OneSlowHostDoesNotHoldAnother) {
  site_of_pages slow(0, 700ms), other(20, 0ms);
  testing::run_crawl("seeds: [\"" + slow.server.url("/{1..3}") + "\", \"" + other.server.url("/") + "\"]\npoliteness: {per_host: 1}\n");
  EXPECT_EQ(slow.server.log().size(), 4U);
  EXPECT_EQ(other.server.log().size(), 22U);
  EXPECT_LT(other.server.log().back().at, slow.server.log().back().at);
}

TEST(PolitenessDelay, AutoIsNothingOnLoopback) {
  site_of_pages s(10, 0ms);
  const auto begin = std::chrono::steady_clock::now();
  testing::run_crawl("seeds: [\"" + s.server.url("/") + "\"]");
  EXPECT_EQ(s.server.log().size(), 12U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST(PolitenessPerHost, BoundsWhatIsInFlight) {
  for (const unsigned limit : {1U, 3U}) {
    site_of_pages s(12, 40ms);
    crawl_from(s.server.url("/"), {"politeness.per_host=" + std::to_string(limit)});
    EXPECT_EQ(s.server.most().requests, limit);
    EXPECT_LE(s.server.most().connections, limit + 1);
  }
}

/// A job of `hosts` hosts, all at one address, with `pages` pages each.
std::string hosts_at_one_address(const std::string& prefix, std::uint16_t port, int hosts, int pages) {
  std::string seeds, resolve;
  for (int i = 0; i < hosts; ++i) {
    seeds += (i == 0 ? "\"http://" : ", \"http://") + prefix + std::to_string(i) + ".test:" + std::to_string(port) + "/{1.." + std::to_string(pages) + "}\"";
    resolve += (i == 0 ? "" : ", ") + prefix + std::to_string(i) + ".test: 127.0.0.1";
  }
  return "seeds: [" + seeds + "]\nfetch: {resolve: {" + resolve + "}}\n";
}

TEST(PolitenessPerIp, BoundsWhatIsInFlightToAllHostsOfAnAddress) {
  for (const unsigned limit : {0U, 1U, 3U}) {
    site_of_pages s(0, 10ms);
    const auto o = testing::run_crawl(hosts_at_one_address("h", s.server.port(), 12, 4), {.sets = {"politeness.per_ip=" + std::to_string(limit), "politeness.delay=0s"}});
    if (limit == 0) EXPECT_GT(s.server.most().requests, 6U);
    if (limit > 0) EXPECT_EQ(s.server.most().requests, limit);
    EXPECT_EQ(o.numbers.pages_2xx, 48U);
    EXPECT_EQ(o.numbers.requests, s.server.log().size());  // what was put off was no request
    for (const auto& r : o.records) EXPECT_EQ(r["attempts"], 1) << r["url"];
  }
}

TEST(PolitenessPerIp, WhoWaitsForABusyAddressKeepsNoOtherHostWaiting) {
  site_of_pages busy(0, 60ms), free(0, 0ms);
  const std::string elsewhere = "\"" + free.server.listen("127.0.0.2").url("/{1..30}") + "\"";
  std::string job = hosts_at_one_address("h", busy.server.port(), 20, 3);
  job.insert(job.find('[') + 1, elsewhere + ", ");
  testing::run_crawl(job, {.sets = {"politeness={per_ip: 1, delay: 0s, robots: ignore}", "fetch.concurrency=4"}});
  EXPECT_EQ(busy.server.log().size(), 60U);
  EXPECT_EQ(free.server.log().size(), 30U);
  EXPECT_LT(free.server.log().back().at, busy.server.log().at(20).at);
}

TEST(PolitenessPerIp, EndlessHostsKeepNoOtherOut) {
  site_of_pages s(0, 5ms);
  std::string job = hosts_at_one_address("h", s.server.port(), 5, 1);
  job.insert(job.find('[') + 1, "\"http://endless.test:" + std::to_string(s.server.port()) + "/{1..100}\", ");
  job.insert(job.find("resolve: {") + 10, "endless.test: 127.0.0.1, ");
  testing::run_crawl(job, {.sets = {"politeness={per_ip: 1, delay: 0s, robots: ignore}"}});
  const auto log = s.server.log();
  EXPECT_EQ(log.size(), 105U);
  const auto last_of_the_others = std::ranges::find_if(log.rbegin(), log.rend(), [](const auto& r) { return r.header("host").starts_with('h'); });
  EXPECT_LT(log.rend() - last_of_the_others, 60);  // long before the endless one has had its hundred
}

TEST(PolitenessAdaptive, SlowsDownAsLatencyRises) {
  // Two at a time: /1 and /2 tell the latency, /3 and /4 start together or half of it apart.
  const auto gap_with = [](const char* adaptive) {
    site_of_pages s(4, 300ms);
    crawl_from(s.server.url("/"), {std::string("politeness.adaptive=") + adaptive, "politeness.per_host=2"});
    const auto log = s.server.log();
    return log.at(5).at - log.at(4).at;
  };
  EXPECT_GE(gap_with("true"), 130ms);
  EXPECT_LT(gap_with("false"), 100ms);
}

TEST(PolitenessMaxDelay, CapsCrawlDelay) {
  site_of_pages s(3, 0ms, "User-agent: *\nCrawl-delay: 20\n");
  crawl_from(s.server.url("/"), {"politeness.max_delay=60ms"});
  const auto log = s.server.log();
  ASSERT_EQ(log.size(), 5U);
  testing::expect_apart(std::span(log).subspan(1), 60ms);  // from the first page on it is known
}

TEST(PolitenessMaxDelay, CapsAdaptiveToo) {
  // The first page is slow, the others are not: what the delay has learnt from it is all that parts them.
  const auto time_of_the_others = [](const char* max_delay) {
    site_of_pages s(3, 0ms);
    s.server.on("/", [](const auto&) { return site::reply{html(links_to(3)).bytes, 500ms}; });
    crawl_from(s.server.url("/"), {"politeness={delay: 0s, adaptive: true, per_host: 1, max_delay: " + std::string(max_delay) + "}"});
    const auto log = s.server.log();
    return log.at(4).at - log.at(2).at;
  };
  EXPECT_GE(time_of_the_others("60s"), 600ms);
  EXPECT_LT(time_of_the_others("10ms"), 400ms);
}

TEST(PolitenessMaxRetryAfter, CutsWhatServersAsk) {
  site::server s(no_page);
  int n = 0;
  s.on("/", [&n](const auto&) { return ++n == 1 ? site::page("", 503, "text/html", "Retry-After: 3600\r\n") : html("ok"); });
  const auto o = crawl_from(s.url("/"), {"politeness.max_retry_after=150ms"});
  EXPECT_EQ(o.records.at(0)["status"], 200);
  const auto log = s.log();
  ASSERT_EQ(log.size(), 3U);
  EXPECT_GE(log[2].at - log[1].at, 140ms);
  EXPECT_LT(log[2].at - log[1].at, 3s);
}

TEST(PolitenessRetryAfter, HoldsTheWholeHostForItsSeconds) {
  site::server s([](const auto&) { return html("ok"); });
  s.on("/robots.txt", no_page);
  int n = 0;
  s.on("/1", [&n](const auto&) { return ++n == 1 ? site::page("", 429, "text/html", "Retry-After: 1\r\n") : html("ok"); });
  s.on("/", [](const auto&) { return html(links_to(3)); });
  crawl_from(s.url("/"), {"politeness.per_host=1"});
  const auto log = s.log();
  ASSERT_EQ(log.size(), 6U);
  std::size_t asked_to_wait = 0;
  while (log[asked_to_wait].target != "/1") ++asked_to_wait;
  for (std::size_t i = asked_to_wait + 1; i < log.size(); ++i) EXPECT_GE(log[i].at - log[asked_to_wait].at, 950ms) << log[i].target;
}

site::reply refusal(const site::seen_request&) { return site::page("", 503, "text/html", "Retry-After: 3600\r\n"); }

TEST(PolitenessGiveUpAfter, EndsTheCrawlWithTheQueueKept) {
  site_of_pages good(5, 0ms);
  site::server bad(refusal);
  bad.on("/robots.txt", no_page);
  const auto begin = std::chrono::steady_clock::now();
  const auto o = testing::run_crawl("seeds: [\"" + good.server.url("/") + "\", \"" + bad.url("/{1..20}") + "\"]\n", {.sets = {"politeness.give_up_after=500ms"}});
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 500ms);
  EXPECT_EQ(o.ended, engine::ending::host_blocked);
  EXPECT_EQ(o.records.size(), 6U);
  EXPECT_EQ(o.numbers.books.queued, 20U);
  EXPECT_LE(bad.log().size(), 3U);  // robots.txt, and what was in flight when the first answer came
}

TEST(PolitenessGiveUpAfter, SeesRefusedRobotsToo) {
  site::server bad(refusal);
  const auto o = crawl_from(bad.url("/"), {"politeness.give_up_after=300ms"});
  EXPECT_EQ(o.ended, engine::ending::host_blocked);
  EXPECT_EQ(o.numbers.books.queued, 1U);
  EXPECT_EQ(bad.log().size(), 1U);
}

TEST(PolitenessGiveUpAfter, AHostThatAnswersInTimeIsCrawledToItsEnd) {
  site_of_pages s(5, 0ms);
  int n = 0;
  s.server.on("/1", [&n](const auto&) { return ++n <= 3 ? site::page("", 503) : html("ok"); });
  const auto o = crawl_from(s.server.url("/"), {"politeness.give_up_after=20s", "fetch.backoff={initial: 50ms, max: 100ms}"});
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_EQ(s.server.count("/1"), 4U);
}

TEST(DeadHost, IsLeftAloneAndItsQueueSkipped) {
  site::server dead([](const auto&) { return site::reply{}; });
  dead.on_connect([](std::uint64_t) { return site::script({site::reset()}); });
  const auto begin = std::chrono::steady_clock::now();
  const auto o = crawl_from(dead.url("/{1..200}"), {"politeness.robots=ignore", "politeness.delay=20ms", "fetch.retries=100", "fetch.backoff={initial: 50ms, max: 200ms}"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_EQ(o.records.size(), 200U);
  for (const auto& r : o.records) EXPECT_EQ(r["error"]["code"], "host.skipped") << r["url"];
  const auto seen = dead.connections();
  ASSERT_GT(seen.size(), 20U);
  const auto gap = [&](std::size_t from_end) { return seen[seen.size() - from_end].opened - seen[seen.size() - from_end - 1].opened; };
  EXPECT_GE(gap(3), 150ms);  // three questions, each after a longer pause, are the last that it hears
  EXPECT_GE(gap(2), 350ms);
  EXPECT_GE(gap(1), 750ms);
}

}  // namespace
}  // namespace trawl
