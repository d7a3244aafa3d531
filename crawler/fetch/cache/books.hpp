// What the entries of a store take, and the order in which they go: the part of disk_store that holds the lock.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace trawl::fetch {

/// A file descriptor that is closed at the end. Invalid where opening failed.
class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor();
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// What a file of this size takes on disk: whole blocks.
std::uint64_t on_disk(std::uint64_t size) noexcept;

/// The lock on the store's changes, and its numbers while it is held. The number of bytes is never below what is there: it is raised
/// before a file is made and lowered after one is gone, so a process that dies in between leaves it too high until it is counted anew.
class locked_books {
 public:
  /// Waits for the lock, but not for ever. Invalid where it does not come or the file can't be opened. Counts anew where nobody has for an hour, or ever.
  explicit locked_books(const std::filesystem::path& root);
  locked_books(const locked_books&) = delete;
  locked_books& operator=(const locked_books&) = delete;
  ~locked_books();
  explicit operator bool() const noexcept { return static_cast<bool>(file_); }

  /// Adds `size` bytes, removing entries until there is room for them below `limit`. false where there is none.
  bool reserve(std::uint64_t size, std::uint64_t limit);
  /// Bytes that are no longer there.
  void give_back(std::uint64_t size) noexcept;
  /// Removes a file and what it took.
  void remove(const std::filesystem::path& file) noexcept;

 private:
  struct numbers {
    std::uint64_t mark = 0, bytes = 0, next_folder = 0, counted_at = 0;
  };
  std::uint64_t thin_out(unsigned folder);
  void recount();
  void write() noexcept;

  std::filesystem::path root_;
  descriptor file_;
  numbers now_;
};

/// The folders that entries lie in: "00" to "ff". Names are hashes, so each holds a fair sample of all.
inline constexpr unsigned folder_count = 256;
std::string folder_name(unsigned folder);

}  // namespace trawl::fetch
