// The result log of one job: finished JSON lines in `seq` order, from 1 without gaps: in the job's state, or a bounded channel
// in memory (a crawl without one). Consumers keep their own cursor and see only what is synced.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace trawl::frontier {

/// One entry; `line` is a whole JSON object without a line end.
struct log_entry {
  std::uint64_t seq = 0;
  std::string line;
  bool output = true;
};

class result_log {
 public:
  virtual ~result_log() = default;
  /// The first entry with seq > after; waits for one. nullopt: the log is closed and nothing is left.
  virtual boost::asio::awaitable<std::optional<log_entry>> read(std::uint64_t after) = 0;
  /// As `read` but never waits: nullopt when there is none now.
  virtual std::optional<log_entry> poll(std::uint64_t after) = 0;
  virtual std::uint64_t synced_seq() const noexcept = 0;
  virtual bool closed() const noexcept = 0;
  /// Entries up to seq are not needed any more.
  virtual void trim(std::uint64_t seq) = 0;
  /// No more appends; readers end when they have read all.
  virtual void close() = 0;
};

/// A log that gives the numbers itself.
class appendable_log : public virtual result_log {
 public:
  /// Takes the record, gives it the next seq (written as the member "seq" behind "job"). Waits while readers are too far behind (memory).
  virtual boost::asio::awaitable<std::uint64_t> append(std::string record, bool output) = 0;
};

}  // namespace trawl::frontier
