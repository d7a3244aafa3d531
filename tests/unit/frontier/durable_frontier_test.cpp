// What is left of a crawl when it is opened again.
#include "crawler/frontier/durable_frontier.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <fstream>
#include <set>

#include "tests/support/co_test.hpp"
#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class DurableFrontier : public ::testing::Test {
 protected:
  std::unique_ptr<bench> open(frontier_options options = {}, std::uint64_t max_pages = 0) {
    return std::make_unique<bench>(store_kind::rocksdb, std::move(options), 256, max_pages, state());
  }
  fs::path state() const { return scratch_.path() / "state"; }
  fs::path records() const { return state() / "records" / "000000000001.rec"; }
  static std::vector<std::string> lines(bench& b) {
    b.log->close();
    std::vector<std::string> out;
    while (auto entry = b.log->poll(out.size())) out.push_back(entry->line);
    return out;
  }

 private:
  testing::temp_directory scratch_;
};

completion record_of(std::string url) {
  completion done = finished_page();
  done.record = R"({"seq":0,"url":")" + url + "\"}";
  return done;
}

TEST_F(DurableFrontier, GoesOnWhereItWasLeft) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2), page(3, "b"), page(4, "c")}, false);
      auto one = co_await b->urls->next();
      completion done = record_of(one->req.url);
      done.links = {page(5), page(2), page(6, "d")};
      done.tallies = {{"status/200", 1}};
      done.joined_hosts = {"http://joined/"};
      co_await b->urls->commit(*one, std::move(done));
      auto in_flight = co_await b->urls->next();
      EXPECT_TRUE(in_flight);
    });
  }
  const auto b = open();
  EXPECT_EQ(b->store->opened_as().seeds.exhausted, false);
  EXPECT_EQ(b->store->tallies().at("status/200"), 1U);
  EXPECT_EQ(b->store->joined(), std::vector<std::string>{"http://joined/"});
  EXPECT_EQ(b->urls->counts(), (books{.discovered = 6, .recorded = 1, .queued = 5, .in_flight = 0, .duplicates = 1, .pages = 1}));
  std::set<std::string> rest;
  b->run([&]() -> task {
    co_await b->add({page(1), page(7)});
    while (auto held = co_await b->urls->next()) {
      EXPECT_TRUE(rest.insert(held->req.url).second) << held->req.url;
      co_await b->urls->commit(*held, record_of(held->req.url));
    }
  });
  EXPECT_EQ(rest.size(), 6U);
  EXPECT_EQ(b->urls->counts().recorded, 7U);
  const auto all = lines(*b);
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0], R"({"seq":1,"url":"http://a/1"})");
}

TEST_F(DurableFrontier, KeepsWhatIsKnownOfARequest) {
  candidate c = page(1, "a", -3);
  c.req.method = "POST";
  c.req.headers = {{"X-A", "1"}, {"X-B", ""}};
  c.req.body = std::string("\0\xFF body", 7);
  c.req.idempotent = false;
  c.req.depth = 7;
  c.req.parent = "http://parent/";
  c.req.seed = "http://seed/";
  c.req.meta = R"({"k":1})";
  c.visit = 3;
  c.before = std::make_shared<const revisit_note>(revisit_note{"\"e\"", "Mon", 42, -5});
  attempt_state state{.attempts = 4, .retries = 2, .holds = 1, .refusals = 1, .first_attempt_at = "2026-01-01T00:00:00.000Z", .elapsed_ms = 12.5, .chain = {}};
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({c});
      auto held = co_await b->urls->next();
      co_await b->urls->defer(*held, b->time.now() + 600ms, state, defer_reason::retry);
    });
  }
  const auto b = open();
  b->run([&]() -> task {
    const auto begin = b->time.now();
    auto held = co_await b->urls->next();
    EXPECT_GT(b->time.now() - begin, 100ms) << "it was put off";
    const request& r = held->req;
    EXPECT_EQ(std::tie(r.url, r.method, r.headers, r.body, r.idempotent, r.depth, r.priority, r.parent, r.seed, r.meta),
              std::tie(c.req.url, c.req.method, c.req.headers, c.req.body, c.req.idempotent, c.req.depth, c.req.priority, c.req.parent, c.req.seed, c.req.meta));
    EXPECT_EQ(held->visit, 3U);
    EXPECT_EQ(held->before->etag, "\"e\"");
    EXPECT_EQ(held->before->digest, 42U);
    EXPECT_EQ(held->state.attempts, 4U);
    EXPECT_EQ(held->state.retries, 2U);
    EXPECT_EQ(held->state.first_attempt_at, state.first_attempt_at);
    EXPECT_EQ(held->state.elapsed_ms, 12.5);
  });
}

// After a start no host has rows in memory, and more are due at once than may wait for theirs.
TEST_F(DurableFrontier, AsksAllOfMoreHostsThanWaitForTheirRows) {
  constexpr std::uint64_t hosts = 100, pages = 2 * hosts;
  {
    const auto b = open();
    std::vector<candidate> all;
    for (std::uint64_t i = 1; i <= pages; ++i) all.push_back(page(i, "h" + std::to_string(i % hosts)));
    b->run([&]() -> task { co_await b->add(all); });
  }
  const auto b = open();
  EXPECT_EQ(b->urls->load().hosts, hosts);
  std::set<std::string> asked;
  b->run([&]() -> task {
    co_await b->add({});  // the seeds are read to their end here too
    while (auto held = co_await b->urls->next()) {
      EXPECT_TRUE(asked.insert(held->req.url).second) << held->req.url;
      co_await b->urls->commit(*held, record_of(held->req.url));
    }
  });
  EXPECT_EQ(asked.size(), pages);
  EXPECT_EQ(b->urls->counts().recorded, pages);
}

// Only a window of a host's queue is in memory; the order is that of a queue in memory.
TEST_F(DurableFrontier, AsksForALongQueueInItsOrder) {
  constexpr std::uint64_t count = 1000;
  frontier_options one_at_a_time{.on_new_host = [](host_gate& gate, const candidate&) { gate.join({}, 1); }};
  const auto b = open(one_at_a_time);
  std::vector<std::uint64_t> order;
  b->run([&]() -> task {
    std::vector<candidate> all;
    for (std::uint64_t n = 0; n < count; ++n) all.push_back(page(n + 1, "a", static_cast<std::int32_t>(n * 7919 % 10)));
    co_await b->add(std::move(all));
    while (auto held = co_await b->urls->next()) {
      order.push_back(std::stoull(held->req.url.substr(9)));
      completion done = record_of(held->req.url);
      if (order.size() == 300)
        for (std::uint64_t n = 0; n < 500; ++n) done.links.push_back(page(5000 + n, "a", 50));  // more than any window, and all of them better
      co_await b->urls->commit(*held, std::move(done));
    }
  });
  EXPECT_EQ(order.size(), count + 500);
  EXPECT_EQ(std::set(order.begin(), order.end()).size(), order.size());
  for (std::size_t i = 0; i < 500; ++i) EXPECT_EQ(order[300 + i], 5000 + i);
  const auto priority = [](std::uint64_t n) { return (n - 1) * 7919 % 10; };
  for (std::size_t i = 801; i < order.size(); ++i) {
    EXPECT_GE(priority(order[i - 1]), priority(order[i]));
    if (priority(order[i - 1]) == priority(order[i])) EXPECT_LT(order[i - 1], order[i]);
  }
  b->expect_balance();
}

// What is in flight is behind the window's end when better URLs push the worst out; it must not come twice.
TEST_F(DurableFrontier, WhatIsInFlightIsNotReadAgain) {
  const auto b = open();
  std::set<std::string> seen;
  b->run([&]() -> task {
    std::vector<candidate> first;
    for (std::uint64_t n = 1; n <= 60; ++n) first.push_back(page(n));
    co_await b->add(std::move(first), false);
    std::vector<lease> held;
    for (int i = 0; i < 60; ++i) held.push_back(*co_await b->urls->next());
    co_await b->urls->defer(held.back(), b->time.now() + 50ms, {}, defer_reason::retry);
    held.pop_back();
    std::vector<candidate> better;
    for (std::uint64_t n = 1000; n < 1600; ++n) better.push_back(page(n, "a", 5));
    co_await b->add(std::move(better));
    for (const lease& l : held) seen.insert(l.req.url);
    for (const lease& l : held) co_await b->urls->commit(l, record_of(l.req.url));
    while (auto next = co_await b->urls->next()) {
      EXPECT_TRUE(seen.insert(next->req.url).second) << next->req.url;
      co_await b->urls->commit(*next, record_of(next->req.url));
    }
  });
  EXPECT_EQ(seen.size(), 660U);
  EXPECT_EQ(b->urls->counts().recorded, 660U);
}

TEST_F(DurableFrontier, ARedirectsTargetStaysItsRecords) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2)}, false);
      auto one = co_await b->urls->next();
      const auto claim = co_await b->urls->claim(*one, page(9));
      EXPECT_TRUE(claim.granted);
      completion done = record_of(one->req.url);
      done.keeps_claims = true;
      co_await b->urls->commit(*one, std::move(done));
    });
  }
  const auto b = open();
  b->run([&]() -> task {
    auto two = co_await b->urls->next();
    const auto claim = co_await b->urls->claim(*two, page(9));
    EXPECT_FALSE(claim.granted);
    EXPECT_EQ(claim.taken_by, page(1).req.url);
    co_await b->add({page(9)});
    EXPECT_EQ(b->urls->counts().duplicates, 1U);
  });
}

// A redirect that waits for its next hop goes on there; what it has claimed is its own still, and a link that waits for that is not lost.
TEST_F(DurableFrontier, AChainThatWaitsGoesOnInTheNextRun) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2)}, false);
      auto one = co_await b->urls->next();
      EXPECT_TRUE((co_await b->urls->claim(*one, page(9, "b"))).granted);
      attempt_state state{.attempts = 2, .retries = 1, .chain = {}};
      request next = page(9, "b").req;
      next.headers = {{"Referer", "http://a/1"}};
      state.chain = std::make_shared<const hop_chain>(hop_chain{next, {{one->req.url, 303}}, "b", 0});
      co_await b->urls->defer(*one, b->time.now(), state, defer_reason::hop);
      co_await b->add({page(9, "b")}, false);
    });
  }
  const auto b = open();
  b->run([&]() -> task {
    std::optional<lease> chained;
    for (int i = 0; i < 2; ++i) {
      auto held = co_await b->urls->next();
      if (held->req.url == page(1).req.url) chained = std::move(held);
    }
    CO_ASSERT(chained.has_value());
    EXPECT_EQ(chained->host, "b");
    EXPECT_EQ(chained->state.retries, 1U);
    CO_ASSERT(chained->state.chain != nullptr);
    EXPECT_EQ(chained->state.chain->next.url, page(9, "b").req.url);
    EXPECT_EQ(chained->state.chain->next.headers.front().second, "http://a/1");
    EXPECT_EQ(chained->state.chain->hops.front().status, 303);
    b->expect_balance();
    completion failed = record_of(chained->req.url);
    failed.counts_as_page = false;
    co_await b->urls->commit(*chained, std::move(failed));
    auto parked = co_await b->urls->next();
    CO_ASSERT(parked.has_value());
    EXPECT_EQ(parked->req.url, page(9, "b").req.url);
  });
}

// The next run may have more shards: the link goes to the one that owns its host, and to no other.
TEST_F(DurableFrontier, ALinkThatWaitedForAChainGoesToItsOwnShardInTheNextRun) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1)}, true);
      auto one = co_await b->urls->next();
      co_await b->urls->claim(*one, page(9, "b"));
      attempt_state state;
      state.chain = std::make_shared<const hop_chain>(hop_chain{page(9, "b").req, {{one->req.url, 303}}, "b", 0});
      co_await b->urls->defer(*one, b->time.now(), state, defer_reason::hop);
      co_await b->add({page(9, "b")}, true);
    });
  }
  const auto owner = [](const std::string& host) -> std::uint32_t { return host == "b" ? 1 : 0; };
  store::store_options how;
  how.shard_of = owner;
  asio::io_context io;
  host_gates gates;
  ledger shared(16, 0);
  store::job_store kept(state(), std::move(how));
  kept.start(shared);
  std::vector<std::unique_ptr<durable_frontier>> parts;
  for (const std::uint32_t shard : {0U, 1U}) {
    std::vector<stored_host> mine;
    for (auto& host : kept.hosts())
      if (owner(host.first) == shard) mine.push_back(std::move(host));
    parts.push_back(std::make_unique<durable_frontier>(io.get_executor(), shared, gates, kept, mine, frontier_options{.shard_of = owner}));
  }
  bool done = false;
  asio::co_spawn(io, [&]() -> task {
    co_await parts[0]->add({}, seed_cursor{0, true});
    EXPECT_FALSE(co_await parts[0]->next()) << "another shard's";
  }, asio::detached);
  asio::co_spawn(io, [&]() -> task {
    auto chained = co_await parts[1]->next();
    EXPECT_NE(chained->state.chain, nullptr);
    co_await parts[1]->commit(*chained, record_of(chained->req.url));
    auto link = co_await parts[1]->next();
    EXPECT_EQ(link->req.url, page(9, "b").req.url);
    co_await parts[1]->commit(*link, record_of(link->req.url));
    done = true;
  }, asio::detached);
  for (int step = 0; step < 1000 && !done; ++step) io.run_one_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(done) << "nobody has it";
}

TEST_F(DurableFrontier, ALimitHoldsOverAllRuns) {
  for (const std::uint64_t committed : {2U, 2U}) {
    const auto b = open({}, 2);
    b->run([&]() -> task {
      if (b->urls->counts().discovered == 0) co_await b->add({page(1), page(2), page(3), page(4)});
      while (auto held = co_await b->urls->next()) co_await b->urls->commit(*held, record_of(held->req.url));
    });
    EXPECT_EQ(b->urls->counts().pages, committed);
    EXPECT_EQ(b->urls->why_idle(), idle::limit);
  }
}

// No two requests to a host are closer than its delay, whatever happened between them.
TEST_F(DurableFrontier, ADelayIsWaitedForAnewAfterARestart) {
  frontier_options slow{.on_new_host = [](host_gate& gate, const candidate&) { gate.join(80ms, 1); }};
  {
    const auto b = open(slow);
    b->run([&]() -> task {
      co_await b->add({page(1), page(2)}, false);
      auto one = co_await b->urls->next();
      b->gates.gate("a").hold(b->time.now() + 600ms);  // a Retry-After
      co_await b->urls->commit(*one, record_of(one->req.url));
    });
  }
  const auto b = open(slow);
  b->run([&]() -> task {
    co_await b->add({page(3, "new")}, false);
    const auto begin = b->time.now();
    auto first = co_await b->urls->next();
    EXPECT_EQ(first->host, "new");
    auto second = co_await b->urls->next();
    EXPECT_GT(b->time.now() - begin, 200ms);
  });
}

// A power cut takes records that were not synced, though the tables have them: they are fetched again, under the same numbers.
TEST_F(DurableFrontier, RecordsThatAPowerCutHasTakenAreFetchedAgain) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2), page(3)});
      while (auto held = co_await b->urls->next()) {
        completion done = record_of(held->req.url);
        if (held->req.url.ends_with("/3")) {
          const auto claim = co_await b->urls->claim(*held, page(9));
          EXPECT_TRUE(claim.granted);
          done.keeps_claims = true;
        }
        co_await b->urls->commit(*held, std::move(done));
      }
    });
    // As if none of it had been synced yet.
    b->log->close();
    store::job_row row = b->store->opened_as();
    row.synced = 0;
    row.batch += 1;
    store::changes torn(b->store->tables());
    torn.put(store::table::journal, store::number_key(row.batch), store::small_rows().job(row).bytes());
    b->store->tables().write(torn);
  }
  fs::resize_file(records(), fs::file_size(records()) * 2 / 3 - 1);
  const auto b = open();
  EXPECT_EQ(b->urls->counts(), (books{.discovered = 3, .recorded = 1, .queued = 2, .in_flight = 0, .duplicates = 0, .pages = 1}));
  b->run([&]() -> task {
    co_await b->add({page(9)});  // its record is gone, and the claim with it
    while (auto held = co_await b->urls->next()) co_await b->urls->commit(*held, record_of(held->req.url));
  });
  const auto all = lines(*b);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1], R"({"seq":2,"url":"http://a/2"})");
}

TEST_F(DurableFrontier, WhatWasWrittenBeyondTheLastCommitIsCutOff) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2)});
      auto one = co_await b->urls->next();
      co_await b->urls->commit(*one, record_of(one->req.url));
    });
  }
  std::ofstream(records(), std::ios::app | std::ios::binary) << "a record whose commit never came";
  const auto b = open();
  b->run([&]() -> task {
    while (auto held = co_await b->urls->next()) {
      co_await b->urls->commit(*held, record_of(held->req.url));
      break;
    }
  });
  EXPECT_EQ(lines(*b).size(), 2U);
}

storage_error::kind kind_of_opening(const fs::path& at) {
  try {
    const store::job_store opened(at, {});
  } catch (const storage_error& e) {
    return e.is;
  }
  ADD_FAILURE() << "it opened";
  return storage_error::kind::failed;
}

TEST_F(DurableFrontier, RefusesWhatIsNotItsOwn) {
  const auto b = open();
  EXPECT_EQ(kind_of_opening(state()), storage_error::kind::in_use);
  testing::temp_directory other;
  std::ofstream(other.path() / "notes.txt") << "mine";
  EXPECT_EQ(kind_of_opening(other.path()), storage_error::kind::foreign);
  EXPECT_TRUE(fs::exists(other.path() / "notes.txt"));
}

TEST_F(DurableFrontier, IsForItsOwnerAlone) {
  open();
  for (const char* name : {"", "tables", "records"}) EXPECT_EQ(fs::status(state() / name).permissions(), fs::perms::owner_all) << name;
}

TEST_F(DurableFrontier, RefusesANewerFormat) {
  open();
  std::ofstream(state() / "version") << store::schema_version + 1 << '\n';
  EXPECT_EQ(kind_of_opening(state()), storage_error::kind::newer);
}

// Never an empty start: a state that has lost its tables, or some of them, is no new state.
TEST_F(DurableFrontier, RefusesWhatIsDamaged) {
  {
    const auto b = open();
    b->run([&]() -> task { co_await b->add({page(1)}); });
  }
  for (const auto& entry : fs::directory_iterator(state() / "tables"))
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::resize_file(entry.path(), 20);
  EXPECT_EQ(kind_of_opening(state()), storage_error::kind::damaged);
  fs::remove_all(state() / "tables");
  EXPECT_NE(kind_of_opening(state()), storage_error::kind::in_use);
}

TEST_F(DurableFrontier, AStateThatWasNeverBegunWholeIsBegunAnew) {
  fs::create_directories(state() / "tables");
  std::ofstream(state() / "tables" / "CURRENT") << "half";
  const auto b = open();
  EXPECT_EQ(b->urls->counts().discovered, 0U);
}

TEST_F(DurableFrontier, ACopyIsAState) {
  const auto b = open();
  b->run([&]() -> task {
    co_await b->add({page(1), page(2)}, false);
    auto one = co_await b->urls->next();
    co_await b->urls->commit(*one, record_of(one->req.url));
  });
  b->store->remember("out", "17");
  EXPECT_EQ(b->store->recall("out"), "17");
}

TEST_F(DurableFrontier, KnowsWhoseABodyIs) {
  {
    const auto b = open();
    b->run([&]() -> task {
      co_await b->add({page(1), page(2)}, false);
      EXPECT_EQ(co_await b->store->claim_body(77, page(1).req.url), page(1).req.url);
      EXPECT_EQ(co_await b->store->claim_body(77, page(2).req.url), page(1).req.url);
      EXPECT_EQ(co_await b->store->claim_body(88, page(2).req.url), page(2).req.url);
      auto one = co_await b->urls->next();
      completion done = record_of(one->req.url);
      done.seen.digest = 77;
      co_await b->urls->commit(*one, std::move(done));
    });
  }
  const auto b = open();
  b->run([&]() -> task {
    EXPECT_EQ(co_await b->store->claim_body(77, "http://other/"), page(1).req.url);
    EXPECT_EQ(co_await b->store->claim_body(88, "http://other/"), "http://other/");  // its record never came
  });
}

}  // namespace
}  // namespace trawl::frontier
