// What becomes of the journal's rows: read again, or folded into the tables, wherever that ends.
#include "crawler/frontier/store/journal/journal.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>

#include "crawler/frontier/inspect/backup.hpp"
#include "crawler/frontier/inspect/state_view.hpp"
#include "crawler/frontier/kill_point.hpp"
#include "tests/unit/frontier/bench.hpp"

namespace trawl::frontier {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t tiny = 400;  // bytes of a journal: some ten URLs

/// While it lives, it is told of each place where a test may end the process.
class watch {
 public:
  explicit watch(std::function<void(std::string_view)> seen) : seen_(std::move(seen)) { watch_kill_points(&seen_); }
  ~watch() { watch_kill_points(nullptr); }
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

 private:
  std::function<void(std::string_view)> seen_;
};

class Journal : public ::testing::Test {
 protected:
  std::unique_ptr<bench> open(std::size_t journal_bytes = tiny, const fs::path& at = {}) {
    return std::make_unique<bench>(store_kind::rocksdb, frontier_options{}, 256, 0, at.empty() ? state() : at, store::store_options{.journal_bytes = journal_bytes});
  }
  fs::path state() const { return scratch_.path() / "state"; }
  fs::path other() const { return scratch_.path() / "other"; }

 private:
  testing::temp_directory scratch_;
};

std::vector<candidate> pages(std::uint64_t from, std::uint64_t until) {
  std::vector<candidate> out;
  for (std::uint64_t i = from; i < until; ++i) out.push_back(page(i, "host" + std::to_string(i % 7)));
  return out;
}

/// In some batches, each of which is synced and its fold at an end.
void add_slowly(bench& b, std::uint64_t from, std::uint64_t until) {
  constexpr std::uint64_t step = 5;
  for (std::uint64_t i = from; i < until; i += step) {
    b.run([&]() -> task { co_await b.add(pages(i, std::min(i + step, until)), false); });
    b.store->remember("test", std::to_string(i));
  }
}

std::uint64_t rows(const store::database& in, store::table of) {
  std::uint64_t out = 0;
  in.each(of, "", "", [&](std::string_view, std::string_view) { return ++out, true; });
  return out;
}

/// Takes all that is left; how many different URLs that were.
std::size_t crawl(bench& b) {
  std::set<std::string> all;
  b.run([&]() -> task {
    co_await b.add({}, true);
    while (auto held = co_await b.urls->next()) {
      EXPECT_TRUE(all.insert(held->req.url).second) << held->req.url;
      co_await b.urls->commit(*held, finished_page());
    }
  });
  b.expect_balance();
  return all.size();
}

/// Whether the state knows the first `known` pages and no other, and has those queued that have no record.
void expect_whole(bench& b, std::uint64_t known, std::uint64_t more) {
  const auto numbers = b.store->opened_as();
  EXPECT_EQ(numbers.discovered, known);
  b.run([&]() -> task {
    EXPECT_EQ(co_await b.store->add(pages(1, known + 1), std::nullopt, 0), 0U);
    EXPECT_EQ(co_await b.store->add(pages(known + 1, known + more + 1), std::nullopt, 0), more);
  });
  EXPECT_EQ(crawl(b), numbers.queued + more);
}

TEST_F(Journal, IsReadAgainWhenItWasNotFolded) {
  {
    const auto b = open(1 << 20);
    add_slowly(*b, 1, 101);
    EXPECT_EQ(rows(b->store->tables(), store::table::seen), 0U);
  }
  const auto b = open(1 << 20);
  EXPECT_EQ(b->store->hosts().size(), 7U);
  expect_whole(*b, 100, 3);
}

TEST_F(Journal, IsFoldedWheneverItIsFull) {
  {
    const auto b = open();
    add_slowly(*b, 1, 301);
    EXPECT_GT(rows(b->store->tables(), store::table::seen), 250U);
    EXPECT_LT(rows(b->store->tables(), store::table::journal), 20U);
    EXPECT_EQ(rows(b->store->tables(), store::table::hosts), 7U);
    EXPECT_EQ(crawl(*b), 300U);
  }
  {
    const auto b = open();
    EXPECT_EQ(b->urls->counts().pages, 300U);
    expect_whole(*b, 300, 20);
  }
  const auto b = open();
  EXPECT_EQ(b->store->opened_as().recorded, 320U);
  expect_whole(*b, 320, 1);
}

// A fold may end anywhere: the state as it is then, as after a kill, knows all that it had taken, has it queued, and folds once more.
TEST_F(Journal, AFoldMayEndAnywhere) {
  for (const std::string_view point : {"fold.before_ingest", "fold.after_ingest", "fold.after_journal"}) {
    for (const int passing : {1, 2, 4}) {
      SCOPED_TRACE(std::string(point) + " " + std::to_string(passing));
      std::atomic<int> passed = 0;
      {
        const watch at([&](std::string_view name) {
          if (name == point && ++passed == passing) fs::copy(state(), other(), fs::copy_options::recursive);
        });
        const auto b = open();
        add_slowly(*b, 1, 101);
      }
      ASSERT_GE(passed, passing);
      const auto b = open(tiny, other());
      const std::uint64_t known = b->store->opened_as().discovered;
      EXPECT_GE(known, 5U);
      expect_whole(*b, known, 30);
      fs::remove_all(state());
      fs::remove_all(other());
    }
  }
}

TEST_F(Journal, KnowsWhatIsBeingFolded) {
  std::promise<void> begun, go_on;
  std::atomic<int> folds = 0;
  const watch at([&](std::string_view name) {
    if (name != "fold.before_ingest" || ++folds > 1) return;
    begun.set_value();
    go_on.get_future().wait();
  });
  const auto b = open();
  b->run([&]() -> task { co_await b->add(pages(1, 51), false); });
  begun.get_future().wait();
  EXPECT_EQ(rows(b->store->tables(), store::table::seen), 0U);
  b->run([&]() -> task {
    EXPECT_EQ(co_await b->store->add(pages(1, 52), std::nullopt, 0), 1U);
    EXPECT_EQ(co_await b->store->add(pages(51, 52), std::nullopt, 0), 0U);
  });
  go_on.set_value();
  b->store->remember("test", "");
  expect_whole(*b, b->store->opened_as().discovered, 20);
}

/// As after a power cut that took all records of the state.
void tear_records(bench& b, const fs::path& state) {
  b.log->close();
  store::job_row row = b.store->opened_as();
  row.synced = 0;
  ++row.batch;
  store::changes torn(b.store->tables());
  torn.put(store::table::journal, store::number_key(row.batch), store::small_rows().job(row).bytes());
  b.store->tables().write(torn);
  fs::resize_file(state / "records" / "000000000001.rec", 1);
}

// A redirect's target is free again when its record is lost, wherever the claim was written by then.
TEST_F(Journal, WhatIsForgottenStaysSo) {
  for (const std::size_t bytes : {tiny, std::size_t{1} << 20}) {
    SCOPED_TRACE(bytes);
    constexpr std::uint64_t target = 900;
    {
      const auto b = open(bytes);
      b->run([&]() -> task {
        co_await b->add({page(1)}, false);
        auto held = co_await b->urls->next();
        EXPECT_TRUE((co_await b->urls->claim(*held, page(target))).granted);
        completion done = finished_page();
        done.keeps_claims = true;
        co_await b->urls->commit(*held, std::move(done));
        EXPECT_EQ(co_await b->store->add({page(target)}, std::nullopt, 0), 0U);
      });
      add_slowly(*b, 2, 101);
      EXPECT_EQ(b->store->tables().get(store::table::seen, store::number_key(target)).has_value(), bytes == tiny);
      tear_records(*b, state());
    }
    { const auto b = open(bytes); }
    {
      const auto b = open(bytes);
      add_slowly(*b, 101, 201);
      EXPECT_FALSE(b->store->tables().get(store::table::seen, store::number_key(target)).has_value());
      b->run([&]() -> task { EXPECT_EQ(co_await b->store->add({page(target)}, std::nullopt, 0), 1U); });
      EXPECT_EQ(crawl(*b), 201U);
    }
    fs::remove_all(state());
  }
}

TEST_F(Journal, IsFoldedWhileURLsAreQueuedOnceMore) {
  {
    const auto b = open();
    add_slowly(*b, 1, 101);
    EXPECT_EQ(crawl(*b), 100U);
  }
  const store::store_options options{.journal_bytes = tiny};
  {
    store::job_store again(state(), options);
    EXPECT_EQ(again.requeue([](std::string_view) { return true; }), 100U);
  }
  const auto b = open();
  EXPECT_EQ(b->store->opened_as().queued, 100U);
  EXPECT_EQ(crawl(*b), 100U);
}

/// A page whose fingerprint is that of its URL.
candidate true_page(const bench& b, std::uint64_t number) {
  candidate out = page(number);
  out.fingerprint = url::fingerprint(b.store->key(), out.req.url, "GET", "");
  return out;
}

// Whoever looks at the state, or copies it, sees what is in the journal as well as what is in the tables.
TEST_F(Journal, IsSeenByWhoLooks) {
  const auto b = open();
  for (std::uint64_t i = 1; i < 40; ++i) b->run([&]() -> task { co_await b->add({true_page(*b, i)}, false); });
  b->store->remember("test", "");
  back_up(state(), other());
  for (const fs::path& at : {state(), other()}) {
    const state_view view(at);
    EXPECT_EQ(view.numbers().discovered, 39U);
    EXPECT_EQ(view.hosts(), 1U);
    for (std::uint64_t i = 1; i < 40; ++i) {
      const auto found = view.find(page(i).req.url);
      ASSERT_TRUE(found) << i;
      EXPECT_EQ(found->host.queued, 39U);
      EXPECT_EQ(found->ahead, i - 1);
    }
    EXPECT_FALSE(view.find(page(40).req.url));
  }
  const auto copy = open(tiny, other());
  EXPECT_EQ(crawl(*copy), 39U);
}

/// As the first format had it: no journal, all of it in the tables.
void make_old(const fs::path& state) {
  {
    store::database tables(state / "tables", store::database::access::write);
    store::changes all(tables);
    store::small_row_reader into;
    into.seen = [&](std::uint64_t print, const store::seen_row& whose) { all.put(store::table::seen, store::number_key(print), store::encode(whose)); };
    into.host = [&](const std::string& name, const store::host_row& row) { all.put(store::table::hosts, name, store::encode(row)); };
    into.job = [&](const store::job_row& row) { all.put(store::table::meta, "job", store::encode(row)); };
    tables.each(store::table::journal, "", "", [&](std::string_view, std::string_view bytes) { return store::read_small_rows(bytes, into); });
    tables.write(all);
    tables.sync();
  }
  const std::string path = (state / "tables").string();
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, path, families, &handles, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  for (rocksdb::ColumnFamilyHandle* const handle : handles) {
    if (handle->GetName() == "journal") EXPECT_TRUE(db->DropColumnFamily(handle).ok());
    db->DestroyColumnFamilyHandle(handle);
  }
  std::ofstream(state / "version") << "1\n";
}

TEST_F(Journal, IsBegunInAStateOfTheFirstFormat) {
  {
    const auto b = open(1 << 20);
    add_slowly(*b, 1, 31);
  }
  make_old(state());
  EXPECT_EQ(state_view(state()).numbers().queued, 30U);
  {
    const auto b = open();
    expect_whole(*b, 30, 5);
  }
  std::string version;
  std::getline(std::ifstream(state() / "version"), version);
  EXPECT_EQ(version, "2");
  const auto b = open();
  EXPECT_EQ(b->store->opened_as().recorded, 35U);
}

}  // namespace
}  // namespace trawl::frontier
