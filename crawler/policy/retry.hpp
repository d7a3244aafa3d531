// What an answer means for the next try. Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "crawler/model/error.hpp"

namespace trawl::policy {

enum class retry_class : std::uint8_t {
  final,  ///< this is the record
  retry,  ///< worth another try of this URL (fetch.retries)
  hold,   ///< the host wants to be left alone for a while (429, 503)
};

/// By status: 429 and 503 hold; 408 425 500 502 504 522 524 retry; all else is final.
retry_class classify(int status) noexcept;
/// By failure: what may pass is tried again.
retry_class classify(const error& failure) noexcept;

/// Retry-After (RFC 9110, 10.2.3): seconds, or an HTTP date in any of its three forms. Never negative, at most `ceiling`.
/// nullopt where it is neither.
std::optional<std::chrono::seconds> retry_after(std::string_view value, std::chrono::system_clock::time_point now,
                                                std::chrono::seconds ceiling = std::chrono::hours(24 * 365));

}  // namespace trawl::policy
