// fetch.memory over whole crawls: however many large bodies come at once, all of them get their record, and no more are held than may be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/compressed.hpp"
#include "tests/support/crawl_run.hpp"
#include "tests/support/peer.hpp"

namespace trawl::testing {
namespace {

constexpr std::size_t mib = 1U << 20;

site::reply bomb(std::uint64_t size) {
  static std::map<std::uint64_t, std::string> made;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::string& bytes = made[size];
  if (bytes.empty()) bytes = compressed_zeros(size, "gzip");
  return site::page(bytes, 200, "text/html", "Content-Encoding: gzip\r\n");
}

std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.begin(), quick.begin(), quick.end());
  return more;
}

TEST(CrawlMemory, BombsWaitForEachOtherAndAllEnd) {
  site::server s([](const site::seen_request& r) { return r.target == "/robots.txt" ? site::page("", 404) : bomb(2 * mib); });
  const auto o = run_crawl(fmt::format("seeds: [\"{}\"]\n", s.url("/{1..40}")), {.trusted = true, .sets = with({"fetch.memory=2MiB", "politeness.per_host=40", "fetch.max_body=1MiB", "fetch.timeout.total=20s"})});
  EXPECT_EQ(o.numbers.pages_2xx, 40U);
  for (const auto& r : o.records) {
    EXPECT_EQ(r["bytes"], mib);
    EXPECT_EQ(r["truncated"], "length");
    EXPECT_EQ(r["attempts"], 1);
  }
}

TEST(CrawlMemory, ASmallSiteNeedsNoMoreThanTheLeast) {
  site::server s([](const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    if (r.target == "/") return html("<a href='/1'>1</a><a href='/2'>2</a><a href='/3'>3</a><a href='/go'>4</a>");
    return r.target == "/go" ? site::redirect("/large") : html(r.target == "/large" ? std::string(mib, 'x') : "x");
  });
  const auto o = crawl_from(s.url("/"), {"fetch.memory=64KiB", "politeness.per_host=8"});
  EXPECT_EQ(o.numbers.pages_2xx, 5U);
  EXPECT_EQ(o.numbers.errors.size(), 0U);
}

/// Whoever waits for memory has not given up its host's delay: when there is room again, requests are still apart.
TEST(CrawlMemory, WaitingKeepsTheDelay) {
  site::server s([](const site::seen_request& r) { return r.target == "/robots.txt" ? site::page("", 404) : site::reply{html("x").bytes, std::chrono::milliseconds(120)}; });
  const auto o = run_crawl(fmt::format("seeds: [\"{}\"]\n", s.url("/{1..6}")), {.trusted = true, .sets = with({"fetch.memory=64KiB", "politeness.per_host=4", "politeness.delay=100ms", "politeness.robots=ignore"})});
  EXPECT_EQ(o.numbers.pages_2xx, 6U);
  const auto log = s.log();
  for (std::size_t i = 1; i < log.size(); ++i) EXPECT_GE(log[i].at - log[i - 1].at, std::chrono::milliseconds(80)) << i;
}

}  // namespace
}  // namespace trawl::testing
