// What the answer to a request for robots.txt means (RFC 9309, 2.3.1 and 2.4). Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

#include "crawler/model/response.hpp"

namespace trawl::policy {

enum class robots_answer : std::uint8_t {
  obey,         ///< its body says what may be fetched
  allow_all,    ///< 2.3.1.3: there is none, everything may be fetched
  unreachable,  ///< 2.3.1.4: nothing may be fetched, unless a copy of before is at hand
};

/// By the last answer of a chain of redirects: 2xx obey; 4xx but 429, and a redirect without a target, allow all; 429, 5xx and what is
/// left are unreachable, and so is a body that broke off, or is in a coding that can't be undone: a rule that is missing may be one that
/// forbids. One cut at our own limit is obeyed as far as it goes (2.5).
robots_answer judge_robots(const response& answer) noexcept;

/// How long it may be used (2.4): Cache-Control's max-age within one hour and one day; no-store and no-cache are an hour, nothing is a day.
std::chrono::seconds robots_lifetime(std::string_view cache_control) noexcept;

/// How long after `failures` failures in a row (from 1) it is asked for again: a minute, doubled each time, an hour at most.
std::chrono::seconds robots_asked_again_after(std::uint32_t failures) noexcept;

/// So long after it was read a copy stands in for a robots.txt that has become unreachable (2.3.1.4: "for example, 30 days").
inline constexpr auto robots_stands_in_for = std::chrono::hours(24 * 30);

}  // namespace trawl::policy
