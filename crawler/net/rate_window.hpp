// How fast bytes come, over a window that slides. Pure.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace trawl::net {

/// Counts bytes in sixths of a window, so that a slow stretch is seen at most a sixth late.
class rate_window {
 public:
  using duration = std::chrono::steady_clock::duration;

  /// `least` is in bytes a second.
  rate_window(std::uint64_t least, duration window) : step_(window / parts), needed_(needed(least, window)) {}

  void add(std::uint64_t bytes) noexcept { counts_[now_] += bytes; }
  /// How long until `step` is to be called again.
  duration step_length() const noexcept { return step_; }
  /// A sixth has passed; true where the whole window behind it has seen too little. Never before a window is full.
  bool step() noexcept {
    if (full_ < parts) ++full_;
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    now_ = (now_ + 1) % parts;
    counts_[now_] = 0;
    return full_ == parts && sum < needed_;
  }

 private:
  static constexpr std::size_t parts = 6;
  static std::uint64_t needed(std::uint64_t least, duration window) noexcept {
    const double bytes = static_cast<double>(least) * std::chrono::duration<double>(window).count();
    constexpr double most = 9e18;
    return static_cast<std::uint64_t>(bytes < most ? bytes : most);
  }

  duration step_;
  std::uint64_t needed_;
  std::array<std::uint64_t, parts> counts_{};
  std::size_t now_ = 0, full_ = 0;
};

}  // namespace trawl::net
