// scope.max_pages_per_host, whatever the store.
#include <gtest/gtest.h>

#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

class Quota : public ::testing::TestWithParam<store_kind> {};
INSTANTIATE_TEST_SUITE_P(Stores, Quota, ::testing::ValuesIn(every_store), [](const auto& info) { return std::string(name_of(info.param)); });

completion no_page() {
  completion done = finished_page();
  done.counts_as_page = false;
  return done;
}

std::vector<candidate> pages(std::uint64_t from, std::uint64_t to, const std::string& host = "a") {
  std::vector<candidate> out;
  for (std::uint64_t i = from; i <= to; ++i) out.push_back(page(i, host));
  return out;
}

TEST_P(Quota, TheRestOfTheHostIsFiltered) {
  std::size_t filtered = 0;
  bench b(GetParam(), {.max_pages_per_host = 3, .on_filtered = [&](const request& r, std::string_view rule) {
    EXPECT_EQ(rule, "quota");
    EXPECT_TRUE(r.url.starts_with("http://a/"));
    ++filtered;
  }});
  b.run([&]() -> task {
    co_await b.add(pages(1, 200), false);
    co_await b.add({page(900, "b"), page(901, "b")});
    std::size_t recorded = 0;
    while (auto held = co_await b.urls->next()) {
      ++recorded;
      co_await b.urls->commit(*held, finished_page());
      b.expect_balance();
    }
    EXPECT_EQ(recorded, 5U);
    EXPECT_EQ(filtered, 197U);
    EXPECT_EQ(b.urls->counts().discovered, 5U);
    EXPECT_EQ(b.urls->counts().queued, 0U);
  });
}

TEST_P(Quota, NoMoreAreTakenUpThanMayBecomePages) {
  bench b(GetParam(), {.max_pages_per_host = 2});
  b.run([&]() -> task {
    co_await b.add(pages(1, 5));
    auto one = co_await b.urls->next();
    auto two = co_await b.urls->next();
    co_await b.urls->defer(*one, b.time.now() + std::chrono::milliseconds(30), {}, defer_reason::retry);
    co_await b.urls->commit(*two, no_page());
    auto three = co_await b.urls->next();
    EXPECT_NE(three->req.url, one->req.url);  // in place of the one that became no page
    co_await b.urls->commit(*three, finished_page());
    auto again = co_await b.urls->next();  // what was taken up gets its record
    EXPECT_EQ(again->req.url, one->req.url);
    co_await b.urls->commit(*again, finished_page());
    EXPECT_FALSE(co_await b.urls->next());
    EXPECT_EQ(b.urls->counts().recorded, 3U);
    EXPECT_EQ(b.urls->counts().discovered, 3U);
    EXPECT_TRUE(b.shared.is_finished());
  });
}

TEST_P(Quota, ADelayDoesNotKeepTheRest) {
  bench b(GetParam(), {.max_pages_per_host = 1});
  b.gates.gate("a").join(std::chrono::hours(1), 1);
  b.run([&]() -> task {
    co_await b.add(pages(1, 300));
    auto one = co_await b.urls->next();
    co_await b.urls->commit(*one, finished_page());
    EXPECT_FALSE(co_await b.urls->next());
    EXPECT_EQ(b.urls->counts().discovered, 1U);
  });
}

TEST(QuotaOfAState, HoldsOverAllItsRuns) {
  testing::temp_directory scratch;
  const auto open = [&](std::uint64_t quota) { return std::make_unique<bench>(store_kind::rocksdb, frontier_options{.max_pages_per_host = quota}, 256, 0, scratch.path() / "state"); };
  {
    const auto b = open(2);
    b->run([&]() -> task {
      co_await b->add(pages(1, 3), false);
      auto one = co_await b->urls->next();
      co_await b->urls->commit(*one, finished_page());
    });
  }
  {
    const auto b = open(2);
    b->run([&]() -> task {
      co_await b->add({});
      auto two = co_await b->urls->next();
      co_await b->urls->commit(*two, finished_page());
      EXPECT_FALSE(co_await b->urls->next());
      b->expect_balance();
      EXPECT_EQ(b->urls->counts().discovered, 2U);
    });
  }
  const auto b = open(2);
  EXPECT_EQ(b->store->tallies().at("filtered/quota"), 1U);
  EXPECT_EQ(b->store->opened_as().discovered, 2U);
  EXPECT_EQ(b->store->opened_as().queued, 0U);
}

}  // namespace
}  // namespace trawl::frontier
