// The adaptive delay of one host: Scrapy's AutoThrottle rule, and a step back for trouble. Pure.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace trawl::policy {

/// What an answer says of its host's health.
enum class health : std::uint8_t {
  good,     ///< it answers
  error,    ///< 3xx and 4xx: quick answers that say nothing of its load
  trouble,  ///< 5xx, or no answer at all
};

/// The next delay after an answer that took `latency`: half-way towards it, at once where it grew. An error answer may be quick
/// because the server gave up, so it never makes the delay shorter; trouble doubles it, from a tenth of a second on. Within [floor, ceiling].
inline std::chrono::nanoseconds throttle(std::chrono::nanoseconds delay, std::chrono::nanoseconds latency, health how, std::chrono::nanoseconds floor,
                                         std::chrono::nanoseconds ceiling) noexcept {
  constexpr std::chrono::nanoseconds first_step = std::chrono::milliseconds(100);
  auto next = std::max(latency, (delay + latency) / 2);
  if (how == health::trouble) next = std::max({next, first_step, delay * 2});
  if (how == health::error && next <= delay) return delay;
  return std::clamp(next, floor, std::max(floor, ceiling));
}

}  // namespace trawl::policy
