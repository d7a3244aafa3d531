// Which fingerprints were seen of late: nine of ten links are among them, and need no store.
#pragma once
#include <cstdint>
#include <vector>

namespace trawl::frontier::store {

/// Exact and of a fixed size: what it says to know is known; what it has forgotten, the store knows. One thread.
class known_cache {
 public:
  /// `slots`: a power of two; 8 bytes each.
  explicit known_cache(std::size_t slots = std::size_t{1} << 18) : slots_(slots) {}
  bool contains(std::uint64_t fingerprint) const noexcept { return fingerprint != 0 && slots_[at(fingerprint)] == fingerprint; }
  void insert(std::uint64_t fingerprint) noexcept { slots_[at(fingerprint)] = fingerprint; }

 private:
  std::size_t at(std::uint64_t fingerprint) const noexcept { return static_cast<std::size_t>(fingerprint) & (slots_.size() - 1); }
  std::vector<std::uint64_t> slots_;
};

}  // namespace trawl::frontier::store
