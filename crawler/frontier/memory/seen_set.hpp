// The set of known URLs: 64-bit fingerprints in an open table, 8 bytes a slot.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace trawl::frontier {

/// Linear probing, grown at 7/8. No removal. Fingerprints are taken to be well mixed.
class seen_set {
 public:
  /// True if it was new.
  bool insert(std::uint64_t fingerprint);
  bool contains(std::uint64_t fingerprint) const noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t slot_of(std::uint64_t fingerprint) const noexcept;
  void grow();
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
  std::size_t size_ = 0;
};

}  // namespace trawl::frontier
