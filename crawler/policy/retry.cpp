#include "crawler/policy/retry.hpp"

#include <algorithm>

#include "crawler/policy/cookie_jar.hpp"

namespace trawl::policy {

retry_class classify(int status) noexcept {
  switch (status) {
    case 429: case 503: return retry_class::hold;
    case 408: case 425: case 500: case 502: case 504: case 522: case 524: return retry_class::retry;
    default: return retry_class::final;
  }
}

retry_class classify(const error& failure) noexcept { return is_retryable(failure.code) ? retry_class::retry : retry_class::final; }

std::optional<std::chrono::seconds> retry_after(std::string_view value, std::chrono::system_clock::time_point now, std::chrono::seconds ceiling) {
  using std::chrono::seconds;
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  if (std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t n = 0;
    for (const char c : value) n = std::min<std::int64_t>(n * 10 + (c - '0'), std::int64_t{1} << 40);
    return std::min(seconds(n), ceiling);
  }
  if (value.front() < 'A') return std::nullopt;  // all three forms begin with a weekday
  wall_clock::time_point when;  // the reader of cookie dates reads them all, and does not depend on the locale
  if (!parse_cookie_date(value, when)) return std::nullopt;
  if (when <= now) return seconds(0);
  return std::min(std::chrono::ceil<seconds>(when - now), ceiling);
}

}  // namespace trawl::policy
