// The tables of a job's state: RocksDB, and nothing of it shows.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/frontier/store/storage_error.hpp"

namespace trawl::frontier::store {

enum class table : std::uint8_t {
  meta,   ///< the job's row, its identity, its consumers
  seen,   ///< fingerprint -> seen_row
  queue,  ///< row key -> queued_row; what is being fetched stays here until its commit
  done,   ///< row key -> done_row
  hosts,  ///< host -> host_row
  log,    ///< seq -> log_row
  journal,  ///< batch -> what it has changed of seen, hosts and the job's row; those tables are older. Last: the first format has none
};
inline constexpr std::size_t tables = 7;

class database;

/// Changes to one database that take effect together or not at all.
class changes {
 public:
  explicit changes(const database& of);
  ~changes();
  changes(const changes&) = delete;
  changes& operator=(const changes&) = delete;
  void put(table in, std::string_view key, std::string_view value);
  void erase(table in, std::string_view key);
  void erase_range(table in, std::string_view from, std::string_view until);
  void clear();
  bool is_empty() const noexcept;

 private:
  friend class database;
  struct inside;
  const database& of_;
  std::unique_ptr<inside> inside_;
};

/// Reads on any thread, writes on one. All calls throw storage_error; `reopen` while nobody else calls.
class database {
 public:
  enum class access : std::uint8_t { create, write, read };  ///< read: as it is at this moment, beside a process that writes
  database(std::filesystem::path directory, access how);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  std::optional<std::string> get(table in, std::string_view key) const;
  /// In the order of the keys, which are best sorted.
  std::vector<std::optional<std::string>> get_all(table in, std::span<const std::string> keys) const;
  /// Calls `row` for each key >= `from` with this prefix, in order, until it returns false.
  void each(table in, std::string_view prefix, std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& row) const;
  /// The last key of a table and its value.
  std::optional<std::pair<std::string, std::string>> last(table in) const;
  /// Survives the end of the process when it returns, a power cut after the next `sync`.
  void write(const changes& what);
  /// False: the last write has failed for want of space, and nothing was tried; see `reopen`. A sync that fails is for good.
  bool sync();
  /// After a write that failed for want of space: what is on disk counts, and the failed write may or may not be.
  void reopen();
  /// About how many rows and bytes on disk.
  struct size {
    std::uint64_t rows = 0, bytes = 0;
  };
  size measure(table in) const;
  /// False of a table that an older format has not.
  bool has(table in) const noexcept;
  /// A file of rows for a table, which `next` names in the order of their keys, no key twice, until it returns false; no value: it is erased
  /// there. At least one. Synced when it returns. Any thread.
  void write_file(table as, const std::filesystem::path& file, const std::function<bool(std::string& key, std::optional<std::string>& value)>& next) const;
  /// Moves the file into the table. What it says is newer than the table's rows, and survives a power cut when this returns, even where
  /// earlier writes to other tables don't. Any thread; nobody else writes to this table.
  void take_file(table into, const std::filesystem::path& file);

 private:
  friend class changes;
  struct inside;
  void open();
  void open_beside();
  std::filesystem::path directory_;
  access how_;
  std::unique_ptr<inside> inside_;
  enum class ending : std::uint8_t { good, no_space, failed };
  std::atomic<ending> last_write_{ending::good};  ///< RocksDB ends the process where a log is synced that could not be written
};

}  // namespace trawl::frontier::store
