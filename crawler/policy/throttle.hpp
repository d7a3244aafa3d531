// The adaptive delay of one host: Scrapy's AutoThrottle rule. Pure.
#pragma once
#include <algorithm>
#include <chrono>

namespace trawl::policy {

/// The next delay after an answer that took `latency`: half-way towards it, at once where it grew. An error answer may be quick
/// because the server gave up, so it never makes the delay shorter. Within [floor, ceiling].
inline std::chrono::nanoseconds throttle(std::chrono::nanoseconds delay, std::chrono::nanoseconds latency, bool ok, std::chrono::nanoseconds floor,
                                         std::chrono::nanoseconds ceiling) noexcept {
  const auto next = std::max(latency, (delay + latency) / 2);
  if (!ok && next <= delay) return delay;
  return std::clamp(next, floor, std::max(floor, ceiling));
}

}  // namespace trawl::policy
