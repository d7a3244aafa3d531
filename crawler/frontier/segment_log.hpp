// The result log of a service: append-only segment files in a directory, read from the files by as many consumers as like.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "crawler/frontier/result_log.hpp"
#include "crawler/frontier/wake_list.hpp"

namespace trawl::frontier {

/// Any thread. A file is named after its first seq and holds frames: length and checksum (u32 each, of flags and text), flags, text.
/// Opening cuts a torn tail off. Data is synced when a segment is full and on close.
class segment_log final : public result_log {
 public:
  /// Throws std::system_error where the directory can't be made or read.
  explicit segment_log(std::filesystem::path directory, std::uint64_t segment_bytes = 64u << 20);
  ~segment_log() override;
  segment_log(const segment_log&) = delete;
  segment_log& operator=(const segment_log&) = delete;

  /// 0: the log is closed. Throws std::system_error where the disk refuses; the log is then as before.
  boost::asio::awaitable<std::uint64_t> append(std::string record, bool output) override;
  boost::asio::awaitable<std::optional<log_entry>> read(std::uint64_t after) override;
  std::optional<log_entry> poll(std::uint64_t after) override;
  std::uint64_t synced_seq() const noexcept override;
  bool closed() const noexcept override;
  /// Removes the segments that end at or before seq; the last one stays.
  void trim(std::uint64_t seq) override;
  void close() override;

 private:
  struct segment {
    std::filesystem::path path;
    int fd = -1;
    std::uint32_t size = 0;
    std::vector<std::uint32_t> offsets;  ///< of the frames, first seq on
  };
  void load(const std::filesystem::path& path, std::uint64_t first);
  segment& writable();
  std::optional<log_entry> find(std::uint64_t after);

  mutable std::mutex mutex_;
  std::filesystem::path directory_;
  std::uint64_t segment_bytes_;
  std::map<std::uint64_t, segment> segments_;  ///< by first seq
  std::uint64_t last_ = 0;
  bool closed_ = false;
  wake_list readers_;
};

}  // namespace trawl::frontier
