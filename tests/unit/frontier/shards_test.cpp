// One job's frontier on several threads: every URL once, exact limits, an end.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

constexpr std::uint32_t threads = 4;
constexpr std::uint64_t web = 4000;  // page n links to 2n, 2n+1 and 7n+3, all modulo `web`

candidate page_of_web(std::uint64_t n) {
  candidate c;
  c.host = "host" + std::to_string(n % 16);
  c.shard = static_cast<std::uint32_t>(n % 16 % threads);
  c.req.url = "http://" + c.host + "/" + std::to_string(n);
  c.fingerprint = n + 1;
  return c;
}

struct part {
  asio::io_context io{1};
  host_gates gates;
  std::unique_ptr<frontier> urls;
  std::set<std::string> fetched;
};

/// Crawls the web above to the end; what each part fetched, and the books of all.
struct crawl {
  explicit crawl(store_kind kind, std::uint64_t max_pages = 0, std::uint32_t max_in_flight = 64) : shared(max_in_flight, max_pages) {
    if (kind == store_kind::rocksdb) store = std::make_unique<store::job_store>(scratch.path() / "state", store::store_options{});
    if (store) store->start(shared), log = &store->log();
    for (part& p : parts) p.urls = make(p);
  }
  std::unique_ptr<frontier> make(part& p) {
    if (store) return std::make_unique<durable_frontier>(p.io.get_executor(), shared, p.gates, *store, std::span<const stored_host>(), frontier_options{});
    return std::make_unique<memory_frontier>(p.io.get_executor(), shared, p.gates, memory, frontier_options{});
  }

  asio::awaitable<void> work(part& p) {
    if (&p == &parts[0]) {
      std::vector<candidate> seeds{page_of_web(1)};
      co_await p.urls->add(seeds, seed_cursor{1, true});
    }
    while (auto held = co_await p.urls->next()) asio::co_spawn(p.io, visit(p, std::move(*held)), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  }

  asio::awaitable<void> visit(part& p, lease held) {
    EXPECT_TRUE(p.fetched.insert(held.req.url).second) << "twice: " << held.req.url;
    const std::uint64_t n = std::stoull(held.req.url.substr(held.req.url.rfind('/') + 1));
    completion done;
    done.record = R"({"seq":0})";
    done.counts_as_page = true;
    for (const std::uint64_t to : {2 * n, 2 * n + 1, 7 * n + 3}) done.links.push_back(page_of_web(to % web));
    co_await p.urls->commit(held, std::move(done));
  }

  asio::awaitable<void> drain() {
    std::uint64_t seq = 0;
    while (auto entry = co_await log->read(seq)) seq = entry->seq;
    last_seq = seq;
  }

  void run() {
    asio::io_context reader;
    asio::co_spawn(reader, drain(), [](std::exception_ptr) {});
    std::jthread reading([&] { reader.run(); });
    {
      std::vector<std::jthread> running;
      for (part& p : parts) {
        asio::co_spawn(p.io, work(p), [&](std::exception_ptr e) { EXPECT_FALSE(e); ++ended; });
        running.emplace_back([this, &p] {
          const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
          while (ended < threads && std::chrono::steady_clock::now() < until) p.io.run_for(std::chrono::milliseconds(20));
        });
      }
    }
    EXPECT_EQ(ended, threads) << "still waiting after 20 seconds";
    log->close();
    reading.join();
    for (part& p : parts) all += p.urls->counts();
  }

  testing::temp_directory scratch;
  ledger shared;
  memory_log memory;
  std::unique_ptr<store::job_store> store;
  result_log* log = &memory;
  std::array<part, threads> parts;
  std::atomic<std::uint32_t> ended{0};
  std::uint64_t last_seq = 0;
  books all;
};

class Shards : public ::testing::TestWithParam<store_kind> {};
INSTANTIATE_TEST_SUITE_P(Stores, Shards, ::testing::ValuesIn(every_store), [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Shards, FetchEveryReachablePageOnceAndEnd) {
  crawl c(GetParam());
  c.run();
  std::set<std::uint64_t> reachable{1};
  std::vector<std::uint64_t> open{1};
  while (!open.empty()) {
    const std::uint64_t n = open.back();
    open.pop_back();
    for (const std::uint64_t to : {2 * n, 2 * n + 1, 7 * n + 3})
      if (reachable.insert(to % web).second) open.push_back(to % web);
  }
  EXPECT_EQ(c.all.recorded, reachable.size());
  EXPECT_EQ(c.all.discovered, reachable.size());
  EXPECT_EQ(c.last_seq, reachable.size());
  EXPECT_EQ(c.all.in_flight + c.all.queued, 0u);
}

TEST_P(Shards, MaxPagesIsExactOverAllOfThem) {
  crawl c(GetParam(), 100, 7);
  c.run();
  EXPECT_EQ(c.all.pages, 100u);
  EXPECT_EQ(c.all.in_flight, 0u);
  EXPECT_EQ(c.all.discovered, c.all.recorded + c.all.queued);
}

}  // namespace
}  // namespace trawl::frontier
