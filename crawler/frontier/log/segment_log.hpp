// The result log of a service: append-only segment files in a directory, read from the files by as many consumers as like.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "crawler/frontier/read_side.hpp"

namespace trawl::frontier {

/// Any thread. A file is named after its first seq and holds frames: length and checksum (u32 each, of flags and text), flags, text.
/// Data is synced when a segment is full and on close. Files are for their owner alone (mode 0600).
class segment_log final : public read_side, public appendable_log {
 public:
  /// To append to and read from; cuts a torn tail off. Throws std::system_error where the directory can't be made or read.
  explicit segment_log(std::filesystem::path directory, std::uint64_t segment_bytes = 64u << 20);

  /// What a log that was opened to be read lacks.
  struct damage {
    std::filesystem::path file;
    std::uint64_t at = 0, bytes = 0;  ///< from where on, and how much of the file can't be read
  };
  /// A log that is over: closed, and its files are never changed. What is damaged is left out, and told. Throws std::system_error.
  static std::unique_ptr<segment_log> open_to_read(std::filesystem::path directory);
  const std::vector<damage>& damages() const noexcept { return damages_; }
  /// Entries that can be read; below `synced_seq` where some are missing between them.
  std::uint64_t readable() const noexcept;

  ~segment_log() override;
  segment_log(const segment_log&) = delete;
  segment_log& operator=(const segment_log&) = delete;

  /// 0: the log is closed. Throws std::system_error where the disk refuses; the log is then as before.
  boost::asio::awaitable<std::uint64_t> append(std::string record, bool output) override;
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
  struct for_reading {};
  segment_log(std::filesystem::path directory, for_reading);
  /// Opens a file with these flags and indexes its whole frames; the bytes behind them.
  std::uint64_t load(const std::filesystem::path& path, std::uint64_t first, int flags);
  segment& writable();
  std::optional<log_entry> find(std::uint64_t after) override;

  std::filesystem::path directory_;
  std::uint64_t segment_bytes_;
  std::map<std::uint64_t, segment> segments_;  ///< by first seq
  std::vector<damage> damages_;
};

}  // namespace trawl::frontier
