#include "crawler/async/growing_lease.hpp"

#include <algorithm>
#include <limits>

namespace trawl::async {

using std::chrono::steady_clock;

namespace {
constexpr std::uint64_t largest_step = 1U << 20;  // what is taken and not yet used by one
}  // namespace

std::size_t growing_lease::size() const noexcept { return account_ == nullptr ? std::numeric_limits<std::size_t>::max() : lease_->bytes(); }

/// As much again as there is, but one byte beyond the largest at most: that one is needed to see that there is more.
std::uint64_t growing_lease::next_step() const noexcept {
  const std::uint64_t has = lease_->bytes(), most = largest_ + 1;
  const std::uint64_t step = std::clamp(has, smallest_lease, largest_step);
  return has < most ? std::min(step, most - has) : step;
}

bool growing_lease::try_grow() noexcept { return account_ == nullptr || account_->try_take(*lease_, next_step()); }

asio::awaitable<result<void>> growing_lease::grow() {
  if (try_grow()) co_return result<void>{};
  const auto begin = steady_clock::now();
  auto got = co_await account_->take(*lease_, next_step(), begin + (patience_ - waited_));
  waited_ += steady_clock::now() - begin;
  co_return got;
}

}  // namespace trawl::async
