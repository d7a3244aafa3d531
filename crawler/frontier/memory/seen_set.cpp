#include "crawler/frontier/memory/seen_set.hpp"

namespace trawl::frontier {
namespace {
constexpr std::uint64_t non_zero(std::uint64_t f) noexcept { return f == 0 ? 1 : f; }  // 0 marks an empty slot
}  // namespace

std::size_t seen_set::slot_of(std::uint64_t fingerprint) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (fingerprint * 0x9E3779B97F4A7C15ull >> 20) & mask;
  while (slots_[at] != 0 && slots_[at] != fingerprint) at = (at + 1) & mask;
  return at;
}

bool seen_set::contains(std::uint64_t fingerprint) const noexcept { return slots_[slot_of(non_zero(fingerprint))] != 0; }

bool seen_set::insert(std::uint64_t fingerprint) {
  if ((size_ + 1) * 8 > slots_.size() * 7) grow();
  const std::size_t at = slot_of(non_zero(fingerprint));
  if (slots_[at] != 0) return false;
  slots_[at] = non_zero(fingerprint);
  ++size_;
  return true;
}

void seen_set::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const std::uint64_t f : old)
    if (f != 0) slots_[slot_of(f)] = f;
}

}  // namespace trawl::frontier
