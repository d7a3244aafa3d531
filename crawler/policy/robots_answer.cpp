#include "crawler/policy/robots_answer.hpp"

#include <algorithm>
#include <charconv>

namespace trawl::policy {
namespace {

using std::chrono::seconds;

constexpr seconds shortest_life = std::chrono::hours(1);
constexpr seconds longest_life = std::chrono::hours(24);

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// delta-seconds, also quoted (RFC 9111, 5.2); what is too large for us is for ever. Negative where it is none.
seconds delta_seconds(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec == std::errc::result_out_of_range && !text.starts_with('-')) return longest_life;
  if (ec != std::errc{} || end != text.data() + text.size() || value < 0) return seconds(-1);
  return std::min(seconds(value), longest_life);
}

/// Still in a content coding that nobody here can undo: it says that it is in one, and holds what no text does. "utf-8" and the like,
/// which servers write there by mistake, are no such coding.
bool is_undecoded(const response& answer) noexcept {
  constexpr std::string_view undone[] = {"gzip", "x-gzip", "deflate", "br", "zstd", "identity", ""};
  const std::string_view coding = trimmed(answer.header("content-encoding").value_or(""));
  const bool is_known = std::ranges::any_of(undone, [&](std::string_view name) { return equal_ignoring_case(coding, name); });
  return !is_known && std::ranges::any_of(answer.body, [](char c) { return c >= 0 && c < '\t'; });
}

}  // namespace

robots_answer judge_robots(const response& answer) noexcept {
  if (is_undecoded(answer)) return robots_answer::unreachable;
  if (answer.truncated == truncation::disconnect || answer.truncated == truncation::time) return robots_answer::unreachable;
  if (answer.status >= 200 && answer.status <= 299) return robots_answer::obey;
  const bool is_absent = answer.status >= 300 && answer.status <= 499 && answer.status != 429;
  return is_absent ? robots_answer::allow_all : robots_answer::unreachable;
}

seconds robots_lifetime(std::string_view cache_control) noexcept {
  seconds life = longest_life;
  while (!cache_control.empty()) {
    const auto comma = std::min(cache_control.find(','), cache_control.size());
    const std::string_view directive = trimmed(cache_control.substr(0, comma));
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    const auto equals = std::min(directive.find('='), directive.size());
    const std::string_view name = trimmed(directive.substr(0, equals));
    if (equal_ignoring_case(name, "no-store") || equal_ignoring_case(name, "no-cache")) return shortest_life;
    if (!equal_ignoring_case(name, "max-age") || equals == directive.size()) continue;
    if (const seconds asked = delta_seconds(trimmed(directive.substr(equals + 1))); asked.count() >= 0) life = std::min(life, asked);
  }
  return std::max(life, shortest_life);
}

seconds robots_asked_again_after(std::uint32_t failures) noexcept {
  constexpr seconds first = std::chrono::minutes(1), longest = std::chrono::hours(1);
  constexpr std::uint32_t most_doublings = 6;  // 64 minutes, which is beyond the longest
  const std::uint32_t doublings = std::min(failures == 0 ? 0 : failures - 1, most_doublings);
  return std::min(first * (1U << doublings), longest);
}

}  // namespace trawl::policy
