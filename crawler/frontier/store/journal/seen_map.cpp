#include "crawler/frontier/store/journal/seen_map.hpp"

#include <algorithm>

namespace trawl::frontier::store {

namespace {

constexpr std::size_t least_slots = 1024;
constexpr std::uint32_t deepest = (std::uint32_t{1} << 30) - 1;

}  // namespace

const seen_map::slot* seen_map::at(std::uint64_t print) const noexcept {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(print) & mask;; i = (i + 1) & mask) {
    const slot& s = slots_[i];
    if (s.is == free_slot) return nullptr;
    if (s.print == print) return &s;
  }
}

seen_map::slot& seen_map::place(std::uint64_t print) {
  if (4 * (used_ + 1) > 3 * slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(print) & mask;; i = (i + 1) & mask) {
    slot& s = slots_[i];
    if (s.is != free_slot && s.print != print) continue;
    used_ += s.is == free_slot ? 1 : 0;
    s.print = print;
    return s;
  }
}

void seen_map::grow() {
  std::vector<slot> old = std::exchange(slots_, std::vector<slot>(std::max(least_slots, 2 * slots_.size())));
  used_ = 0;
  for (const slot& s : old)
    if (s.is != free_slot) place(s.print) = s;
}

void seen_map::put(std::uint64_t print, const seen_row& whose) {
  slot& s = place(print);
  s.is = whose.holder.empty() ? own : held;
  s.order = whose.holder.empty() ? whose.at.order : holders_.size();
  s.priority = whose.at.priority;
  s.depth = std::min(whose.at.depth, deepest);
  if (!whose.holder.empty()) holders_.push_back(whose.holder);
}

void seen_map::forget(std::uint64_t print) { place(print).is = gone; }

seen_map::fate seen_map::find(std::uint64_t print) const noexcept {
  const slot* const s = at(print);
  if (s == nullptr) return fate::unheard;
  return s->is == gone ? fate::forgotten : fate::known;
}

seen_row seen_map::whose(std::uint64_t print) const {
  const slot* const s = at(print);
  if (s == nullptr || s->is == gone) return {};
  if (s->is == held) return {.at = {}, .holder = holders_[static_cast<std::size_t>(s->order)]};
  return {.at = {s->priority, s->depth, s->order}, .holder = {}};
}

void seen_map::clear() {
  slots_ = {};
  holders_ = {};
  used_ = 0;
}

std::vector<std::uint64_t> seen_map::sorted() const {
  std::vector<std::uint64_t> out;
  out.reserve(used_);
  for (const slot& s : slots_)
    if (s.is != free_slot) out.push_back(s.print);
  std::ranges::sort(out);
  return out;
}

}  // namespace trawl::frontier::store
