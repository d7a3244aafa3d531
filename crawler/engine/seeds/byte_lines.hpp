// Lines of a descriptor that may be slow, such as a pipe: read as they come, and left when someone says so.
#pragma once
#include <cstddef>
#include <expected>
#include <optional>
#include <string>

namespace trawl::engine {

/// Owns what it opened; "-" is standard input, which stays open. One thread. Reading blocks; it ends early, as at the end of the file, when
/// the descriptor `stop` becomes readable (-1: nothing stops it).
class byte_lines {
 public:
  /// errors  why it can't be opened
  static std::expected<byte_lines, std::string> open(const std::string& path, int stop);
  byte_lines(byte_lines&& other) noexcept;
  byte_lines& operator=(byte_lines&&) = delete;
  ~byte_lines();

  /// The next line without its '\n'; a UTF-8 byte order mark in front of the first one is dropped. A line that is longer than `longest`
  /// comes as its first `longest` bytes, and `was_cut` says so.
  std::optional<std::string> next();
  bool was_cut() const noexcept { return was_cut_; }
  std::size_t number() const noexcept { return number_; }  ///< of the line that `next` gave, from 1
  /// Why reading ended before the end; empty when it did not.
  const std::string& problem() const noexcept { return problem_; }

  static constexpr std::size_t longest = 8U << 20;

 private:
  byte_lines(int fd, int stop) : fd_(fd), stop_(stop) {}
  bool fill();

  int fd_, stop_;
  std::string buffer_, problem_;
  std::size_t at_ = 0, number_ = 0;
  bool was_cut_ = false;
};

}  // namespace trawl::engine
