// How the journal gets into the tables, and what happens where there is no space. A part of job_store.hpp.
//
// A fold may end anywhere. First the log is synced, for a fingerprint must not be on disk when the batch that has queued its URL is not: it
// would be known for ever and never fetched. Then the fingerprints come into their table as a file, on the syncing thread, while batches go
// on. Then one batch writes hosts and numbers and erases the rows of the journal. Until that is there the rows are read again when the
// state is opened, and say once more what the table has by then.
#include <boost/asio/post.hpp>

#include "crawler/frontier/kill_point.hpp"
#include "crawler/frontier/store/job_store.hpp"

namespace trawl::frontier::store {

namespace {

constexpr auto space_poll = std::chrono::milliseconds(200);
constexpr std::size_t most_journal = std::size_t{8} << 20;
constexpr std::size_t tests_folds = 4;  // in the time in which a table's buffer gets full, where tests make that small

}  // namespace

std::size_t store_options::usual_journal() {
  const std::size_t buffer = table_buffer(0);
  return buffer == 0 ? most_journal : buffer / tests_folds;
}

/// Between two batches. A journal that is full again before the last part of it is folded waits for that.
void job_store::fold_in_time() {
  if (failure_ || !journal_.is_full()) return;
  try {
    end_fold();
    start_fold();
  } catch (...) {
    fail(std::current_exception());
  }
}

void job_store::start_fold() {
  journal_.freeze(row_.batch);
  for (host_map::value_type* const of : unfolded_hosts_) of->second.is_unfolded = false;
  folding_hosts_ = std::exchange(unfolded_hosts_, {});
  if (!thread_.joinable() || std::this_thread::get_id() != thread_.get_id()) {  // nothing runs yet
    folding_ = std::async(std::launch::deferred, [this] { write_seen(); });
    return end_fold();
  }
  std::packaged_task<void()> work([this] { write_seen(); });
  folding_ = work.get_future();
  asio::post(syncing_, [this, work = std::move(work)]() mutable {
    work();
    asio::post(loop_, [this] {
      if (failure_ || !folding_.valid() || folding_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
      try {
        end_fold();
      } catch (...) {
        fail(std::current_exception());
      }
    });
  });
}

/// The frozen fingerprints into their table.
void job_store::write_seen() {
  if (!db_->sync()) throw storage_error(storage_error::kind::no_space, "no space is left for the state in " + directory_.path().string());
  if (!journal_.has_frozen()) return;
  journal_.write_frozen(*db_, directory_.rows_file());
  kill_point("fold.before_ingest");
  db_->take_file(table::seen, directory_.rows_file());
  kill_point("fold.after_ingest");
}

/// Waits for the fold that was begun, if there is one; behind this the tables have all that was frozen.
void job_store::end_fold() {
  if (!folding_.valid()) return;
  try {
    folding_.get();
  } catch (const storage_error& e) {
    wait_for_space(e);
    fold_at_once();
  }
  for (const host_map::value_type* const of : std::exchange(folding_hosts_, {})) changes_.put(table::hosts, of->first, encode(of->second.row));
  for (const auto& [name, value] : tallies_) changes_.put(table::meta, "tally/" + name, std::to_string(value));
  changes_.put(table::meta, "job", encode(row_));
  journal_.folded(changes_);
  write_batch();
  kill_point("fold.after_journal");
}

/// The crawl waits until there is space for it.
void job_store::fold_at_once() {
  for (;;) {
    try {
      reopen_tables();
      return write_seen();
    } catch (const storage_error& e) {
      wait_for_space(e);
    }
  }
}

/// A write that failed for want of space has left the tables closed to writing; whether it counts is seen when they are opened again.
void job_store::write_tables() {
  bool has_failed = false;
  for (;;) {
    try {
      if (has_failed) {
        reopen_tables();
        if (db_->get(table::journal, number_key(row_.batch))) return;
      }
      return db_->write(changes_);
    } catch (const storage_error& e) {
      has_failed = true;
      wait_for_space(e);
    }
  }
}

void job_store::wait_for_space(const storage_error& why) {
  if (why.is != storage_error::kind::no_space || is_given_up_) throw why;
  if (!std::exchange(is_full_, true) && options_.on_pause) options_.on_pause(why.what());
  std::this_thread::sleep_for(space_poll);
}

/// While nobody else uses them.
void job_store::reopen_tables() {
  if (sync_thread_.joinable()) {
    std::promise<void> idle;
    asio::post(syncing_, [&] { idle.set_value(); });
    idle.get_future().get();
  }
  log_.without_readers([this] { db_->reopen(); });
}

}  // namespace trawl::frontier::store
