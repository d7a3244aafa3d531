// What every frontier does, whatever it keeps its URLs in.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

class Frontier : public ::testing::TestWithParam<store_kind> {};
INSTANTIATE_TEST_SUITE_P(Stores, Frontier, ::testing::ValuesIn(every_store), [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Frontier, FinishesAndBalances) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1), page(2, "b", 5), page(1)});
    EXPECT_EQ(b.urls->counts().duplicates, 1u);
    std::uint64_t last = 0;
    while (auto held = co_await b.urls->next()) {
      b.expect_balance();
      const auto seq = co_await b.urls->commit(*held, finished_page());
      EXPECT_EQ(seq, ++last);
      b.expect_balance();
    }
    EXPECT_EQ(last, 2u);
    EXPECT_EQ(b.urls->why_idle(), idle::finished);
    b.log->close();
    EXPECT_EQ(b.log->poll(1)->line, R"({"job":"j","seq":2})");
  });
}

TEST_P(Frontier, AStaleTokenChangesNothing) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1)});
    auto held = co_await b.urls->next();
    co_await b.urls->defer(*held, b.time.now(), {}, defer_reason::retry);
    EXPECT_FALSE(co_await b.urls->commit(*held, finished_page()));
    auto again = co_await b.urls->next();
    EXPECT_TRUE(co_await b.urls->commit(*again, finished_page()));
    EXPECT_FALSE(co_await b.urls->commit(*again, finished_page()));
    EXPECT_EQ(b.urls->counts().recorded, 1u);
  });
}

TEST_P(Frontier, AClaimEndsWhenItsLeaseFails) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls->next();
    auto two = co_await b.urls->next();
    EXPECT_TRUE((co_await b.urls->claim(*one, page(9))).granted);
    EXPECT_TRUE((co_await b.urls->claim(*one, page(9))).granted);  // its own chain
    EXPECT_EQ((co_await b.urls->claim(*two, page(9))).taken_by, page(1).req.url);
    completion failed = finished_page();
    failed.counts_as_page = false;
    co_await b.urls->commit(*one, std::move(failed));
    EXPECT_TRUE((co_await b.urls->claim(*two, page(9))).granted);
    b.expect_balance();
  });
}

TEST_P(Frontier, AClaimIsKeptWhileItsChainWaits) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls->next();
    auto two = co_await b.urls->next();
    EXPECT_TRUE((co_await b.urls->claim(*one, page(9))).granted);
    co_await b.urls->defer(*one, b.time.now() + std::chrono::milliseconds(5), {}, defer_reason::hold);
    EXPECT_EQ((co_await b.urls->claim(*two, page(9))).taken_by, page(1).req.url);
    auto again = co_await b.urls->next();
    EXPECT_EQ(again->req.url, one->req.url);
    EXPECT_TRUE((co_await b.urls->claim(*again, page(9))).granted);
  });
}

TEST_P(Frontier, AClaimEndsWhenItsUrlBeginsAnewAfterALogin) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    auto one = co_await b.urls->next();
    auto two = co_await b.urls->next();
    EXPECT_TRUE((co_await b.urls->claim(*one, page(9))).granted);
    attempt_state anew;
    anew.login_lost = true;
    co_await b.urls->defer(*one, b.time.now() + std::chrono::milliseconds(5), std::move(anew), defer_reason::retry);
    EXPECT_TRUE((co_await b.urls->claim(*two, page(9))).granted);
    b.expect_balance();
  });
}

TEST_P(Frontier, ALinkToAClaimedUrlIsFetchedAfterAllWhenTheClaimFails) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1)}, false);
    auto one = co_await b.urls->next();
    co_await b.urls->claim(*one, page(9));
    co_await b.add({page(9)});
    EXPECT_EQ(b.urls->counts().duplicates, 1u);
    completion failed = finished_page();
    failed.counts_as_page = false;
    co_await b.urls->commit(*one, std::move(failed));
    EXPECT_EQ(b.urls->counts().duplicates, 0u);
    auto nine = co_await b.urls->next();
    EXPECT_EQ(nine->req.url, page(9).req.url);
    b.expect_balance();
  });
}

TEST_P(Frontier, AChainWaitsInTheQueueOfItsNextHost) {
  bench b(GetParam(), {.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::milliseconds(100), 1); }});
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "a")});
    auto one = co_await b.urls->next();
    attempt_state state;
    request next = one->req;
    next.url = "http://b/";
    state.chain = std::make_shared<const hop_chain>(hop_chain{next, {{one->req.url, 302}}, "b", 0});
    co_await b.urls->defer(*one, {}, state, defer_reason::hop);
    auto hop = co_await b.urls->next();  // b is due at once; a is not for 100 ms
    EXPECT_EQ(hop->host, "b");
    EXPECT_EQ(hop->req.url, page(1, "a").req.url);
    EXPECT_EQ(hop->state.chain->next.url, "http://b/");
    b.expect_balance();
  });
}

TEST_P(Frontier, RobotsAreAskedForBeforeAnyLeaseAndARefusalCostsNoDelay) {
  bool is_known = false;
  bench b(GetParam(), {.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::hours(1), 1); },
           .admit = [&](const request& r, const std::string&) {
             admission out;
             out.is = !is_known ? admission::kind::wait : r.url.ends_with("/1") ? admission::kind::refuse : admission::kind::go;
             return out;
           }});
  b.run([&]() -> task {
    co_await b.add({page(1), page(1001), page(2)});
    asio::post(b.io, [&] {
      EXPECT_EQ(b.urls->counts().in_flight, 0u);
      is_known = true;
      b.urls->release_host("a");
    });
    const auto begin = b.time.now();
    auto first = co_await b.urls->next();
    EXPECT_EQ(first->robots.is, admission::kind::refuse);
    auto second = co_await b.urls->next();
    EXPECT_EQ(second->robots.is, admission::kind::go);
    EXPECT_LT(b.time.now() - begin, std::chrono::seconds(1));
    b.expect_balance();
  });
}

TEST_P(Frontier, TheLeastLoadedHostGoesFirst) {
  bench b(GetParam());
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "a"), page(3, "a"), page(4, "b")});
    std::string order;
    for (int i = 0; i < 4; ++i) {
      auto held = co_await b.urls->next();
      order += held->host;
      co_await b.urls->defer(*held, b.time.now() + std::chrono::hours(1), {}, defer_reason::retry);
    }
    EXPECT_EQ(order, "abaa");
  });
}

TEST_P(Frontier, PriorityThenDepthThenDiscoveryOrderAHost) {
  bench b(GetParam(), {.on_new_host = [](host_gate& gate, const candidate&) { gate.join({}, 1); }});
  b.run([&]() -> task {
    candidate deep = page(1), urgent = page(4, "a", 9);
    deep.req.depth = 3;
    co_await b.add({deep, page(2), page(3), urgent});
    std::string order;
    while (auto held = co_await b.urls->next()) {
      order += held->req.url.back();
      co_await b.urls->commit(*held, finished_page());
    }
    EXPECT_EQ(order, "4231");
  });
}

TEST_P(Frontier, ConcurrencyIsABound) {
  bench b(GetParam(), {}, 2);
  b.run([&]() -> task {
    co_await b.add({page(1, "a"), page(2, "b"), page(3, "c")});
    auto one = co_await b.urls->next();
    auto two = co_await b.urls->next();
    EXPECT_EQ(b.urls->counts().in_flight, 2u);
    asio::post(b.io, [&] {
      EXPECT_EQ(b.urls->counts().in_flight, 2u);
      one.reset();  // goes back, and frees its slot
    });
    auto three = co_await b.urls->next();
    EXPECT_TRUE(three);
    EXPECT_EQ(b.urls->counts().in_flight, 2u);
  });
}

TEST_P(Frontier, CancelWakesWhoWaitsAndKeepsTheQueueCounted) {
  bench b(GetParam());
  b.run([&]() -> task {
    candidate later = page(1);
    co_await b.add({later});
    auto held = co_await b.urls->next();
    co_await b.urls->defer(*held, b.time.now() + std::chrono::hours(1), {}, defer_reason::retry);
    asio::post(b.io, [&] { b.urls->cancel(); });
    EXPECT_FALSE(co_await b.urls->next());
    EXPECT_EQ(b.urls->why_idle(), idle::stopped);
    EXPECT_EQ(b.urls->counts().queued, 1u);
  });
}

TEST_P(Frontier, MaxPagesIsExact) {
  bench b(GetParam(), {}, 256, 2);
  b.run([&]() -> task {
    co_await b.add({page(1), page(2), page(3), page(4)});
    while (auto held = co_await b.urls->next()) co_await b.urls->commit(*held, finished_page());
    EXPECT_EQ(b.urls->counts().pages, 2u);
    EXPECT_EQ(b.urls->why_idle(), idle::limit);
  });
}

TEST_P(Frontier, ADroppedLeaseGoesBackAndTheDelayIsKept) {
  bench b(GetParam(), {.on_new_host = [](host_gate& gate, const candidate&) { gate.join(std::chrono::milliseconds(60), 1); }});
  b.run([&]() -> task {
    co_await b.add({page(1)});
    const auto begin = b.time.now();
    { auto dropped = co_await b.urls->next(); }
    EXPECT_EQ(b.urls->counts().queued, 1u);
    EXPECT_TRUE(co_await b.urls->next());
    EXPECT_GE(b.time.now() - begin, std::chrono::milliseconds(60));
  });
}

TEST_P(Frontier, AHostThatRefusesForLongKeepsTheJobOpenNoLonger) {
  bench b(GetParam(), {.give_up_after = std::chrono::milliseconds(50)});
  b.run([&]() -> task {
    co_await b.add({page(1), page(2), page(3), page(4, "b")});
    b.gates.gate("a").answered(b.time.now(), true);
    b.gates.gate("a").hold(b.time.now() + std::chrono::hours(1));
    auto other = co_await b.urls->next();
    EXPECT_EQ(other->host, "b");
    co_await b.urls->commit(*other, finished_page());
    EXPECT_EQ(b.shared.aside(), 0U);
    EXPECT_FALSE(co_await b.urls->next());
    EXPECT_EQ(b.shared.aside(), 3U);
    EXPECT_EQ(b.urls->counts().queued, 3U);
    b.expect_balance();
    EXPECT_FALSE(b.shared.take_back(3));  // finished is finished
  });
}

TEST_P(Frontier, AHostThatWasGivenUpIsAskedOnWhileTheJobRuns) {
  bench b(GetParam(), {.give_up_after = std::chrono::milliseconds(50)});
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)}, false);
    b.gates.gate("a").answered(b.time.now(), true);
    b.gates.gate("a").hold(b.time.now() + std::chrono::milliseconds(80));
    auto probe = co_await b.urls->next();  // the seeds keep the job open
    EXPECT_EQ(b.shared.aside(), 1U);
    co_await b.add({page(3)}, false);
    EXPECT_EQ(b.shared.aside(), 2U);
    b.gates.gate("a").answered(b.time.now(), false);
    co_await b.urls->commit(*probe, finished_page());
    EXPECT_EQ(b.shared.aside(), 0U);
    co_await b.add({}, true);
    std::size_t more = 0;
    while (auto held = co_await b.urls->next()) {
      ++more;
      co_await b.urls->commit(*held, finished_page());
    }
    EXPECT_EQ(more, 2U);
    EXPECT_EQ(b.shared.opened(), 0U);
    b.expect_balance();
  });
}

TEST_P(Frontier, AHostWhoseRobotsAreRefusedIsGivenUpToo) {
  bench b(GetParam(), {.admit = [](const request&, const std::string&) { return admission{.is = admission::kind::wait}; }, .give_up_after = std::chrono::milliseconds(50)});
  b.run([&]() -> task {
    co_await b.add({page(1), page(2)});
    b.gates.gate("a").answered(b.time.now(), true);
    EXPECT_FALSE(co_await b.urls->next());
    EXPECT_EQ(b.shared.aside(), 2U);
    b.expect_balance();
  });
}

TEST_P(Frontier, WhatARuleKeepsOutLeavesTheQueue) {
  std::vector<std::string> filtered;
  bench b(GetParam(), {.keeps_out = [](const request& r) { return r.url.ends_with('2') ? std::string_view("trap.near_duplicates") : std::string_view(); },
                       .on_filtered = [&](const request& r, std::string_view rule) { filtered.push_back(r.url + ' ' + std::string(rule)); }});
  b.run([&]() -> task {
    co_await b.add({page(1), page(2), page(3)});
    std::size_t recorded = 0;
    while (auto held = co_await b.urls->next()) {
      ++recorded;
      co_await b.urls->commit(*held, finished_page());
      b.expect_balance();
    }
    EXPECT_EQ(recorded, 2U);
    EXPECT_EQ(filtered, std::vector<std::string>{"http://a/2 trap.near_duplicates"});
    EXPECT_EQ(b.urls->counts().discovered, 2U);
    EXPECT_TRUE(b.shared.is_finished());
  });
}

}  // namespace
}  // namespace trawl::frontier
