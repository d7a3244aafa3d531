#include "crawler/frontier/memory_frontier.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "crawler/frontier/memory_log.hpp"

namespace trawl::frontier {
namespace {

using task = asio::awaitable<void>;

/// A frontier of one part on a loop of its own, in a time that stands still until `run` has nothing else to do.
struct bench {
  explicit bench(memory_options options = {}, std::uint32_t max_in_flight = 256, std::uint64_t max_pages = 0)
      : shared(max_in_flight, max_pages), urls(io.get_executor(), shared, gates, log, on(std::move(options), time)) {}

  static memory_options on(memory_options options, async::clock& time) { return {std::move(options.on_new_host), std::move(options.admit), options.lease_ttl, time}; }

  void run(std::function<task()> body) {
    bool done = false;
    asio::co_spawn(io, std::move(body), [&](std::exception_ptr failure) {
      done = true;
      if (failure) std::rethrow_exception(failure);
    });
    for (int step = 0; step < 10'000 && !done; ++step) {
      io.restart();
      if (io.poll() == 0) time.advance(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(done) << "still waiting after ten seconds of its time";
  }
  task add(std::vector<candidate> found, bool exhausted = true) { co_await urls.add(found, seed_cursor{0, exhausted}); }
  void expect_balance() const {
    const books b = urls.counts();
    EXPECT_EQ(b.discovered, b.recorded + b.queued + b.in_flight);
  }

  asio::io_context io;
  async::manual_clock time;
  host_gates gates;
  memory_log log;
  ledger shared;
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

TEST(MemoryFrontier, FinishesAndBalances) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2, "b", 5), page(1)});
    EXPECT_EQ(b.urls.counts().duplicates, 1u);
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

TEST(MemoryFrontier, AStaleTokenChangesNothing) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1)});
    auto held = co_await b.urls.next();
    co_await b.urls.defer(*held, b.time.now(), {}, defer_reason::retry);
    EXPECT_FALSE(co_await b.urls.commit(*held, finished_page()));
    auto again = co_await b.urls.next();
    EXPECT_TRUE(co_await b.urls.commit(*again, finished_page()));
    EXPECT_FALSE(co_await b.urls.commit(*again, finished_page()));
    EXPECT_EQ(b.urls.counts().recorded, 1u);
  });
}

TEST(MemoryFrontier, AClaimEndsWhenItsLeaseFails) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls.next();
    auto two = co_await b.urls.next();
    EXPECT_TRUE((co_await b.urls.claim(*one, page(9))).granted);
    EXPECT_TRUE((co_await b.urls.claim(*one, page(9))).granted);  // its own chain
    EXPECT_EQ((co_await b.urls.claim(*two, page(9))).taken_by, page(1).req.url);
    completion failed = finished_page();
    failed.counts_as_page = false;
    co_await b.urls.commit(*one, std::move(failed));
    EXPECT_TRUE((co_await b.urls.claim(*two, page(9))).granted);
    b.expect_balance();
  });
}

TEST(MemoryFrontier, AClaimIsKeptWhileItsChainWaits) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls.next();
    auto two = co_await b.urls.next();
    EXPECT_TRUE((co_await b.urls.claim(*one, page(9))).granted);
    co_await b.urls.defer(*one, b.time.now() + std::chrono::milliseconds(5), {}, defer_reason::hold);
    EXPECT_EQ((co_await b.urls.claim(*two, page(9))).taken_by, page(1).req.url);
    auto again = co_await b.urls.next();
    EXPECT_EQ(again->req.url, one->req.url);
    EXPECT_TRUE((co_await b.urls.claim(*again, page(9))).granted);
  });
}

TEST(MemoryFrontier, AClaimEndsWhenItsUrlBeginsAnewAfterALogin) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls.next();
    auto two = co_await b.urls.next();
    EXPECT_TRUE((co_await b.urls.claim(*one, page(9))).granted);
    attempt_state anew;
    anew.login_lost = true;
    co_await b.urls.defer(*one, b.time.now() + std::chrono::milliseconds(5), std::move(anew), defer_reason::retry);
    EXPECT_TRUE((co_await b.urls.claim(*two, page(9))).granted);
    b.expect_balance();
  });
}

TEST(MemoryFrontier, ALinkToAClaimedUrlIsFetchedAfterAllWhenTheClaimFails) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1)}, false);
    auto one = co_await b.urls.next();
    co_await b.urls.claim(*one, page(9));
    co_await b.add({page(9)});
    EXPECT_EQ(b.urls.counts().duplicates, 1u);
    completion failed = finished_page();
    failed.counts_as_page = false;
    co_await b.urls.commit(*one, std::move(failed));
    EXPECT_EQ(b.urls.counts().duplicates, 0u);
    auto nine = co_await b.urls.next();
    EXPECT_EQ(nine->req.url, page(9).req.url);
    b.expect_balance();
  });
}

TEST(MemoryFrontier, AChainWaitsInTheQueueOfItsNextHost) {
  bench b({.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::milliseconds(100), 1); }});
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "a")});
    auto one = co_await b.urls.next();
    attempt_state state;
    request next = one->req;
    next.url = "http://b/";
    state.chain = std::make_shared<const hop_chain>(hop_chain{next, {{one->req.url, 302}}, "b", 0});
    co_await b.urls.defer(*one, {}, state, defer_reason::hop);
    auto hop = co_await b.urls.next();  // b is due at once; a is not for 100 ms
    EXPECT_EQ(hop->host, "b");
    EXPECT_EQ(hop->req.url, page(1, "a").req.url);
    EXPECT_EQ(hop->state.chain->next.url, "http://b/");
    b.expect_balance();
  });
}

TEST(MemoryFrontier, RobotsAreAskedForBeforeAnyLeaseAndARefusalCostsNoDelay) {
  bool is_known = false;
  bench b({.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::hours(1), 1); },
           .admit = [&](const request& r, const std::string&) {
             admission out;
             out.is = !is_known ? admission::kind::wait : r.url.ends_with("/1") ? admission::kind::refuse : admission::kind::go;
             return out;
           }});
  b.run([&]() -> task {
    co_await b.add({page(1), page(1001), page(2)});
    asio::post(b.io, [&] {
      EXPECT_EQ(b.urls.counts().in_flight, 0u);
      is_known = true;
      b.urls.release_host("a");
    });
    const auto begin = b.time.now();
    auto first = co_await b.urls.next();
    EXPECT_EQ(first->robots.is, admission::kind::refuse);
    auto second = co_await b.urls.next();
    EXPECT_EQ(second->robots.is, admission::kind::go);
    EXPECT_LT(b.time.now() - begin, std::chrono::seconds(1));
    b.expect_balance();
  });
}

TEST(MemoryFrontier, TheLeastLoadedHostGoesFirst) {
  bench b;
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "a"), page(3, "a"), page(4, "b")});
    std::string order;
    for (int i = 0; i < 4; ++i) {
      auto held = co_await b.urls.next();
      order += held->host;
      co_await b.urls.defer(*held, b.time.now() + std::chrono::hours(1), {}, defer_reason::retry);
    }
    EXPECT_EQ(order, "abaa");
  });
}

TEST(MemoryFrontier, PriorityThenDepthThenDiscoveryOrderAHost) {
  bench b({.on_new_host = [](host_gate& gate, const candidate&) { gate.join({}, 1); }});
  b.run([&]() -> task {
    candidate deep = page(1), urgent = page(4, "a", 9);
    deep.req.depth = 3;
    co_await b.add({deep, page(2), page(3), urgent});
    std::string order;
    while (auto held = co_await b.urls.next()) {
      order += held->req.url.back();
      co_await b.urls.commit(*held, finished_page());
    }
    EXPECT_EQ(order, "4231");
  });
}

TEST(MemoryFrontier, ConcurrencyIsABound) {
  bench b({}, 2);
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "b"), page(3, "c")});
    auto one = co_await b.urls.next();
    auto two = co_await b.urls.next();
    EXPECT_EQ(b.urls.counts().in_flight, 2u);
    asio::post(b.io, [&] {
      EXPECT_EQ(b.urls.counts().in_flight, 2u);
      one.reset();  // goes back, and frees its slot
    });
    auto three = co_await b.urls.next();
    EXPECT_TRUE(three);
    EXPECT_EQ(b.urls.counts().in_flight, 2u);
  });
}

TEST(MemoryFrontier, CancelWakesWhoWaitsAndKeepsTheQueueCounted) {
  bench b;
  b.run([&]() -> task {
    candidate later = page(1);
    co_await b.add({later});
    auto held = co_await b.urls.next();
    co_await b.urls.defer(*held, b.time.now() + std::chrono::hours(1), {}, defer_reason::retry);
    asio::post(b.io, [&] { b.urls.cancel(); });
    EXPECT_FALSE(co_await b.urls.next());
    EXPECT_EQ(b.urls.why_idle(), idle::stopped);
    EXPECT_EQ(b.urls.counts().queued, 1u);
  });
}

TEST(MemoryFrontier, MaxPagesIsExact) {
  bench b({}, 256, 2);
  b.run([&]() -> task {
    co_await b.add({page(1), page(2), page(3), page(4)});
    while (auto held = co_await b.urls.next()) co_await b.urls.commit(*held, finished_page());
    EXPECT_EQ(b.urls.counts().pages, 2u);
    EXPECT_EQ(b.urls.why_idle(), idle::limit);
  });
}

TEST(MemoryFrontier, ADroppedLeaseGoesBackAndTheDelayIsKept) {
  bench b({.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::milliseconds(60), 1); }});
  b.run([&]() -> task {
    co_await b.add({page(1)});
    const auto begin = b.time.now();
    { auto dropped = co_await b.urls.next(); }
    EXPECT_EQ(b.urls.counts().queued, 1u);
    EXPECT_TRUE(co_await b.urls.next());
    EXPECT_GE(b.time.now() - begin, std::chrono::milliseconds(60));
  });
}

TEST(MemoryLog, AppendWaitsForASlowReader) {
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
