// A frontier of one part on a loop of its own, over any of the stores.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <string_view>

#include "crawler/frontier/durable_frontier.hpp"
#include "crawler/frontier/memory/memory_frontier.hpp"
#include "crawler/frontier/memory/memory_log.hpp"
#include "tests/support/temp_directory.hpp"

namespace trawl::frontier {

using task = asio::awaitable<void>;

enum class store_kind : std::uint8_t { memory, rocksdb };
inline constexpr store_kind every_store[] = {store_kind::memory, store_kind::rocksdb};
inline std::string_view name_of(store_kind kind) { return kind == store_kind::memory ? "Memory" : "RocksDB"; }

/// Time stands still until `run` has nothing else to do. With a state its directory outlives it where one is given.
struct bench {
  explicit bench(store_kind kind, frontier_options options = {}, std::uint32_t max_in_flight = 256, std::uint64_t max_pages = 0, std::filesystem::path state = {},
                 store::store_options kept = {})
      : shared(max_in_flight, max_pages), is_threaded(kind != store_kind::memory) {
    frontier_options mine{std::move(options.on_new_host), std::move(options.admit), {}, options.lease_ttl, options.give_up_after, options.max_pages_per_host, std::move(options.keeps_out), std::move(options.on_filtered), time};
    if (kind == store_kind::memory) {
      auto own = std::make_unique<memory_log>();
      urls = std::make_unique<memory_frontier>(io.get_executor(), shared, gates, *own, std::move(mine));
      log = own.get();
      memory = std::move(own);
      return;
    }
    store = std::make_unique<store::job_store>(state.empty() ? scratch.path() / "state" : state, std::move(kept));
    store->start(shared);
    shared.has_committed(store->opened_as().pages);
    const auto hosts = store->hosts();
    urls = std::make_unique<durable_frontier>(io.get_executor(), shared, gates, *store, hosts, std::move(mine));
    log = &store->log();
  }

  void run(std::function<task()> body) {
    bool done = false;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr failure) {
      done = true;
      if (failure) std::rethrow_exception(failure);
    });
    for (int step = 0; step < 10'000 && !done; ++step) {
      io.restart();
      const bool was_idle = is_threaded ? io.run_one_for(std::chrono::milliseconds(2)) == 0 : io.poll() == 0;
      if (was_idle) time.advance(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(done) << "still waiting after ten seconds of its time";
  }
  task add(std::vector<candidate> found, bool exhausted = true) { co_await urls->add(found, seed_cursor{0, exhausted}); }
  void expect_balance() const {
    const books b = urls->counts();
    EXPECT_EQ(b.discovered, b.recorded + b.queued + b.in_flight);
  }

  testing::temp_directory scratch;
  asio::io_context io;
  async::manual_clock time;
  host_gates gates;
  ledger shared;
  bool is_threaded;
  std::unique_ptr<store::job_store> store;
  std::unique_ptr<result_log> memory;
  std::unique_ptr<frontier> urls;
  result_log* log = nullptr;
};

inline candidate page(std::uint64_t fingerprint, std::string host = "a", std::int32_t priority = 0) {
  candidate c;
  c.req.url = "http://" + host + "/" + std::to_string(fingerprint);
  c.req.priority = priority;
  c.host = std::move(host);
  c.fingerprint = fingerprint;
  return c;
}

inline completion finished_page() {
  completion done;
  done.record = R"({"job":"j","seq":0})";
  done.counts_as_page = true;
  return done;
}

}  // namespace trawl::frontier
