// Crawls that are interrupted, killed and gone on with, as their users meet them.
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/cli/slow_site.hpp"

namespace trawl::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// Runs a crawl until the site has had so many requests, then sends a signal.
outcome cut_short(const scratch& s, const slow_site& site, const std::vector<std::string>& more, int signal, std::size_t requests = 12) {
  process p(site.crawl(more), s.dir());
  EXPECT_TRUE(site.wait_for(site.requests() + requests));
  p.signal(signal);
  return p.wait();
}

outcome run(const scratch& s, const slow_site& site, const std::vector<std::string>& more) { return trawl(site.crawl(more), s); }

TEST(State, InterruptedCrawlGoesOnWithTheSameCommand) {
  const scratch s;
  const slow_site site;
  const auto cut = cut_short(s, site, {"-o", "out.ndjson"}, SIGINT);
  EXPECT_EQ(cut.code, 3) << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("the state is kept in out.ndjson.trawl; the same command goes on"));
  const std::size_t before = lines(s.read("out.ndjson")).size();
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, site.size());
  const auto rest = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("goes on: " + std::to_string(before) + " records are there"));
  expect_whole(s.read("out.ndjson"), site);
  EXPECT_EQ(site.count("/"), 1U);
  EXPECT_FALSE(fs::exists(s.path("out.ndjson.trawl")));
}

TEST(State, KilledCrawlsHaveEachRecordOnce) {
  const scratch s;
  const slow_site site;
  for (int kills = 0; kills < 3; ++kills) EXPECT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGKILL).code, 128 + SIGKILL);
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 0);
  expect_whole(s.read("out.ndjson"), site);
}

/// Kills the crawl whenever it reads a page whose URL ends so.
class killer {
 public:
  explicit killer(const char* url) {
    ::setenv("TRAWL_KILL_POINT", "page.read", 1);
    ::setenv("TRAWL_KILL_SUBJECT", url, 1);
  }
  ~killer() {
    ::unsetenv("TRAWL_KILL_POINT");
    ::unsetenv("TRAWL_KILL_SUBJECT");
  }
  killer(const killer&) = delete;
  killer& operator=(const killer&) = delete;
};

json record_of(const std::string& output, const std::string& url) {
  for (const std::string& line : lines(output))
    if (json record = json::parse(line); record["url"] == url) return record;
  return {};
}

TEST(State, APageThatEndsTheProcessTwiceIsReadNoMore) {
  const scratch s;
  const slow_site site;
  const killer poison("/p/7");
  for (int crash = 0; crash < 2; ++crash) EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 128 + SIGKILL);
  const auto third = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(third.code, 0) << third.err;
  expect_whole(s.read("out.ndjson"), site);
  EXPECT_EQ(site.count("/p/7"), 2U);
  const json record = record_of(s.read("out.ndjson"), site.url("/p/7"));
  EXPECT_EQ(record["error"]["code"], "internal");
  EXPECT_EQ(record["error"]["message"], "trawl ended twice while it read this page");
  EXPECT_EQ(record["status"], nullptr);
}

TEST(State, APageThatWasReadAtOneEndIsReadAgain) {
  const scratch s;
  const slow_site site;
  {
    const killer once("/p/7");
    EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 128 + SIGKILL);
  }
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 0);
  expect_whole(s.read("out.ndjson"), site);
  EXPECT_EQ(record_of(s.read("out.ndjson"), site.url("/p/7"))["status"], 200);
}

TEST(State, WithoutOneAnInterruptedCrawlIsAFailure) {
  const scratch s;
  const slow_site site;
  EXPECT_EQ(cut_short(s, site, {"-o", "out.ndjson", "--state", "none"}, SIGINT).code, 1);
  EXPECT_FALSE(fs::exists(s.path("out.ndjson.trawl")));
}

TEST(State, OfAnotherJobIsRefusedWithWhatDiffers) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGINT).code, 3);
  const auto other = run(s, site, {"-o", "out.ndjson", "--set", "scope.exclude=[\"*/p/7\"]"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, AllOf(HasSubstr("out.ndjson.trawl is of another job: scope.exclude differs"), HasSubstr("--force-config"), HasSubstr("nothing was started")));
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson", "--set", "scope.exclude=[\"*/p/7\"]", "--force-config"}).code, 0);
  expect_whole(s.read("out.ndjson"), site);  // what was queued already stays
}

TEST(State, LimitsMayChangeBetweenRuns) {
  const scratch s;
  const slow_site site;
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "5"}).code, 0);
  EXPECT_TRUE(fs::exists(s.path("out.ndjson.trawl")));
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 5U);
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "5"}).code, 0);  // all runs of the state count
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 5U);
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 0);
  expect_whole(s.read("out.ndjson"), site);
}

TEST(State, AnotherOutputGetsAllRecordsFromTheFirst) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(run(s, site, {"-o", "a.ndjson", "--state", "kept"}).code, 0);
  const std::size_t asked = site.requests();
  EXPECT_EQ(run(s, site, {"-o", "b.ndjson", "--state", "kept"}).code, 0);
  EXPECT_EQ(s.read("a.ndjson"), s.read("b.ndjson"));
  const auto again = run(s, site, {"-o", "a.ndjson", "--state", "kept"});
  EXPECT_EQ(again.code, 0) << again.err;
  expect_whole(s.read("a.ndjson"), site);
  EXPECT_EQ(run(s, site, {"-o", "a.ndjson", "--state", "kept", "--overwrite"}).code, 0);
  expect_whole(s.read("a.ndjson"), site);
  EXPECT_EQ(run(s, site, {"-o", "/dev/null", "--state", "kept"}).code, 0);
  EXPECT_EQ(run(s, site, {"-o", "/dev/null", "--state", "kept"}).code, 0);
  EXPECT_EQ(site.requests(), asked);
}

TEST(State, GoneOutputIsWrittenAgain) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGINT).code, 3);
  fs::remove(s.path("out.ndjson"));
  const auto rest = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(rest.code, 0);
  EXPECT_THAT(rest.err, HasSubstr("out.ndjson is gone: all records are written into it again"));
  expect_whole(s.read("out.ndjson"), site);
  EXPECT_EQ(site.count("/"), 1U);
}

TEST(State, MovesWithItsOutput) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGINT).code, 3);
  fs::create_directory(s.path("moved"));
  for (const char* name : {"out.ndjson", "out.ndjson.trawl"}) fs::rename(s.path(name), s.path(std::string("moved/") + name));
  const auto rest = run(s, site, {"-o", "moved/out.ndjson"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  expect_whole(s.read("moved/out.ndjson"), site);
}

TEST(State, WhatIsNotItsOwnIsRefused) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGINT).code, 3);
  fs::resize_file(s.path("out.ndjson"), 10);
  const auto changed = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(changed.code, 2);
  EXPECT_THAT(changed.err, HasSubstr("it was changed meanwhile"));
  s.write("here.ndjson", "{}\n");
  EXPECT_THAT(run(s, site, {"-o", "here.ndjson"}).err, HasSubstr("here.ndjson is there already; say --overwrite or --append"));
  EXPECT_FALSE(fs::exists(s.path("here.ndjson.trawl")));
  fs::create_directory(s.path("mine"));
  s.write("mine/notes.txt", "precious");
  const auto foreign = run(s, site, {"-o", "b.ndjson", "--state", "mine"});
  EXPECT_EQ(foreign.code, 2);
  EXPECT_THAT(foreign.err, HasSubstr("holds files that are no state of trawl's"));
  EXPECT_EQ(s.read("mine/notes.txt"), "precious");
  EXPECT_EQ(run(s, site, {"-o", "b.ndjson", "--state", "here.ndjson/x"}).code, 2);
}

TEST(State, IsOneCrawlsAtATime) {
  const scratch s;
  const slow_site site(200);
  process first(site.crawl({"-o", "out.ndjson", "--summary", "sum.json"}), s.dir());
  ASSERT_TRUE(site.wait_for(5));
  const auto second = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("is in use by another trawl (process "));
  first.signal(SIGINT);
  EXPECT_EQ(first.wait().code, 3);
}

TEST(State, DamagedIsRefusedNeverEmptied) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(cut_short(s, site, {"-o", "out.ndjson"}, SIGINT).code, 3);
  s.write("out.ndjson.trawl/tables/CURRENT", "MANIFEST-999999\n");
  const auto damaged = run(s, site, {"-o", "out.ndjson"});
  EXPECT_EQ(damaged.code, 2);
  EXPECT_THAT(damaged.err, AllOf(HasSubstr("out.ndjson.trawl"), HasSubstr("damaged")));
  s.write("out.ndjson.trawl/version", "999\n");
  EXPECT_THAT(run(s, site, {"-o", "out.ndjson"}).err, HasSubstr("newer version of trawl"));
}

}  // namespace
}  // namespace trawl::cli
