#include "crawler/frontier/ledger.hpp"

#include <algorithm>

#include "crawler/frontier/scheduled_frontier.hpp"

namespace trawl::frontier {
namespace {

constexpr std::uint64_t everyone = ~std::uint64_t{0};
constexpr std::uint64_t bit(std::uint32_t shard) noexcept { return std::uint64_t{1} << std::min<std::uint32_t>(shard, 63); }

/// One more, unless it is at its limit.
bool take(std::atomic<std::uint64_t>& counter, std::uint64_t limit) noexcept {
  std::uint64_t now = counter.load(std::memory_order_acquire);
  while (now < limit)
    if (counter.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) return true;
  return false;
}

}  // namespace

std::uint32_t ledger::enter(scheduled_frontier& part, boost::asio::any_io_executor executor) {
  parts_.push_back({&part, std::move(executor)});
  return shards() - 1;
}

void ledger::wake(std::uint64_t who) noexcept {
  for (std::uint32_t at = 0; at < shards(); ++at)
    if ((who & bit(at)) != 0) post(at, [to = parts_[at].frontier] { to->wake(); });
}

void ledger::close(std::uint64_t fewer) noexcept {
  if (fewer > 0 && open_.fetch_sub(fewer, std::memory_order_acq_rel) == fewer) wake(everyone);
}

bool ledger::try_open() noexcept {
  std::uint64_t now = open_.load(std::memory_order_acquire);
  while (now > 0)
    if (open_.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) return true;
  return false;
}

void ledger::set_aside(std::uint64_t count) noexcept {
  aside_.fetch_add(count, std::memory_order_relaxed);  // first: whoever sees the job finished sees why
  close(count);
}

bool ledger::take_back(std::uint64_t count) noexcept {
  std::uint64_t now = open_.load(std::memory_order_acquire);
  do {
    if (now == 0) return false;
  } while (!open_.compare_exchange_weak(now, now + count, std::memory_order_acq_rel));
  aside_.fetch_sub(count, std::memory_order_relaxed);
  return true;
}

bool ledger::take_permit(std::uint32_t shard) noexcept {
  if (take(in_flight_, max_in_flight_)) return true;
  starving_.fetch_or(bit(shard), std::memory_order_acq_rel);
  return take(in_flight_, max_in_flight_);  // once more: one that was given back just before told nobody
}

void ledger::free_permit() noexcept {
  in_flight_.fetch_sub(1, std::memory_order_acq_rel);
  if (starving_.load(std::memory_order_acquire) != 0) wake(starving_.exchange(0, std::memory_order_acq_rel));
}

/// What a wish kept free is free for leases again.
void ledger::end_wish() noexcept {
  wished_.fetch_sub(1, std::memory_order_acq_rel);
  if (starving_.load(std::memory_order_acquire) != 0) wake(starving_.exchange(0, std::memory_order_acq_rel));
}

std::uint64_t ledger::most_leased() const noexcept {
  const std::uint64_t half = (std::uint64_t{max_in_flight_} + 1) / 2;
  return max_in_flight_ - std::min(wished_.load(std::memory_order_acquire), half);
}

bool ledger::take_slot(std::uint32_t shard) noexcept {
  for (int round = 0; round < 2; ++round) {
    if (max_pages_ == 0 || take(reserved_, max_pages_)) {
      if (take(in_flight_, most_leased())) return true;
      if (max_pages_ != 0) reserved_.fetch_sub(1, std::memory_order_acq_rel);
    }
    // Whatever is full is held by leases, and the end of one looks here. Then once more: one that ended just before told nobody.
    starving_.fetch_or(bit(shard), std::memory_order_acq_rel);
  }
  return false;
}

void ledger::free_slot(bool was_page) noexcept {
  if (max_pages_ != 0 && !was_page) reserved_.fetch_sub(1, std::memory_order_acq_rel);
  if (was_page && pages_.fetch_add(1, std::memory_order_acq_rel) + 1 == max_pages_) wake(everyone);
  free_permit();
}

void ledger::cancel() noexcept {
  cancelled_.store(true, std::memory_order_release);
  wake(everyone);
}

void ledger::pause(bool on) noexcept {
  paused_.store(on, std::memory_order_release);
  if (!on) wake(everyone);
}

}  // namespace trawl::frontier
