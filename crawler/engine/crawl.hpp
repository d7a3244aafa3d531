// One run of one job: seeds in, records out. Owns the job's frontier, log and plans; runs on all the shards it is given.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/job.hpp"
#include "crawler/engine/stats/host_views.hpp"
#include "crawler/engine/stats/stats.hpp"
#include "crawler/frontier/result_log.hpp"
#include "crawler/model/request.hpp"

namespace trawl::engine {

class shards;

/// Why a job ended; the words of the contract.
enum class ending : std::uint8_t {
  none,       ///< it has not
  drained,    ///< nothing eligible remains
  max_pages,  ///< scope.max_pages was reached
  duration,   ///< limits.duration
  bytes,      ///< limits.bytes
  errors,     ///< limits.errors
  host_blocked,  ///< what is left belongs to hosts that answer nothing but 429 and 503 (politeness.give_up_after)
  cancelled,  ///< asked to stop
  failed,     ///< the results could not be kept, or a login that had worked worked no more
};
std::string_view to_string(ending e) noexcept;

/// A URL that a rule kept out, for --rejected.
struct rejected {
  std::string url, parent, rule;
};

/// What became of seeds that were sent to a crawl.
struct seed_counts {
  std::uint64_t accepted = 0, duplicates = 0, filtered = 0, invalid = 0;
  bool is_over = false;  ///< the crawl takes none any more: none of these was looked at
};

struct crawl_options {
  bool operator_trusted = false;                ///< a local job file: the seeds' own host and port may be private
  std::vector<std::string> egress_allow;        ///< reachable beside public addresses; see is_egress_network
  std::filesystem::path state;                  ///< directory of the job's state, which is made or resumed; empty: the queue is in memory only
  bool takes_seeds = false;                     ///< stays open for more of them, until `close_seeds`
  std::string state_job;                        ///< kept in it: what the state is of
  std::function<bool(std::string_view record)> retry; ///< URLs of the state whose latest record it wants are visited again; empty: none
  /// Set: only robots.txt and sitemaps are fetched. A URL that could be fetched ends as cancelled, with its robots line; before that this is
  /// told the shortest time between two requests to its host. As on_rejected.
  std::function<void(const std::string& host, std::chrono::nanoseconds delay)> on_surveyed;
  std::function<void(const rejected&)> on_rejected;  ///< called on the shards' threads, one at a time; may be empty
};

/// Is it a network and port that `egress_allow` may hold: "10.0.0.0/8:8080", "[fd00::]/8:443", "10.1.2.3"?
bool is_egress_network(std::string_view text);

/// Something wrong with a job that only compiling its patterns and selectors shows. `path` is dotted.
struct job_problem {
  std::string path, message;
};
/// All of them; empty when the job can run. Pure.
std::vector<job_problem> check_job(const config::job& job);

/// Handle to a running crawl. Calls are safe from any thread unless said otherwise; destruction waits for the end of the run,
/// so end it first (`cancel`).
class crawl {
 public:
  /// The job must have passed `check_job`. Starts nothing. `where` outlives the crawl. Throws frontier::storage_error where the state can't
  /// be used.
  crawl(shards& where, config::job job, crawl_options options);
  ~crawl();
  crawl(const crawl&) = delete;
  crawl& operator=(const crawl&) = delete;

  void start();
  /// No new leases; what is in flight is finished and recorded, or cancelled after 10 s.
  void drain();
  /// As drain, and what is in flight is cancelled; ends within a second.
  void cancel();
  /// No new leases until `resume`; what is in flight is finished.
  void pause();
  void resume();
  /// More seeds, while it runs. `told` is called on a shard's thread, once; what it counts as accepted is committed, and after `sync` safe
  /// from a power cut too.
  void add_seeds(std::vector<request> sent, std::function<void(seed_counts)> told);
  /// It ends when nothing is left, as any other; harmless when repeated.
  void close_seeds();
  /// Blocks until what was committed so far survives a power cut. Throws frontier::storage_error.
  void sync();
  /// The hosts that have most to do; `told` is called on a shard's thread, once: with nothing when it is over.
  void hosts(std::size_t most, std::function<void(std::vector<host_view>)> told);
  /// No new requests of this job to a host (name and port as `hosts` gives it), or again. Before `start`: from the first.
  void pause_host(const std::string& host, bool on);
  /// Numbers of the last tenth of a second.
  progress snapshot() const;
  ending ended() const noexcept;    ///< none while it runs
  bool finished() const noexcept;   ///< all is recorded and the log is closed
  /// Blocks the calling thread (never the shard's) until finished or the time is over; true when finished.
  bool wait_for(std::chrono::milliseconds time) const;
  frontier::result_log& log() noexcept;
  /// What a reader of the log has noted for itself in the state, and a new note, which survives a power cut when the call returns (it
  /// blocks; throws frontier::storage_error). Without a state nothing is kept.
  std::optional<std::string> recall(const std::string& reader) const;
  void remember(const std::string& reader, const std::string& note);
  bool has_state() const noexcept;
  /// Nothing was taken up by an earlier run.
  bool is_new() const noexcept;
  /// The state goes, from the disk too; for a crawl that is finished and will not be resumed.
  void remove_state();
  const config::job& job() const noexcept;
  const std::string& name() const noexcept;

 private:
  class run;
  std::shared_ptr<run> run_;  ///< shared with what is posted to the shards for it
};

/// What a page's fetch goes through, the outermost first: each decorator's name and why it stands there.
std::vector<std::pair<std::string_view, std::string_view>> fetch_layers(const config::job& job);

/// The crawl's verdict on `expect`: what was not met, in words; empty when all is well. Of each URL its latest visit counts.
std::vector<std::string> unmet_expectations(const config::job& job, const progress& p);

}  // namespace trawl::engine
