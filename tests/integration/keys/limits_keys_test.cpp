// What keeps a crawl from sites that are endless or say the same again: quotas, traps, duplicates, as the server sees them.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"
#include "tests/support/temp_directory.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::html;
using testing::no_page;

std::string links_to(const std::string& prefix, int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += "<a href='" + prefix + std::to_string(i) + "'>l</a>";
  return out;
}

std::uint64_t pages_asked(const site::server& s) { return s.log().size() - s.count("/robots.txt"); }

std::uint64_t filtered_by(const testing::crawl_outcome& o, const std::string& rule) {
  const auto found = o.numbers.filtered.find(rule);
  return found == o.numbers.filtered.end() ? 0 : found->second.count;
}

TEST(ScopeMaxPagesPerHost, TheRestIsFiltered) {
  site::server s([](const auto&) { return html("ok"); });
  s.on("/robots.txt", no_page);
  s.on("/", [](const auto&) { return html(links_to("/", 40)); });
  s.on("/1", [](const auto&) { return site::redirect("/elsewhere"); });
  const auto o = crawl_from(s.url("/"), {"scope.max_pages_per_host=10", "politeness.per_host=8"});
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_EQ(o.records.size(), 10U);
  EXPECT_LE(pages_asked(s), 11U);  // a redirect is one page more to ask for
  EXPECT_EQ(filtered_by(o, "quota"), 31U);
  EXPECT_EQ(o.rejected.size(), 31U);
  EXPECT_EQ(o.numbers.books.discovered, 10U);
}

TEST(ScopeMaxPagesPerHost, IsForEachHost) {
  site::server one([](const auto&) { return html("ok"); }), two([](const auto&) { return html("ok"); });
  one.on("/robots.txt", no_page);
  two.on("/robots.txt", no_page);
  const auto o = testing::run_crawl("seeds: [\"" + one.url("/{1..9}") + "\", \"" + two.url("/{1..3}") + "\"]", {.sets = {"scope.max_pages_per_host=4"}});
  EXPECT_EQ(pages_asked(one), 4U);
  EXPECT_EQ(pages_asked(two), 3U);
  EXPECT_EQ(filtered_by(o, "quota"), 5U);
}

/// Each page links one directory deeper.
site::reply endless(const site::seen_request& r) { return html("<a href='" + r.target + (r.target.ends_with('/') ? "" : "/") + "x" + std::to_string(r.target.size()) + "'>deeper</a>"); }

TEST(ScopeTraps, MaxSegmentsEndsAnEndlessPath) {
  site::server s(endless);
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.traps.max_segments=5"});
  EXPECT_EQ(pages_asked(s), 6U);
  EXPECT_EQ(filtered_by(o, "trap.segments"), 1U);
}

TEST(ScopeTraps, MaxRepeatsEndsAPathThatRepeats) {
  site::server s([](const auto& r) { return html("<a href='" + (r.target == "/" ? std::string() : r.target) + "/again'>l</a>"); });
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.traps.max_repeats=2"});
  EXPECT_EQ(s.count("/again/again"), 1U);
  EXPECT_EQ(pages_asked(s), 3U);
  EXPECT_EQ(filtered_by(o, "trap.repeats"), 1U);
}

TEST(ScopeTraps, MaxQueryParamsEndsAQueryThatGrows) {
  site::server s([](const auto& r) { return html("<a href='" + r.target + (r.target.contains('?') ? "&" : "?") + "a=1'>l</a>"); });
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.traps.max_query_params=4"});
  EXPECT_EQ(pages_asked(s), 5U);
  EXPECT_EQ(filtered_by(o, "trap.query"), 1U);
}

TEST(ScopeTraps, DetectFalseFollowsThemAll) {
  site::server s(endless);
  s.on("/robots.txt", no_page);
  crawl_from(s.url("/"), {"scope.traps={detect: false, max_segments: 2}", "scope.max_depth=7"});
  EXPECT_EQ(pages_asked(s), 8U);
}

TEST(ScopeTraps, ASeedIsWhatItsWriterMeant) {
  site::server s([](const auto&) { return html("ok"); });
  s.on("/robots.txt", no_page);
  EXPECT_EQ(crawl_from(s.url("/a/b/c"), {"scope.traps.max_segments=2"}).records.size(), 1U);
}

/// A calendar: the same page for each month, with links to the next ones; and a few other pages.
site::reply calendar(const site::seen_request& r) {
  std::string same = "<p>No events are planned in this month of the year, please have a look at another one</p>";
  if (!r.target.starts_with("/cal/")) return html(same + links_to("/cal/", 5) + links_to("/page", 3));
  const int month = std::stoi(r.target.substr(5));
  return html(same + "<a href=/cal/" + std::to_string(month + 5) + ">n</a><a href=/cal/" + std::to_string(month + 10) + ">n</a>");
}

TEST(ScopeTraps, NearDuplicatesStopTheirPrefix) {
  site::server s(calendar);
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.traps.near_duplicates=8", "scope.max_depth=200", "politeness.per_host=2"});
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_GE(pages_asked(s), 12U);
  EXPECT_LE(pages_asked(s), 14U);  // two may be in flight
  EXPECT_EQ(s.count("/page3"), 1U);
  EXPECT_GE(filtered_by(o, "trap.near_duplicates"), 1U);
}

/// Names of hosts that all lead to one server: seed.test, and h1.wild.test to h{count}.wild.test.
std::string wildcard(int count) {
  std::string out = "fetch.resolve={seed.test: 127.0.0.1, a.tame.test: 127.0.0.1";
  for (int i = 1; i <= count; ++i) out += ", h" + std::to_string(i) + ".wild.test: 127.0.0.1";
  return out + "}";
}

std::string links_to_hosts(std::uint16_t port, int from, int to) {
  const std::string end = ":" + std::to_string(port) + "/'>l</a>";
  std::string out = "<a href='http://a.tame.test" + end;
  for (int i = from; i <= to; ++i) out += "<a href='http://h" + std::to_string(i) + ".wild.test" + end;
  return out;
}

TEST(ScopeTraps, OfADomainWithEndlessHostsAThousandAreTakenUp) {
  for (const bool detects : {true, false}) {
    site::server s([](const auto&) { return html("ok"); });
    s.on("/", [&s](const site::seen_request& r) { return html(r.header("host").starts_with("seed") ? links_to_hosts(s.port(), 1, 1004) : "ok"); });
    const std::string seeds = "seeds: [\"http://seed.test:" + std::to_string(s.port()) + "/\", \"http://h1004.wild.test:" + std::to_string(s.port()) + "/seed\"]";
    auto sets = testing::quick;
    sets.insert(sets.end(), {wildcard(1004), "scope={within: any, max_pages: 5000, traps: {detect: " + std::string(detects ? "true" : "false") + ", near_duplicates: 1000000}}", "politeness.robots=ignore"});
    const auto o = testing::run_crawl(seeds, {.sets = sets});
    EXPECT_EQ(filtered_by(o, "trap.domain"), detects ? 3U : 0U);  // of the 1,004 a seed has named one
    EXPECT_EQ(o.records.size(), detects ? 1004U : 1007U);
    EXPECT_EQ(o.error_of("http://a.tame.test:" + std::to_string(s.port()) + "/"), "");
    EXPECT_EQ(o.error_of("http://h1004.wild.test:" + std::to_string(s.port()) + "/"), "");
  }
}

TEST(ScopeTraps, AStateKeepsWhatADomainHasHad) {
  const testing::temp_directory scratch;
  site::server s([](const auto&) { return html("ok"); });
  s.on("/1", [&s](const auto&) { return html(links_to_hosts(s.port(), 1, 900)); });
  s.on("/2", [&s](const auto&) { return html(links_to_hosts(s.port(), 850, 1005)); });
  const std::string seeds = "seeds: [\"http://seed.test:" + std::to_string(s.port()) + "/{1..2}\"]";
  const auto run = [&](int pages) {
    auto sets = testing::quick;
    sets.insert(sets.end(), {wildcard(1005), "scope={within: any, traps: {near_duplicates: 1000000}, max_pages: " + std::to_string(pages) + "}", "politeness.robots=ignore", "politeness.per_host=1"});
    return testing::run_crawl(seeds, {.sets = sets, .state = scratch.path() / "state"});
  };
  EXPECT_EQ(filtered_by(run(1), "trap.domain"), 0U);
  EXPECT_EQ(filtered_by(run(5000), "trap.domain"), 5U);
}

TEST(ScopeDuplicates, DropKeepsTheFirstAlone) {
  site::server s([](const auto&) { return html("the same <a href=/below>l</a>"); });
  s.on("/robots.txt", no_page);
  s.on("/", [](const auto&) { return html(links_to("/", 5) + "<a href=/moved>m</a>"); });
  s.on("/moved", [](const auto&) { return site::redirect("/target"); });
  s.on("/below", [](const auto&) { return html("another"); });
  const auto o = crawl_from(s.url("/"), {"scope.duplicates=drop"});
  ASSERT_EQ(o.records.size(), 8U);
  std::string holder;
  std::size_t copies = 0;
  for (const auto& r : o.records) {
    if (!r.contains("duplicate_of")) continue;
    ++copies;
    EXPECT_TRUE(holder.empty() || holder == r["duplicate_of"].get<std::string>());
    holder = r["duplicate_of"].get<std::string>();
    EXPECT_EQ(r["status"], 200);
    EXPECT_FALSE(r.contains("title"));
  }
  EXPECT_EQ(copies, 5U);
  ASSERT_NE(o.of(holder), nullptr);
  EXPECT_EQ((*o.of(holder))["title"], "t");
  EXPECT_EQ(o.numbers.books.pages, 3U);
  EXPECT_EQ(s.count("/below"), 1U);
}

TEST(ScopeDuplicates, KeepKeepsAll) {
  site::server s([](const auto&) { return html("the same"); });
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/{1..3}"));
  for (const auto& r : o.records) EXPECT_FALSE(r.contains("duplicate_of"));
}

TEST(ExtractDigests, NameTheBodyAndItsText) {
  site::server s([](const auto& r) { return site::page(r.target == "/1" ? "<p>abc</p>" : "<b>ABC</b>"); });
  s.on("/robots.txt", no_page);
  s.on("/3", [](const auto&) { return site::page("\x01", 200, "image/png"); });
  const auto o = crawl_from(s.url("/{1..3}"), {"extract.digests=true"});
  const auto& one = *o.of(s.url("/1"));
  EXPECT_EQ(one["sha256"], "25d0f020f6881a92742eadf0dda2a864025b35ec0008886497ed1d21efe99d20");
  EXPECT_EQ(one["simhash"].get<std::string>().size(), 16U);
  EXPECT_EQ(one["simhash"], (*o.of(s.url("/2")))["simhash"]);
  EXPECT_NE(one["sha256"], (*o.of(s.url("/2")))["sha256"]);
  EXPECT_FALSE(o.of(s.url("/3"))->contains("sha256"));  // its body is not read
  EXPECT_FALSE(crawl_from(s.url("/1")).records.at(0).contains("sha256"));
}

}  // namespace
}  // namespace trawl
