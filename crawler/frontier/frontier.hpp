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
#include "crawler/model/record.hpp"
#include "crawler/model/request.hpp"

namespace trawl::frontier {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

/// What a visit has seen, for the next one to compare with.
struct revisit_note {
  std::string etag, last_modified;  ///< as the answer had them; empty: it had none
  std::uint64_t digest = 0;         ///< of the decoded body; 0: there was none
  std::int64_t fetched_ms = 0;      ///< of the wall clock
  std::string gave;                 ///< what `expect` counts of its record, in the engine's own words
};

/// A URL that was found and passed the scope. `host` is the politeness key (name and port, 80 and 443 as one).
struct candidate {
  request req;
  std::string host;
  std::uint64_t fingerprint = 0;  ///< of URL, method and body
  std::uint32_t shard = 0;        ///< that owns the host
  std::uint32_t visit = 1;        ///< more than 1 on revisits
  std::shared_ptr<const revisit_note> before = {};  ///< of the visit before
};

/// How far the seed generator has come, stored in the same step as the seeds it gave.
struct seed_cursor {
  std::uint64_t position = 0;
  bool exhausted = false;
};

/// What robots.txt says of a URL that is about to be leased.
struct admission {
  enum class kind : std::uint8_t {
    go,      ///< it may be fetched
    wait,    ///< robots.txt is not known yet: the host is held until `release_host`
    no_slot, ///< nor may it be asked for yet: as many requests are in flight as may be
    refuse,  ///< it gets a record, but no request
  };
  kind is = kind::go;
  std::optional<error> refused;      ///< why, with `refuse`
  std::optional<robots_note> robots; ///< the rule that decided, if one did
};

/// The right to fetch one URL until `deadline`. Fenced by `token`: a commit with an older token changes nothing.
struct lease {
  std::uint64_t id = 0;
  std::uint64_t token = 0;
  request req;
  std::string host;          ///< whose permit it holds: the URL's own, or that of the redirect hop which is next
  attempt_state state;
  clock::time_point deadline;
  clock::time_point charged_at;  ///< when the host's clock was charged for it
  std::uint32_t visit = 1;
  std::shared_ptr<const revisit_note> before;  ///< of the visit before; null on the first
  admission robots;          ///< go or refuse; a refused lease holds no permit and has cost no delay
  std::shared_ptr<const void> keeper;  ///< when the last copy goes without commit or defer, the URL goes back to the queue
};

/// Whose a redirect's target is.
struct claim_result {
  bool granted = false;   ///< this lease's to record
  std::string taken_by;   ///< else the URL whose record has it, or will have it
};

/// What a host has taught us, kept with the job's state.
struct host_state {
  clock::duration delay{};           ///< between two requests, adaptive part included
  clock::time_point held_until{};    ///< Retry-After, back-off
};

/// How a lease ends: its record, and what the page led to, in one atomic step.
struct completion {
  std::string record;             ///< finished JSON without `seq`: starts with '{'; the store puts seq in
  std::string payload;            ///< raw head and body, where an output wants them
  bool output = true;             ///< false: kept out of the outputs
  bool counts_as_page = false;    ///< a final response: counts towards max_pages
  bool keeps_claims = false;      ///< the record holds what its redirects led to: their targets are known for good
  std::vector<candidate> links;
  std::vector<std::uint64_t> claims;      ///< fingerprints that are this record's too
  std::vector<std::string> joined_hosts;  ///< keys that a seed's redirect brought into the scope
  std::optional<host_state> host;
  revisit_note seen;                      ///< for the next visit
  std::vector<std::pair<std::string, std::uint64_t>> tallies;  ///< counters of the job that this record moves, and by how much
};

/// Books of one job. At any moment: discovered == recorded + queued + in_flight.
struct books {
  std::uint64_t discovered = 0, recorded = 0, queued = 0, in_flight = 0, duplicates = 0, pages = 0;
  friend bool operator==(const books&, const books&) = default;
  books& operator+=(const books& more) noexcept;
};

/// What a `next` waits for, or why there is none.
enum class idle : std::uint8_t {
  finished,   ///< nothing queued, waiting, in flight or on its way between shards, seeds exhausted
  stopped,    ///< cancelled
  limit,      ///< max_pages are committed; what is left stays queued
};

/// How a shard's hosts stand: due now, waiting for their time, held for robots.txt or for their rows; all that were ever met.
struct host_load {
  std::size_t ready = 0, waiting = 0, held = 0, hosts = 0;
  std::uint64_t queued = 0, in_flight = 0;
};

class host_gate;

/// A host that the job has met, for the length of a call.
struct host_now {
  const std::string& name;
  const host_gate& gate;
  std::uint64_t queued = 0, in_flight = 0;
};

/// One job's frontier as one shard sees it. All calls on the owner shard's thread.
class frontier {
 public:
  virtual ~frontier() = default;
  virtual std::uint32_t shard() const noexcept = 0;
  /// Adds what is new; returns how many were. Duplicates are counted. What belongs to another shard is handed over; the call returns
  /// when its owner has it, and that is the back-pressure.
  virtual asio::awaitable<std::size_t> add(std::span<candidate> found, std::optional<seed_cursor> cursor) = 0;
  /// A quick way out for what `add` would only count: true, and counted as a duplicate, if this shard knows at once that the URL is known.
  virtual bool is_known(std::uint64_t fingerprint) = 0;
  /// The next URL whose host may be asked now; waits for one. nullopt: the job is finished or stopped (see `why_idle`).
  virtual asio::awaitable<std::optional<lease>> next() = 0;
  virtual idle why_idle() const noexcept = 0;
  /// What `admit` made wait may be asked again.
  virtual void release_host(const std::string& name) = 0;
  /// Claims a redirect's target under a lease; ignores the lease's own chain. Kept while the chain waits for its next hop, given up when
  /// the lease fails, durable with its commit.
  virtual asio::awaitable<claim_result> claim(const lease& holder, const candidate& target) = 0;
  /// Puts the URL back, not to be asked before `not_before`; with a chain in `state`, into the queue of the hop's host.
  virtual asio::awaitable<void> defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) = 0;
  /// Ends the lease. The record's seq; nullopt where the token was stale (the commit changed nothing).
  virtual asio::awaitable<std::optional<std::uint64_t>> commit(const lease& held, completion done) = 0;
  /// This shard's part of the job's books; it balances by itself.
  virtual books counts() const noexcept = 0;
  virtual host_load load() const noexcept = 0;
  /// All hosts of this shard that were ever met: time with their number.
  virtual void each_host(const std::function<void(const host_now&)>& look) const = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void cancel() = 0;          ///< wakes every `next` with nullopt; queued URLs stay counted as queued
  virtual asio::awaitable<void> erase() = 0;
};

}  // namespace trawl::frontier
