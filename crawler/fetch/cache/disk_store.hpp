// Responses on disk: a file each, named by a hash of its key, below a directory that several threads and processes may use at once.
//
// DIR/v1/ab/cdef…   an entry; the name is the SHA-256 of its key. What is there is whole: it was written beside and renamed.
// DIR/v1/new/…      entries that are being written; who writes one holds a lock on it, so what a dead process left is known and removed
// DIR/v1/books      what all entries take, and whose turn it is to lose some; the lock on it is the lock on all changes
//
// Nothing is synced: a process that dies loses nothing that it had stored, and what a power cut tears fails its digest, is a miss and is
// removed. A cache may forget, so that is all it needs. Reading takes no lock.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "crawler/fetch/cache/entry.hpp"

namespace trawl::fetch {

/// Any thread, but each call blocks for as long as the disk does: not on a shard's loop.
class disk_store {
 public:
  /// All entries together, and each file's last block, take at most `max_size` bytes; one that would take more than a quarter of it
  /// is not kept. Makes the directory, for its owner alone. Throws std::runtime_error where that can't be.
  disk_store(const std::filesystem::path& dir, std::uint64_t max_size);

  /// The entry of a key, which counts as used now. What is damaged or foreign under its name is removed, and a miss.
  std::optional<cache_entry> find(const std::string& key);
  /// About what `find` would take of memory for it; 0 where there is none.
  std::uint64_t size_of(const std::string& key) const;
  /// Stores an entry in the place of an older one of its key; others that were not used for long may go. false where it can't be kept.
  bool put(const cache_entry& entry);
  void erase(const std::string& key);

 private:
  std::filesystem::path place_of(const std::string& key) const;

  std::filesystem::path root_;
  std::uint64_t max_size_;
};

}  // namespace trawl::fetch
