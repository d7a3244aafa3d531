// Two jobs in one process: they keep the delay of a host that both ask, and a small one is not lost beside a large one.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <thread>

#include "config/load.hpp"
#include "crawler/engine/shard.hpp"
#include "tests/support/crawl_run.hpp"

namespace trawl::testing {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A crawl whose records are read and forgotten.
class running {
 public:
  running(engine::shards& where, const std::string& seed, const std::string& politeness, std::string name)
      : crawl_(where, job_of(seed, politeness, std::move(name)), {.operator_trusted = true}), reader_([this] { read_all(); }) {
    begin_ = std::chrono::steady_clock::now();
    crawl_.start();
  }
  ~running() {
    crawl_.cancel();
    EXPECT_TRUE(crawl_.wait_for(10s));
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;

  /// How long it took to its end.
  std::chrono::duration<double> time() {
    EXPECT_TRUE(crawl_.wait_for(30s));
    return std::chrono::steady_clock::now() - begin_;
  }
  bool has_recorded(std::uint64_t count) const {
    for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(5ms))
      if (crawl_.snapshot().books.recorded >= count) return true;
    return false;
  }

 private:
  static config::job job_of(const std::string& seed, const std::string& politeness, std::string name) {
    auto loaded = config::load_job_text(fmt::format("seeds: [\"{}\"]\npoliteness: {{robots: ignore, adaptive: false, {}}}\nexpect: {{pages: 0}}", seed, politeness), "t", {.source = config::trust::local, .sets = {}, .environment = {}});
    EXPECT_TRUE(loaded.problems.empty());
    loaded.job.name = std::move(name);
    return loaded.job;
  }
  asio::awaitable<void> collect() {
    std::uint64_t seq = 0;
    while (auto entry = co_await crawl_.log().read(seq)) seq = entry->seq;
  }
  void read_all() {
    asio::io_context loop(1);
    asio::co_spawn(loop, collect(), [](std::exception_ptr e) { EXPECT_FALSE(e); });
    loop.run();
  }

  engine::crawl crawl_;
  std::chrono::steady_clock::time_point begin_{};
  std::jthread reader_;
};

/// Seconds that a job of ten URLs takes: alone, and beside one whose queue is endless for that time. The log is of the requests of both.
struct times {
  double alone = 0, beside = 0;
  std::vector<site::seen_request> log;
};
times ten_beside_many(const std::string& politeness, bool on_one_host) {
  site::server busy([](const auto&) { return html("x"); }), quiet([](const auto&) { return html("x"); });
  const site::server& mine = on_one_host ? busy : quiet;
  engine::shards shards(1);  // one loop for all of it
  times out;
  out.alone = running(shards, mine.url("/alone/{1..10}"), politeness, "alone").time().count();
  const running large(shards, busy.url("/large/{1..3000}"), politeness, "large");
  EXPECT_TRUE(large.has_recorded(5));
  out.beside = running(shards, mine.url("/small/{1..10}"), politeness, "small").time().count();
  out.log = mine.log();
  std::printf("%s, %s: %.3f s alone, %.3f s beside\n", politeness.c_str(), on_one_host ? "one host" : "two hosts", out.alone, out.beside);
  return out;
}

TEST(TwoJobs, OnOneHostKeepItsDelayAndTakeTurns) {
  const auto t = ten_beside_many("delay: 50ms", true);
  expect_apart(t.log, 50ms);
  EXPECT_LE(t.beside, 2.3 * t.alone);  // half of the host's turns are its own
  std::size_t small = 0, between = 0;
  for (const auto& r : t.log) {
    if (r.target.starts_with("/small")) ++small;
    if (r.target.starts_with("/large") && small > 0 && small < 10) ++between;
  }
  EXPECT_EQ(small, 10U);
  EXPECT_LE(between, 11U);
}

TEST(TwoJobs, OnTwoHostsASmallOneTakesAsLongAsAlone) {
  const auto t = ten_beside_many("delay: 50ms", false);
  expect_apart(t.log, 50ms);
  EXPECT_LE(t.beside, 1.2 * t.alone + 0.1);  // the machine may be busy with other tests
}

}  // namespace
}  // namespace trawl::testing
