#include "server/crawl/progress_text.hpp"

#include <gmock/gmock.h>

namespace trawl::server {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

engine::progress at(std::chrono::milliseconds elapsed, std::uint64_t pages, std::uint64_t bytes = 0) {
  engine::progress p;
  p.elapsed = elapsed;
  p.books.pages = p.books.recorded = p.requests = pages;
  p.books.discovered = pages;
  p.wire_bytes = bytes;
  return p;
}

TEST(ProgressText, NumbersAreHuman) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(1023.9 * 1024), "1.0 MiB");
  EXPECT_EQ(size_text(512.0 * 1024 * 1024), "512 MiB");
  EXPECT_EQ(time_text(59s), "59 s");
  EXPECT_EQ(time_text(200s), "3 min 20 s");
  EXPECT_EQ(time_text(7500s), "2 h 5 min");
  EXPECT_EQ(time_text(100h), "4 d 4 h");
}

TEST(RateMeter, LooksBackFiveSeconds) {
  rate_meter meter;
  EXPECT_EQ(meter.add(at(0ms, 0)).pages, 0);
  EXPECT_DOUBLE_EQ(meter.add(at(2s, 200, 2000)).pages, 100);
  EXPECT_DOUBLE_EQ(meter.add(at(4s, 400, 4000)).wire_bytes, 1000);
  for (int second = 5; second < 20; ++second) meter.add(at(std::chrono::seconds(second), 400));
  EXPECT_DOUBLE_EQ(meter.add(at(20s, 400)).pages, 0);
  EXPECT_DOUBLE_EQ(meter.add(at(21s, 410)).pages, 2);
}

TEST(TimeLeft, GoesByTheNearestBound) {
  config::job job;
  const rates now{.pages = 10, .requests = 10, .wire_bytes = 1000};
  EXPECT_FALSE(time_left(at(10s, 100), job, now));
  job.scope.max_pages = 400;
  EXPECT_EQ(time_left(at(10s, 100), job, now), 30s);
  job.limits.duration = 15s;
  EXPECT_EQ(time_left(at(10s, 100), job, now), 5s);
  job.limits.bytes.bytes = 4000;
  EXPECT_EQ(time_left(at(10s, 100, 1000), job, now), 3s);
  job = {};
  job.scope.max_pages = 400;
  EXPECT_FALSE(time_left(at(10s, 100), job, rates{}));
}

TEST(ProgressLine, SaysHowFarItIs) {
  config::job job;
  job.scope.max_pages = 2000;
  auto p = at(10s, 1234);
  p.books.queued = 5678;
  p.books.in_flight = 3;
  p.hosts = 5;
  p.errors["connect.refused"] = 7;
  const std::string line = progress_line(p, job, {.pages = 123.4, .requests = 123.4, .wire_bytes = 3 << 20});
  EXPECT_EQ(line, "1,234 pages  123 pages/s  3.0 MiB/s  5,678 queued  3 in flight  7 failed  6 s left  paced by servers");
}

TEST(SummaryTable, BalancesAndEscapes) {
  auto p = at(4s, 3, 4096);
  p.statuses[200] = 2;
  p.statuses[404] = 1;
  p.errors["dns.not_found"] = 1;
  p.books.queued = 1;
  p.books.duplicates = 12345;
  p.filtered["scope.exclude"].count = 2;
  p.filtered["scope.exclude"].samples = {"http://h/\x1b[2J", "http://u:pw@h/" + std::string(200, 'x')};
  const std::string table = summary_table(p, "job\n", "drained");
  EXPECT_THAT(table, HasSubstr("job\\x0a: drained after 4.00 s\n"));
  EXPECT_THAT(table, HasSubstr("= 3 recorded + 1 queued + 0 in flight"));
  EXPECT_THAT(table, HasSubstr("12,345"));
  EXPECT_THAT(table, HasSubstr("http://h/\\x1b[2J"));
  EXPECT_THAT(table, Not(HasSubstr("pw")));
  std::vector<std::size_t> ends;
  for (std::size_t at = table.find('\n') + 1, end = 0; at < table.size(); at = end + 1) {
    end = table.find('\n', at);
    ends.push_back(std::min(end - at, std::size_t{45}));
  }
  EXPECT_THAT(ends, ::testing::Each(45U));  // the counts stand in one column
}

}  // namespace
}  // namespace trawl::server
