#include "crawler/async/address_slots.hpp"

#include <algorithm>

namespace trawl::async {
namespace {

constexpr std::size_t longest_line = 1024;  // who comes later has the last one's turn, but no place
constexpr auto shortest_wait = std::chrono::milliseconds(1);
constexpr auto longest_wait = std::chrono::seconds(10);
constexpr auto patience = std::chrono::milliseconds(200);  // a place is kept for so long behind its turn

}  // namespace

address_slots::permit& address_slots::permit::operator=(permit&& other) noexcept {
  give_back();
  of_ = std::exchange(other.of_, nullptr);
  address_ = std::move(other.address_);
  since_ = other.since_;
  return *this;
}

void address_slots::permit::give_back() noexcept {
  if (address_slots* of = std::exchange(of_, nullptr)) of->end(address_, std::chrono::steady_clock::now() - since_);
}

std::expected<address_slots::permit, address_slots::time_point> address_slots::take(const std::string& address, std::string_view who, std::uint32_t limit, time_point now) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() >= sweep_at_) sweep(now);
  line& l = lines_[address];
  std::erase_if(l.places, [&](const place& p) { return p.due + patience < now; });
  l.limit = l.limit == 0 || (l.in_flight == 0 && l.places.empty()) ? limit : std::min(l.limit, limit);
  const auto mine = std::ranges::find(l.places, who, &place::who);
  const auto before = static_cast<std::size_t>(mine - l.places.begin());
  const std::size_t room = l.limit > l.in_flight ? l.limit - l.in_flight : 0;
  if (before < room) {
    if (mine != l.places.end()) l.places.erase(mine);
    ++l.in_flight;
    return permit(*this, address, now);
  }
  // Half of what it will probably take: a turn that comes too early costs little, a free slot that waits for its turn costs more.
  const auto ahead = static_cast<duration::rep>(before - room + 1);
  const time_point due = now + std::clamp<duration>(l.mean * ahead / l.limit / 2, shortest_wait, longest_wait);
  if (mine != l.places.end()) {
    mine->due = due;
  } else if (l.places.size() < longest_line) {
    l.places.push_back({std::string(who), due});
  }
  return std::unexpected(due);
}

std::size_t address_slots::size() const {
  const std::lock_guard lock(mutex_);
  return lines_.size();
}

void address_slots::end(const std::string& address, duration took) noexcept {
  constexpr int weight = 8;  // of what was known, beside each new time
  const std::lock_guard lock(mutex_);
  const auto at = lines_.find(address);
  line& l = at->second;
  l.mean += (took - l.mean) / weight;
  if (--l.in_flight == 0 && l.places.empty()) lines_.erase(at);
}

/// Those to which nothing is in flight any more, and whose line has not come again.
void address_slots::sweep(time_point now) {
  std::erase_if(lines_, [&](const auto& known) {
    const line& l = known.second;
    return l.in_flight == 0 && std::ranges::all_of(l.places, [&](const place& p) { return p.due + patience < now; });
  });
  sweep_at_ = std::max<std::size_t>(1024, lines_.size() * 2);
}

}  // namespace trawl::async
