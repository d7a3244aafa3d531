// What the last batches have changed of small rows, one row a batch, until enough of it is folded into the tables at once: seen URLs in
// sorted order, hosts, counters. A row of the journal is put behind the one before, which costs little; a fingerprint's would not.
#pragma once
#include "crawler/frontier/store/database.hpp"
#include "crawler/frontier/store/journal/seen_map.hpp"
#include "crawler/frontier/store/journal/small_rows.hpp"

namespace trawl::frontier::store {

/// One thread, but for `write_frozen`. Memory: what the map of its fingerprints takes, twice while some of it is folded.
class journal {
 public:
  /// Full at so many bytes of rows; who only reads may name any number.
  explicit journal(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Reads all rows: `to` is told of hosts, tallies and numbers, in their order, and the fingerprints are known here. Throws storage_error
  /// where a row is damaged.
  void replay(const database& from, small_row_reader to);

  void put(std::uint64_t print, const seen_row& whose);
  void forget(std::uint64_t print);
  seen_map::fate find(std::uint64_t print) const noexcept;
  /// Of a fingerprint that is known here.
  seen_row whose(std::uint64_t print) const;
  /// Of the batch that is made now.
  small_rows& row() noexcept { return row_; }
  /// The batch's row among its changes, with the job's numbers.
  void end_batch(const job_row& job, changes& into);

  bool is_full() const noexcept { return bytes_ >= most_bytes_; }
  /// What there is up to this batch is to be folded; before that nothing else is frozen.
  void freeze(std::uint64_t batch);
  bool has_frozen() const noexcept { return !frozen_.is_empty(); }
  /// The frozen fingerprints as a file that the table of them can take in. On any thread. Throws storage_error.
  void write_frozen(const database& to, const std::filesystem::path& file) const;
  /// They are in the table: their rows are erased.
  void folded(changes& into);

 private:
  std::size_t most_bytes_, bytes_ = 0;
  seen_map fresh_, frozen_;
  std::uint64_t frozen_batch_ = 0;
  small_rows row_;
};

}  // namespace trawl::frontier::store
