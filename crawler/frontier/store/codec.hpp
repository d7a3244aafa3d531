// The rows of a job's state as bytes. Pure; numbers are varints, keys sort as their URLs are asked for.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/frontier/frontier.hpp"

namespace trawl::frontier::store {

class byte_writer;
class byte_reader;

/// Where a URL stands in its host's queue: the larger priority, the smaller depth, the one found earlier. It never changes, so it names
/// the URL's rows too.
struct position {
  std::int32_t priority = 0;
  std::uint32_t depth = 0;
  std::uint64_t order = 0;  ///< of discovery, unique in the job
  friend bool operator==(const position&, const position&) = default;
  friend bool operator<(const position& a, const position& b) noexcept {
    if (a.priority != b.priority) return a.priority > b.priority;
    return a.depth != b.depth ? a.depth < b.depth : a.order < b.order;
  }
};

void write(byte_writer& out, const position& at);
position read_position(byte_reader& in);

/// The key of a URL's row; those of a host are together and in the order of their positions.
std::string row_key(std::string_view host, const position& at);
/// What all keys of a host begin with.
std::string host_prefix(std::string_view host);
/// Host and position of a key; nullopt where it is none.
struct row_name {
  std::string host;
  position at;
};
std::optional<row_name> parse_row_key(std::string_view key);
/// The key, in `meta`, of the URL that holds a body.
std::string body_key(std::uint64_t digest);
/// A number as a key that sorts as the number does.
std::string number_key(std::uint64_t number);
std::uint64_t parse_number_key(std::string_view key) noexcept;

/// A time to come, for a process that starts later: by the wall clock, which may have been set meanwhile, so that a wait is never longer
/// than it was when it was written.
struct moment {
  std::int64_t at_ms = 0;    ///< of the wall clock; 0: none
  std::int64_t wait_ms = 0;  ///< that was ahead
  static moment of(clock::time_point when, clock::time_point now);
  clock::time_point seen_from(clock::time_point now) const;
};
void write(byte_writer& out, const moment& m);
moment read_moment(byte_reader& in);

/// A URL that waits, or is being fetched. `what.shard` is not kept: it depends on how many shards there are.
struct queued_row {
  candidate what;
  attempt_state state;            ///< its chain's shard is not kept either
  moment not_before;              ///< none: at once
};
void write(byte_writer& out, const candidate& what, const attempt_state& state, const moment& not_before);
std::string encode(const queued_row& row);
/// nullopt where the bytes are no row. `host` and `at` come from the key.
std::optional<queued_row> decode_queued(const row_name& name, std::string_view bytes);

/// A redirect's claim of its target, as long as the chain waits.
struct claim_row {
  std::uint64_t chain = 0;
  std::string holder, by;  ///< key of the row that has claimed it, and its URL
};
inline constexpr std::string_view claim_prefix = "claim/";
std::string claim_key(std::uint64_t fingerprint);
std::uint64_t parse_claim_key(std::string_view key) noexcept;  ///< also of a parked row's
std::string encode(const claim_row& row);
std::optional<claim_row> decode_claim(std::string_view bytes);

/// A link to a URL that a redirect has claimed: to be queued if the claim is given up.
struct parked_row {
  std::string row;  ///< key that its host, priority and depth are in
  queued_row what;
};
inline constexpr std::string_view parked_prefix = "parked/";
std::string parked_key(std::uint64_t fingerprint);
std::string encode(const parked_row& row);
std::optional<parked_row> decode_parked(std::string_view bytes);

/// A URL that has its record.
struct done_row {
  std::uint64_t seq = 0;
  bool is_page = false;  ///< it counts towards max_pages
  queued_row what;
  std::vector<std::uint64_t> claims;  ///< fingerprints of redirect targets that are this record's too
  revisit_note seen;                  ///< what the next visit compares with
};
/// `row`: its queued_row as bytes.
void write_done(byte_writer& out, std::uint64_t seq, bool is_page, std::string_view row, const std::vector<std::uint64_t>& claims, const revisit_note& seen);
std::optional<done_row> decode_done(const row_name& name, std::string_view bytes);

/// Whose a fingerprint is: the URL at a position of its own host's queue, or, as a redirect's target, the record of the row `holder`.
struct seen_row {
  position at;
  std::string holder;  ///< key; empty: its own
};
std::string encode(const seen_row& row);
std::optional<seen_row> decode_seen(std::string_view bytes);

/// Where a record's bytes lie in the result files.
struct spot {
  std::uint64_t file = 0;  ///< the number in its name
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
/// A record by its seq.
struct log_row {
  spot where;
  std::string row;  ///< key of its done row
};
std::string encode(const log_row& row);
std::optional<log_row> decode_log(std::string_view bytes);

/// One host: its numbers, and its politeness as of its last commit.
struct host_row {
  std::uint64_t queued = 0, discovered = 0, pages = 0;
  std::uint64_t by_links = 0;  ///< URLs that links have named, each once
  std::int64_t delay_ms = 0;
  moment held_until;  ///< Retry-After, back-off
};
void write(byte_writer& out, const host_row& row);
host_row read_host(byte_reader& in);
std::string encode(const host_row& row);
std::optional<host_row> decode_host(std::string_view bytes);

/// The job's numbers and where its counters stand.
struct job_row {
  std::uint64_t discovered = 0, recorded = 0, queued = 0, duplicates = 0, pages = 0;
  std::uint64_t order = 0, seq = 0, batch = 0;
  std::uint64_t synced = 0;  ///< records up to here had been synced
  seed_cursor seeds;
};
void write(byte_writer& out, const job_row& row);
job_row read_job(byte_reader& in);
std::string encode(const job_row& row);
std::optional<job_row> decode_job(std::string_view bytes);

}  // namespace trawl::frontier::store
