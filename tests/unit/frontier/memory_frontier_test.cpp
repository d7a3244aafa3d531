#include "crawler/frontier/memory_frontier.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "crawler/frontier/memory_log.hpp"

namespace trawl::frontier {
namespace {

using task = asio::awaitable<void>;

/// A frontier on a loop of its own; `run` fails the test after five seconds.
struct bench {
  explicit bench(memory_options options = {}) : urls(io.get_executor(), gates, log, std::move(options)) {}

  void run(std::function<task()> body) {
    bool done = false;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr failure) {
      done = true;
      if (failure) std::rethrow_exception(failure);
    });
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(done) << "still waiting after five seconds";
  }
  task add(std::vector<candidate> found, bool exhausted = true) { co_await urls.add(found, seed_cursor{0, exhausted}); }
  void expect_balance() const {
    const counts b = urls.books();
    EXPECT_EQ(b.discovered, b.recorded + b.queued + b.in_flight);
  }

  asio::io_context io;
  host_gates gates;
  memory_log log;
  memory_frontier urls;
};

candidate page(std::uint64_t fingerprint, std::string host = "a", std::int32_t priority = 0) {
  candidate c;
  c.req.url = "http://" + host + "/" + std::to_string(fingerprint);
  c.req.priority = priority;
  c.host = std::move(host);
  c.fingerprint = fingerprint;
  return c;
}

completion finished_page() {
  completion done;
  done.record = R"({"job":"j","seq":0})";
  done.counts_as_page = true;
  return done;
}

TEST(memory_frontier, finishes_and_balances) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2, "b", 5), page(1)});
    EXPECT_EQ(b.urls.books().duplicates, 1u);
    std::uint64_t last = 0;
    while (auto held = co_await b.urls.next()) {
      b.expect_balance();
      const auto seq = co_await b.urls.commit(*held, finished_page());
      EXPECT_EQ(seq, ++last);
      b.expect_balance();
    }
    EXPECT_EQ(last, 2u);
    EXPECT_EQ(b.urls.why_idle(), idle::finished);
    EXPECT_EQ(b.log.poll(1)->line, R"({"job":"j","seq":2})");
  });
}

TEST(memory_frontier, a_stale_token_changes_nothing) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1)});
    auto held = co_await b.urls.next();
    co_await b.urls.defer(*held, clock::now(), {}, defer_reason::retry);
    EXPECT_FALSE(co_await b.urls.commit(*held, finished_page()));
    auto again = co_await b.urls.next();
    EXPECT_TRUE(co_await b.urls.commit(*again, finished_page()));
    EXPECT_FALSE(co_await b.urls.commit(*again, finished_page()));
    EXPECT_EQ(b.urls.books().recorded, 1u);
  });
}

TEST(memory_frontier, claims_end_with_a_deferral) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls.next();
    auto two = co_await b.urls.next();
    EXPECT_EQ(co_await b.urls.claim(*one, 9), claim_result::granted);
    EXPECT_EQ(co_await b.urls.claim(*two, 9), claim_result::taken_by);
    co_await b.urls.defer(*one, clock::now(), {}, defer_reason::retry);
    EXPECT_EQ(co_await b.urls.claim(*two, 9), claim_result::granted);
    b.expect_balance();
  });
}

TEST(memory_frontier, max_pages_is_exact) {
  bench b({.max_pages = 2, .on_new_host = {}});
  b.run([&]() -> task {
    co_await b.add({page(1), page(2), page(3), page(4)});
    while (auto held = co_await b.urls.next()) co_await b.urls.commit(*held, finished_page());
    EXPECT_EQ(b.urls.books().pages, 2u);
    EXPECT_EQ(b.urls.why_idle(), idle::limit);
  });
}

TEST(memory_frontier, a_dropped_lease_goes_back_and_the_delay_is_kept) {
  bench b({.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::milliseconds(60), 1); }});
  b.run([&]() -> task {
    co_await b.add({page(1)});
    const auto begin = clock::now();
    { auto dropped = co_await b.urls.next(); }
    EXPECT_EQ(b.urls.books().queued, 1u);
    EXPECT_TRUE(co_await b.urls.next());
    EXPECT_GE(clock::now() - begin, std::chrono::milliseconds(60));
  });
}

TEST(memory_log, append_waits_for_a_slow_reader) {
  asio::io_context io;
  memory_log log({.max_bytes = 1000, .max_entries = 2});
  std::uint64_t written = 0;
  asio::co_spawn(io, [&]() -> task {
    for (int i = 0; i < 5; ++i) written = co_await log.append("{\"seq\":0}", true);
    log.close();
  }, [](std::exception_ptr) {});
  io.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(written, 2u);
  std::uint64_t read = 0;
  asio::co_spawn(io, [&]() -> task {
    while (auto entry = co_await log.read(read)) {
      EXPECT_EQ(entry->seq, read + 1);
      read = entry->seq;
    }
  }, [](std::exception_ptr) {});
  io.restart();
  io.run_for(std::chrono::seconds(5));
  EXPECT_EQ(read, 5u);
}

}  // namespace
}  // namespace trawl::frontier
