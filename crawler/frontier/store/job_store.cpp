// How batches are made, written and told of. What they hold is in batch_work.cpp, how a state is opened in recovery.cpp.
#include "crawler/frontier/store/job_store.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <future>

#include "crawler/frontier/kill_point.hpp"
#include "crawler/frontier/log/bytes.hpp"

namespace trawl::frontier::store {

using std::chrono::steady_clock;

namespace {

/// From the beginning of one batch to that of the next, at least: one of many pages costs each of them less than ten of a few.
constexpr auto between_batches = std::chrono::milliseconds(1);

}  // namespace

job_store::~job_store() {
  is_given_up_ = true;
  log_.close();
  asio::post(loop_, [this] { sync_timer_.cancel(); });
  work_.reset();
  if (thread_.joinable()) thread_.join();
  syncing_work_.reset();
}

void job_store::enter(asio::any_io_executor executor, std::function<void(std::vector<fresh>)> deliver) {
  parts_.push_back({std::move(executor), std::move(deliver), {}});
}

namespace {

/// Keys and rows, one after the other. On the thread that uses them: memory that one thread takes and another frees costs both more.
std::optional<std::vector<loaded>> decode_loaded(std::string_view bytes) {
  std::vector<loaded> out;
  for (byte_reader in(bytes); in.left() > 0;) {
    const auto name = parse_row_key(in.view());
    auto row = name ? decode_queued(*name, in.view()) : std::nullopt;
    if (!row) return std::nullopt;
    out.push_back({name->at, std::move(*row)});
  }
  return out;
}

}  // namespace

/// On the store's thread. What comes before the batch is run is in it.
void job_store::take(op what) {
  ops_.push_back(std::move(what));
  if (std::exchange(is_batch_due_, true)) return;
  asio::post(loop_, [this] {
    const auto due = last_batch_ + between_batches;
    if (steady_clock::now() >= due) return run_batch();
    std::this_thread::sleep_until(due);  // what comes meanwhile wakes nobody
    asio::post(loop_, [this] { run_batch(); });
  });
}

template <class T>
asio::awaitable<T> job_store::in_batch(std::vector<std::uint64_t> prints, std::move_only_function<void(T&)> work) {
  auto start = [this, prints = std::move(prints), work = std::move(work)](auto handler) mutable {
    asio::post(loop_, [this, prints = std::move(prints), work = std::move(work), handler = std::move(handler)]() mutable {
      op mine{.prints = std::move(prints)};
      const auto out = std::make_shared<T>();
      mine.work = [out, work = std::move(work)]() mutable { work(*out); };
      mine.finish = [out, handler = std::move(handler)](std::exception_ptr failure) mutable {
        const auto back = asio::get_associated_executor(handler);
        asio::post(back, [out, failure, handler = std::move(handler)]() mutable { std::move(handler)(failure, std::move(*out)); });
      };
      take(std::move(mine));
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, T)>(std::move(start), asio::use_awaitable);
}

void job_store::run_batch() {
  is_batch_due_ = false;
  last_batch_ = steady_clock::now();
  std::vector<op> batch = std::exchange(ops_, {});
  if (!failure_) {
    try {
      look_up(batch);
      for (op& o : batch)
        if (o.work) o.work();
      write_batch();
      for (op& o : batch)
        if (o.read) o.read();
    } catch (...) {
      fail(std::current_exception());
    }
  }
  deliver();
  for (op& o : batch) o.finish(failure_);
  sync_in_time();
  fold_in_time();
}

/// What the shards wait for never comes, and the log ends where it is.
void job_store::fail(std::exception_ptr why) {
  failure_ = why;
  for (part& p : parts_) p.waiting.clear();
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& e) {
    if (options_.on_failure) options_.on_failure(e.what());
  }
}

/// Which of the batch's fingerprints the table has, in one sorted go. Of some the journal has later news.
void job_store::look_up(const std::vector<op>& batch) {
  known_.clear();
  targets_.clear();
  std::vector<std::uint64_t> prints;
  for (const op& o : batch)
    std::ranges::copy_if(o.prints, std::back_inserter(prints), [&](std::uint64_t print) { return journal_.find(print) == seen_map::fate::unheard; });
  if (prints.empty()) return;
  std::ranges::sort(prints);
  prints.erase(std::ranges::unique(prints).begin(), prints.end());
  std::vector<std::string> keys;
  keys.reserve(prints.size());
  for (const std::uint64_t print : prints) keys.push_back(number_key(print));
  auto found = db_->get_all(table::seen, keys);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i]) known_.emplace(prints[i], std::move(*found[i]));
}

/// What the batch has changed of small rows, as one row of the journal.
void job_store::end_row() {
  for (host_map::value_type* const of : std::exchange(changed_hosts_, {})) {
    of->second.is_changed = false;
    journal_.row().host(of->first, of->second.row);
    if (!std::exchange(of->second.is_unfolded, true)) unfolded_hosts_.push_back(of);
  }
  for (const tally_map::value_type* const of : std::exchange(changed_tallies_, {})) journal_.row().tally(of->first, of->second);
  is_job_changed_ = false;
  ++row_.batch;
  journal_.end_batch(row_, changes_);
}

void job_store::write_batch() {
  if (changes_.is_empty() && journal_.row().is_empty() && changed_hosts_.empty() && changed_tallies_.empty() && !is_job_changed_) return;
  end_row();
  kill_point("commit.before_log");
  for (;;) {
    try {
      files_.flush();
      break;
    } catch (const storage_error& e) {
      wait_for_space(e);
    }
  }
  kill_point("commit.after_log");
  write_tables();
  kill_point("commit.after_store");
  changes_.clear();
  for (const std::uint64_t digest : std::exchange(kept_bodies_, {})) bodies_.erase(digest);
  is_unsynced_ = true;
  if (std::exchange(is_full_, false) && options_.on_pause) options_.on_pause("");
}

/// Behind this comes what the batch's calls give back, so a shard has seen what is new of its hosts before.
void job_store::deliver() {
  for (part& p : parts_) {
    if (p.waiting.empty()) continue;
    asio::post(p.executor, [to = &p, news = std::exchange(p.waiting, {})]() mutable { to->deliver(std::move(news)); });
  }
}

asio::awaitable<std::size_t> job_store::add(std::vector<candidate> found, std::optional<seed_cursor> cursor, std::uint64_t known) {
  std::vector<std::uint64_t> prints;
  prints.reserve(found.size());
  for (const candidate& c : found) prints.push_back(c.fingerprint);
  auto work = [this, found = std::move(found), cursor, known](std::size_t& added) mutable {
    for (candidate& c : found) added += add_one(c) ? 1 : 0;
    row_.duplicates += known;
    if (cursor) {
      row_.seeds = *cursor;
      is_job_changed_ = true;
    }
  };
  return in_batch<std::size_t>(std::move(prints), std::move(work));
}

asio::awaitable<claim_result> job_store::claim(std::uint64_t chain, std::string holder, std::string by, candidate target) {
  const std::uint64_t print = target.fingerprint;
  auto work = [this, chain, holder = std::move(holder), by = std::move(by), target = std::move(target)](claim_result& out) mutable { out = apply_claim(chain, holder, by, target); };
  return in_batch<claim_result>({print}, std::move(work));
}

void job_store::remember_pace(pace of) {
  asio::post(loop_, [this, of = std::move(of)]() mutable {
    op mine;
    mine.work = [this, of = std::move(of)] { note_pace(of); };
    mine.finish = [](std::exception_ptr) {};
    take(std::move(mine));
  });
}

void job_store::release(std::uint64_t chain) {
  asio::post(loop_, [this, chain] {
    op mine;
    mine.work = [this, chain] { settle(chain, false, {}, {}); };
    mine.finish = [](std::exception_ptr) {};
    take(std::move(mine));
  });
}

void job_store::drop(std::string host, std::vector<position> rows, std::string rule) {
  asio::post(loop_, [this, host = std::move(host), rows = std::move(rows), rule = std::move(rule)]() mutable {
    op mine;
    mine.work = [this, host = std::move(host), rows = std::move(rows), rule = std::move(rule)] { apply_drop(host, rows, rule); };
    mine.finish = [](std::exception_ptr) {};
    take(std::move(mine));
  });
}

asio::awaitable<std::string> job_store::claim_body(std::uint64_t digest, std::string url) {
  auto work = [this, digest, url = std::move(url)](std::string& out) { out = apply_claim_of_body(digest, url); };
  return in_batch<std::string>({}, std::move(work));
}

asio::awaitable<bool> job_store::defer(queued_row row, position at, pace asked) {
  auto work = [this, row = std::move(row), at, asked = std::move(asked)](bool& done) {
    note_pace(asked);
    if (row.state.chain) keep_claims(at.order);
    changes_.put(table::queue, row_key(row.what.host, at), encode(row));
    done = true;
  };
  return in_batch<bool>({}, std::move(work));
}

asio::awaitable<job_store::committed> job_store::commit(std::unique_ptr<ending_row> what, std::uint64_t known) {
  std::vector<std::uint64_t> prints;
  prints.reserve(what->done.links.size());
  for (const candidate& c : what->done.links) prints.push_back(c.fingerprint);
  auto work = [this, what = std::move(what), known](committed& out) mutable {
    apply_commit(*what, out);
    row_.duplicates += known;
    out.spent = std::move(what);
  };
  return in_batch<committed>(std::move(prints), std::move(work));
}

void job_store::load(std::uint32_t shard, std::string host, std::optional<position> after, std::size_t most, std::move_only_function<void(std::vector<loaded>)> then) {
  asio::post(loop_, [this, shard, host = std::move(host), after, most, then = std::move(then)]() mutable {
    const auto found = std::make_shared<byte_writer>();
    op mine;
    mine.read = [this, found, host, after, most] {
      const std::string from = after ? row_key(host, *after) + '\0' : std::string();
      std::size_t rows = 0;
      db_->each(table::queue, host_prefix(host), from, [&](std::string_view key, std::string_view value) {
        found->text(key).text(value);
        return ++rows < most;
      });
    };
    mine.finish = [this, shard, host, found, then = std::move(then)](std::exception_ptr failure) mutable {
      if (failure) return;
      asio::post(parts_[shard].executor, [this, host = std::move(host), found, then = std::move(then)]() mutable {
        if (auto rows = decode_loaded(found->view())) return then(std::move(*rows));
        const storage_error damage(storage_error::kind::damaged, "the state in " + directory_.path().string() + " is damaged: a queued URL of " + host + " can't be read");
        asio::post(loop_, [this, why = std::make_exception_ptr(damage)] { fail(why); });
      });
    };
    take(std::move(mine));
  });
}

void job_store::remember(const std::string& consumer, const std::string& cursor) {
  std::promise<void> done;
  asio::post(loop_, [&] {
    op mine;
    mine.work = [&] { changes_.put(table::meta, "consumer/" + consumer, cursor); };
    const auto tell = [&](std::exception_ptr failure) { failure ? done.set_exception(failure) : done.set_value(); };
    mine.finish = [this, tell](std::exception_ptr failure) { failure ? tell(failure) : when_synced(tell); };
    take(std::move(mine));
  });
  done.get_future().get();
}

std::optional<std::string> job_store::recall(const std::string& consumer) const { return db_->get(table::meta, "consumer/" + consumer); }

}  // namespace trawl::frontier::store
