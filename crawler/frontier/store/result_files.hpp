// The records' bytes: append-only files of frames. Which of them count is for the database to say, so they are written before it.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/frontier/store/codec.hpp"
#include "crawler/frontier/store/storage_error.hpp"

namespace trawl::frontier::store {

/// `read` on any thread, all else on one. Calls throw storage_error. Files are for their owner alone (mode 0600).
class result_files {
 public:
  static constexpr std::uint64_t usual_size = std::uint64_t{128} << 20;
  explicit result_files(std::filesystem::path directory, std::uint64_t file_bytes = usual_size);
  ~result_files();
  result_files(const result_files&) = delete;
  result_files& operator=(const result_files&) = delete;

  /// Where the payload will be once `flush` has returned.
  spot append(std::string_view payload);
  /// Hands all that was appended to the system. Where it fails nothing is lost: it may be called again.
  void flush();
  /// What was flushed since the last call, to be synced: on any thread.
  class unsynced;
  unsynced take_unsynced();
  /// Nothing behind this spot counts, nor anything at all without one; before the first append.
  void cut(const std::optional<spot>& last);
  /// nullopt where no whole frame is.
  std::optional<std::string> read(const spot& where) const;
  std::uint64_t bytes() const;  ///< of all files
  /// The files up to this spot, synced, into a directory that is made; beside whoever appends to them.
  void copy_to(const std::filesystem::path& directory, const std::optional<spot>& last) const;

 private:
  struct file;
  using file_ptr = std::shared_ptr<file>;
  struct piece {
    file_ptr to;
    std::uint64_t offset = 0;
    std::string bytes;
  };
  void remove(std::uint64_t number);
  file_ptr make(std::uint64_t number);
  file_ptr opened(std::uint64_t number) const;
  std::filesystem::path path_of(std::uint64_t number) const;

  std::filesystem::path directory_;
  std::uint64_t file_bytes_;
  std::uint64_t current_ = 0, end_ = 0;  ///< the file that is appended to, and where
  std::vector<piece> pending_;           ///< appended, not flushed
  std::vector<file_ptr> unsynced_;
  bool made_file_ = false;               ///< since the last sync: the directory has to be synced too
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, file_ptr> open_;  ///< under mutex_; some of the files
};

/// Holds the files.
class result_files::unsynced {
 public:
  /// They survive a power cut when it returns. Throws storage_error.
  void sync() const;

 private:
  friend class result_files;
  std::vector<file_ptr> files_;
  std::filesystem::path new_in_;  ///< the directory has to be synced too; empty: not
};

}  // namespace trawl::frontier::store
