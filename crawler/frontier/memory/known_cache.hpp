// Which fingerprints were seen of late: nine of ten links are among them, and need no store.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace trawl::frontier {

/// Exact and of a fixed size: what it says to know is known; what it has forgotten, the store knows. A fingerprint has eight slots, a line
/// of the processor's cache; the one that was not asked for longest is given up. One thread.
class known_cache {
 public:
  /// `lines`: a power of two; 64 bytes each.
  explicit known_cache(std::size_t lines = std::size_t{1} << 16) : lines_(lines) {}
  bool contains(std::uint64_t fingerprint) noexcept {
    line& in = of(fingerprint);
    const auto at = std::ranges::find(in.slots, fingerprint);
    if (at == in.slots.end() || fingerprint == 0) return false;
    to_front(in, at);
    return true;
  }
  void insert(std::uint64_t fingerprint) noexcept {
    line& in = of(fingerprint);
    auto at = std::ranges::find(in.slots, fingerprint);
    if (at == in.slots.end()) *--at = fingerprint;
    to_front(in, at);
  }

 private:
  struct alignas(64) line {
    std::array<std::uint64_t, 8> slots{};  ///< the latest first
  };
  line& of(std::uint64_t fingerprint) noexcept { return lines_[static_cast<std::size_t>(fingerprint) & (lines_.size() - 1)]; }
  static void to_front(line& in, std::array<std::uint64_t, 8>::iterator at) noexcept { std::rotate(in.slots.begin(), at, at + 1); }
  std::vector<line> lines_;
};

}  // namespace trawl::frontier
