// When what was written is synced, and who is told. A part of job_store.hpp.
#include <boost/asio/post.hpp>
#include <algorithm>
#include <iterator>

#include "crawler/frontier/kill_point.hpp"
#include "crawler/frontier/store/job_store.hpp"

namespace trawl::frontier::store {

/// Soon where somebody waits for records, else in a while.
void job_store::sync_in_time() {
  if (failure_ || is_syncing_) return;
  if (!sync_waiters_.empty()) return start_sync();
  if (!is_unsynced_) return;
  const auto due = last_sync_ + (log_.has_waiting_readers() ? options_.sync_for_readers : options_.sync_every);
  if (std::chrono::steady_clock::now() >= due) return start_sync();
  if (is_sync_due_ && sync_timer_.expiry() <= due) return;
  is_sync_due_ = true;
  sync_timer_.expires_at(due);
  sync_timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;  // another time was set
    is_sync_due_ = false;
    sync_in_time();
  });
}

/// The records first, then what points at them. Batches that come meanwhile are for the next one.
void job_store::start_sync() {
  is_syncing_ = true;
  is_unsynced_ = false;
  syncing_for_ = std::exchange(sync_waiters_, {});
  asio::post(syncing_, [this, files = files_.take_unsynced(), seq = row_.seq] {
    std::exception_ptr failure;
    bool is_done = false;
    try {
      kill_point("sync.before");
      files.sync();
      is_done = db_->sync();
      kill_point("sync.after");
    } catch (...) {
      failure = std::current_exception();
    }
    asio::post(loop_, [this, seq, failure, is_done] { failure || is_done ? end_sync(seq, failure) : sync_again(); });
  });
}

/// It was not tried, for the batch behind had no space. By now it has, or all has failed.
void job_store::sync_again() {
  is_syncing_ = false;
  is_unsynced_ = true;
  std::ranges::move(std::exchange(sync_waiters_, {}), std::back_inserter(syncing_for_));
  sync_waiters_ = std::exchange(syncing_for_, {});
  if (!failure_) return sync_in_time();
  for (auto& tell : std::exchange(sync_waiters_, {})) tell(failure_);
}

/// What a failed sync has lost can't be known, so it is not tried again.
void job_store::end_sync(std::uint64_t seq, std::exception_ptr failure) {
  is_syncing_ = false;
  last_sync_ = std::chrono::steady_clock::now();
  if (failure && !failure_) fail(failure);
  if (!failure) {
    row_.synced = seq;
    log_.publish(seq);
  }
  for (auto& tell : std::exchange(syncing_for_, {})) tell(failure);
  for (auto& tell : failure_ ? std::exchange(sync_waiters_, {}) : decltype(sync_waiters_)()) tell(failure_);
  sync_in_time();
}

/// On the store's thread: what was written so far is safe when `then` is called.
void job_store::when_synced(std::move_only_function<void(std::exception_ptr)> then) {
  if (failure_) return then(failure_);
  sync_waiters_.push_back(std::move(then));
  sync_in_time();
}

}  // namespace trawl::frontier::store
