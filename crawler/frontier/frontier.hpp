// The frontier of one job: which URLs are known, which is next, what became of each. Asynchronous, batched and silent about its
// store, so that memory, RocksDB and a shared store fit behind it.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crawler/model/error.hpp"
#include "crawler/model/request.hpp"

namespace trawl::frontier {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

/// A URL that was found and passed the scope. `host` is the politeness key (name and port, 80 and 443 as one).
struct candidate {
  request req;
  std::string host;
  std::uint64_t fingerprint = 0;  ///< of URL, method and body
};

/// How far the seed generator has come, stored in the same step as the seeds it gave.
struct seed_cursor {
  std::uint64_t position = 0;
  bool exhausted = false;
};

/// What the attempts on a URL have cost so far; travels with a deferral.
struct attempt_state {
  std::uint32_t attempts = 0;        ///< requests sent, holds included
  std::uint32_t retries = 0;         ///< tries that failed
  std::uint32_t holds = 0;           ///< 429/503 answers in a row
  std::string first_attempt_at;      ///< RFC 3339; empty before the first
  double elapsed_ms = 0;             ///< spent on the attempts so far, queue waits left out
};

/// The right to fetch one URL until `deadline`. Fenced by `token`: a commit with an older token changes nothing.
struct lease {
  std::uint64_t id = 0;
  std::uint64_t token = 0;
  request req;
  std::string host;
  attempt_state state;
  clock::time_point deadline;
  std::shared_ptr<const void> keeper;  ///< when the last copy goes without commit or defer, the URL goes back to the queue
};

enum class claim_result : std::uint8_t {
  granted,   ///< the URL is this lease's to record
  taken_by,  ///< another lease or record has it
};

enum class defer_reason : std::uint8_t { retry, hold, robots, shutdown };

/// How a lease ends: its record, and what the page led to, in one atomic step.
struct completion {
  std::string record;             ///< finished JSON without `seq`: starts with '{'; the store puts seq in
  bool output = true;             ///< false: kept out of the outputs
  bool counts_as_page = false;    ///< a final response: counts towards max_pages
  std::vector<candidate> links;
  std::vector<std::uint64_t> claims;
  std::vector<std::string> joined_hosts;
};

/// Books of one job. At any moment: discovered == recorded + queued + in_flight.
struct counts {
  std::uint64_t discovered = 0, recorded = 0, queued = 0, in_flight = 0, duplicates = 0, pages = 0;
  friend bool operator==(const counts&, const counts&) = default;
};

/// What a `next` waits for, or why there is none.
enum class idle : std::uint8_t {
  finished,   ///< nothing queued, waiting or in flight, seeds exhausted
  stopped,    ///< cancelled or paused for good
  limit,      ///< max_pages are committed; what is left stays queued
};

/// One job's frontier as one shard sees it. All calls on the owner shard's thread.
class frontier {
 public:
  virtual ~frontier() = default;
  /// Adds what is new; returns how many were. Duplicates are counted. Never blocks on a store.
  virtual asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) = 0;
  /// The next URL whose host may be asked now; waits for one. nullopt: the job is finished or stopped (see `why_idle`).
  virtual asio::awaitable<std::optional<lease>> next() = 0;
  virtual idle why_idle() const noexcept = 0;
  /// Claims a redirect's target under a lease; ignores the lease's own chain. Ends with a deferral or failure.
  virtual asio::awaitable<claim_result> claim(const lease& holder, std::uint64_t fingerprint) = 0;
  /// Puts the URL back, not to be asked before `not_before`.
  virtual asio::awaitable<void> defer(lease held, clock::time_point not_before, attempt_state state, defer_reason reason) = 0;
  /// Ends the lease. The record's seq; nullopt where the token was stale (the commit changed nothing).
  virtual asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) = 0;
  virtual counts books() const noexcept = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void cancel() = 0;          ///< wakes every `next` with nullopt; queued URLs stay counted as queued
  virtual asio::awaitable<void> erase() = 0;
};

}  // namespace trawl::frontier
