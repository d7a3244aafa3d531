#include "crawler/policy/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace trawl::policy {

std::chrono::nanoseconds backoff(const config::backoff& settings, std::uint32_t retry, double random) noexcept {
  const double initial = std::chrono::duration<double, std::nano>(settings.initial).count();
  const double longest = std::chrono::duration<double, std::nano>(settings.max).count();
  const double full = std::min(std::ldexp(initial, static_cast<int>(std::min<std::uint32_t>(retry, 62))), longest);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(full * (1.0 - settings.jitter * random)));
}

double jitter(std::chrono::steady_clock::time_point now) noexcept { return static_cast<double>(now.time_since_epoch().count() % 1009) / 1009.0; }

}  // namespace trawl::policy
