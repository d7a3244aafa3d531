// One job's state on disk, and the one thread that writes it: what all shards want done in the meantime is one batch, which gives the
// records their numbers, knows what is new, and takes effect as a whole.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <thread>
#include <unordered_map>

#include "crawler/frontier/ledger.hpp"
#include "crawler/frontier/store/codec.hpp"
#include "crawler/frontier/store/database.hpp"
#include "crawler/frontier/store/journal/journal.hpp"
#include "crawler/frontier/store/result_files.hpp"
#include "crawler/frontier/store/state_directory.hpp"
#include "crawler/frontier/store/state_log.hpp"
#include "crawler/frontier/store/store_calls.hpp"
#include "crawler/url/fingerprint.hpp"

namespace trawl::frontier::store {

namespace asio = boost::asio;

/// Calls on any shard's thread; they come back there. All throw storage_error when the state can't be written. It outlives the frontiers.
class job_store {
 public:
  /// Opens the state, or makes a new one; what a power cut has torn is put right. Throws storage_error.
  job_store(const std::filesystem::path& directory, store_options options);
  /// All that was asked for is written and synced.
  ~job_store();
  job_store(const job_store&) = delete;
  job_store& operator=(const job_store&) = delete;

  // As it was opened; before anything runs.
  const job_row& opened_as() const noexcept { return row_; }
  /// Of the job's fingerprints.
  const url::fingerprint_key& key() const noexcept { return key_; }
  std::vector<std::pair<std::string, host_row>> hosts() const;
  const std::map<std::string, std::uint64_t>& tallies() const noexcept { return tallies_; }
  std::vector<std::string> joined() const;
  /// Queues once more, as its next visit, each URL whose latest record is wanted; how many they are. Each counts as discovered again. Reads
  /// all records. Before anything runs and before `opened_as` and `hosts` are looked at. Throws storage_error.
  std::uint64_t requeue(const std::function<bool(std::string_view record)>& is_wanted);
  /// The same for all that were visited last at this time of the wall clock or before.
  std::uint64_t requeue_visited_before(std::int64_t wall_ms);
  state_directory& directory() noexcept { return directory_; }
  database& tables() noexcept { return *db_; }
  state_log& log() noexcept { return log_; }

  /// Shards enter in their order, before anything runs. `deliver` is called on the shard's thread with what is new of its hosts, before
  /// the call returns that has brought it.
  void enter(asio::any_io_executor executor, std::function<void(std::vector<fresh>)> deliver);
  void start(ledger& shared) noexcept { ledger_ = &shared; }

  /// Queues what is new, with the seeds' cursor; how many were. `known`: duplicates that the shard has seen by itself.
  asio::awaitable<std::size_t> add(std::vector<candidate> found, std::optional<seed_cursor> cursor, std::uint64_t known);
  /// See frontier::claim. The claimant is the row `holder` of the URL `by`.
  asio::awaitable<claim_result> claim(std::uint64_t chain, std::string holder, std::string by, candidate target);
  /// Gives up what a chain has claimed.
  void release(std::uint64_t chain);
  /// Takes URLs of a host out of its queue by a rule: they stay known, and are counted as filtered.
  void drop(std::string host, std::vector<position> rows, std::string rule);
  /// The URL whose record holds, or will hold, the body of this digest: `url`, if there is none yet. Kept with the record that has the digest
  /// in its `seen`.
  asio::awaitable<std::string> claim_body(std::uint64_t digest, std::string url);
  asio::awaitable<bool> defer(queued_row row, position at, pace asked);
  void remember_pace(pace of);
  struct committed {
    std::uint64_t seq = 0;
    std::size_t added = 0;
    std::unique_ptr<ending_row> spent = {};  ///< freed where it was made, which costs less
  };
  asio::awaitable<committed> commit(std::unique_ptr<ending_row> what, std::uint64_t known);
  /// The host's next rows behind `after` (none: from its first); `then` is called on the shard's thread, behind what was delivered before.
  void load(std::uint32_t shard, std::string host, std::optional<position> after, std::size_t most, std::move_only_function<void(std::vector<loaded>)> then);
  /// Waits for space no more: where there is none, all calls fail. What they were about is done in the next run. Any thread.
  void give_up() noexcept { is_given_up_ = true; }
  /// What a consumer has to remember, in the words that it understands itself. Waits until it is safe from a power cut. Any thread but the store's.
  void remember(const std::string& consumer, const std::string& cursor);
  std::optional<std::string> recall(const std::string& consumer) const;

 private:
  /// A part of a batch: `work` changes it, `read` looks at the tables when it is written, `finish` tells whoever waits.
  struct op {
    std::vector<std::uint64_t> prints = {};  ///< fingerprints that `work` asks for
    std::move_only_function<void()> work = {}, read = {};
    std::move_only_function<void(std::exception_ptr)> finish = {};
  };
  struct claimed {
    std::uint64_t chain = 0;
    std::string holder, by;
    std::optional<candidate> parked;
  };
  struct host_entry {
    host_row row;
    bool is_changed = false;   ///< by this batch
    bool is_unfolded = false;  ///< the journal has a later row than the table
  };
  using host_map = std::unordered_map<std::string, host_entry>;
  using tally_map = std::map<std::string, std::uint64_t>;
  struct part {
    asio::any_io_executor executor;
    std::function<void(std::vector<fresh>)> deliver;
    std::vector<fresh> waiting;
  };
  template <class T>
  asio::awaitable<T> in_batch(std::vector<std::uint64_t> prints, std::move_only_function<void(T&)> work);
  void take(op what);
  void run_batch();
  void look_up(const std::vector<op>& batch);
  void write_batch();
  void end_row();
  void write_tables();
  void reopen_tables();
  void wait_for_space(const storage_error& why);
  void fold_in_time();
  void start_fold();
  void end_fold();
  void fold_at_once();
  void write_seen();
  void deliver();
  void sync_in_time();
  void start_sync();
  void end_sync(std::uint64_t seq, std::exception_ptr failure);
  void sync_again();
  void when_synced(std::move_only_function<void(std::exception_ptr)> then);
  void fail(std::exception_ptr why);

  bool is_known(std::uint64_t fingerprint) const;
  std::optional<seen_row> whose(std::uint64_t fingerprint) const;
  bool add_one(candidate& c);
  void queue_new(candidate&& c, bool was_parked);
  void put_done(const std::string& key, const ending_row& what, std::uint64_t seq);
  void apply_commit(ending_row& what, committed& out);
  void settle(std::uint64_t chain, bool is_kept, const std::string& holder, const std::string& by);
  void apply_drop(const std::string& host, const std::vector<position>& rows, const std::string& rule);
  std::string apply_claim_of_body(std::uint64_t digest, const std::string& url);
  void keep_body(std::uint64_t digest, const std::string& url);
  void count(const std::string& tally, std::uint64_t by);
  claim_result apply_claim(std::uint64_t chain, std::string& holder, std::string& by, const candidate& target);
  void mark_seen(std::uint64_t fingerprint, const seen_row& as, const std::string& by = {});
  void park(std::uint64_t fingerprint, claimed& in, candidate what);
  void note_pace(const pace& of);
  void queue_parked();
  void keep_claims(std::uint64_t chain);
  void read_claims();
  host_entry& host(const std::string& name);
  void note_changed(host_map::value_type& of);
  void put_back_unwritten();
  bool visit_again(const std::string& key, std::uint64_t seq);
  void read_key();
  void read_counters();
  void read_journal();
  void write_rows();

  store_options options_;
  state_directory directory_;
  std::unique_ptr<database> db_;
  result_files files_;
  state_log log_;
  ledger* ledger_ = nullptr;
  std::vector<part> parts_;

  // What follows is the store's thread's once it runs.
  job_row row_;
  url::fingerprint_key key_;
  journal journal_;
  host_map hosts_;
  tally_map tallies_;
  std::vector<host_map::value_type*> changed_hosts_;                     ///< by this batch
  std::vector<host_map::value_type*> unfolded_hosts_, folding_hosts_;    ///< that are in the journal; in the part of it that is being folded
  std::vector<const tally_map::value_type*> changed_tallies_;            ///< by this batch
  bool is_job_changed_ = false;                                          ///< though nothing else is
  std::future<void> folding_;
  std::unordered_map<std::uint64_t, claimed> claims_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> chains_;  ///< fingerprints that a chain has claimed
  std::unordered_map<std::uint64_t, std::string> known_;                  ///< of this batch's fingerprints those that the table has
  std::unordered_map<std::uint64_t, std::string> targets_;                ///< redirects' that this batch makes known, with the URLs whose records have them
  std::unordered_map<std::uint64_t, std::string> bodies_;                 ///< by digest the URLs that will hold them, until they are written
  std::vector<std::uint64_t> kept_bodies_;                                ///< that this batch writes
  changes changes_;
  byte_writer scratch_;  ///< for a row's bytes, on their way into changes_
  std::vector<op> ops_;
  bool is_batch_due_ = false, is_unsynced_ = false, is_full_ = false, is_syncing_ = false;
  std::vector<std::move_only_function<void(std::exception_ptr)>> sync_waiters_;  ///< for the next sync that begins
  std::vector<std::move_only_function<void(std::exception_ptr)>> syncing_for_;
  std::exception_ptr failure_;
  std::chrono::steady_clock::time_point last_sync_{}, last_batch_{};
  std::atomic<bool> is_given_up_{false};

  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  asio::steady_timer sync_timer_{loop_};
  bool is_sync_due_ = false;
  asio::io_context syncing_{1};  ///< a thread of its own: batches go on meanwhile
  asio::executor_work_guard<asio::io_context::executor_type> syncing_work_{syncing_.get_executor()};
  std::jthread thread_, sync_thread_;  ///< last: joined before what they use goes
};

}  // namespace trawl::frontier::store
