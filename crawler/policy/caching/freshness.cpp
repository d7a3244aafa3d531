#include "crawler/policy/caching/freshness.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "crawler/policy/caching/cache_control.hpp"
#include "crawler/policy/cookie_jar.hpp"

namespace trawl::policy {
namespace {

using std::chrono::seconds;

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) noexcept {
  return std::ranges::any_of(names, [name](std::string_view n) { return equal_ignoring_case(n, name); });
}

/// 3.1, RFC 9110, 7.6.1: what is about this connection alone.
constexpr std::array<std::string_view, 12> of_the_connection = {"connection",         "proxy-connection",   "keep-alive", "te",
                                                                "transfer-encoding",  "upgrade",            "trailer",    "proxy-authenticate",
                                                                "proxy-authorization", "proxy-authentication-info", "set-cookie", "set-cookie2"};

/// 3.2: the body stays, and it is kept decoded, so what describes it stays too.
constexpr std::array<std::string_view, 4> of_the_body = {"content-length", "content-encoding", "content-range", "content-type"};

/// RFC 9110, 15.1: heuristically cacheable.
bool allows_heuristic(int status) noexcept {
  switch (status) {
    case 200: case 203: case 204: case 300: case 301: case 308: case 404: case 405: case 410: case 414: case 501: return true;
    default: return false;
  }
}

/// In any of the three forms; RFC 9110, 5.6.7. The reader of cookie dates reads them all, and does not depend on the locale.
std::optional<wall_time> read_date(const header_list& headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (!equal_ignoring_case(field, name)) continue;
    wall_time out;
    const bool is_date = parse_cookie_date(value, out);
    return is_date ? std::optional(out) : std::nullopt;  // 4.2.1: of several the first
  }
  return std::nullopt;
}

/// RFC 9110, 6.6.1: without Date it is when the message came.
wall_time date_of(const stored_head& stored) { return read_date(stored.headers, "date").value_or(stored.response_at); }

/// Dates of the far past and future are clamped to what the clock can hold, so their distance may be more than it can.
seconds distance(wall_time from, wall_time to) noexcept {
  using std::chrono::floor;
  return std::max(floor<seconds>(to.time_since_epoch()) - floor<seconds>(from.time_since_epoch()), seconds(0));
}

bool has_validator(const stored_head& stored) { return !conditions(stored).empty(); }

std::string_view without_weakness(std::string_view tag) noexcept {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

stored_head head_of(const response& answer, wall_time now) { return {answer.status, answer.headers, {}, now, now}; }

}  // namespace

bool may_store(const request& asked, const response& answer, wall_time now) {
  const int status = answer.status;
  if (asked.method != "GET" || status < 200 || status > 599 || status == 206 || status == 304) return false;
  if (answer.truncated != truncation::none || answer.body_skipped) return false;  // 3.3: incomplete
  const cache_control says = read_cache_control(answer.headers);
  // 5.2.2.3: no-store beside must-understand is for caches that do not know the status.
  if (says.no_store && !(says.must_understand && allows_heuristic(status))) return false;
  if (says.must_understand && !allows_heuristic(status)) return false;
  if (read_request_cache_control(asked.headers).no_store) return false;
  const std::string vary = joined_field(answer.headers, "vary").value_or("");
  if (std::ranges::count(list_members(vary), "*") > 0) return false;
  const bool is_explicit = says.is_public || says.is_private || says.max_age || joined_field(answer.headers, "expires");
  if (!is_explicit && !allows_heuristic(status)) return false;
  const stored_head head = head_of(answer, now);
  return has_validator(head) || (!says.no_cache && freshness_lifetime(head) > current_age(head, now));
}

header_list stored_fields(const header_list& received) {
  const std::string named = joined_field(received, "connection").value_or("");
  const auto options = list_members(named);
  header_list out;
  for (const auto& field : received) {
    const bool is_named = std::ranges::any_of(options, [&](std::string_view o) { return equal_ignoring_case(o, field.first); });
    if (!is_named && !is_one_of(field.first, of_the_connection)) out.push_back(field);
  }
  return out;
}

header_list vary_fields(const header_list& received, const header_list& asked) {
  header_list out;
  const std::string vary = joined_field(received, "vary").value_or("");
  for (const std::string_view member : list_members(vary)) {
    std::string name(member);
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (std::ranges::count(out, name, &header_list::value_type::first) > 0) continue;
    if (auto value = joined_field(asked, name)) out.emplace_back(std::move(name), std::move(*value));
  }
  return out;
}

bool vary_matches(const stored_head& stored, const header_list& asked) {
  const std::string vary = joined_field(stored.headers, "vary").value_or("");
  for (const std::string_view name : list_members(vary))
    if (name == "*" || joined_field(stored.vary, name) != joined_field(asked, name)) return false;
  return true;
}

seconds freshness_lifetime(const stored_head& stored) {
  const cache_control says = read_cache_control(stored.headers);
  if (says.max_age) return *says.max_age;  // 5.3: it wins over Expires
  if (joined_field(stored.headers, "expires")) {
    const auto expires = read_date(stored.headers, "expires");
    return expires ? distance(date_of(stored), *expires) : seconds(0);  // 5.3: an invalid date, "0" above all, has passed
  }
  const auto modified = read_date(stored.headers, "last-modified");
  if (!modified || !(allows_heuristic(stored.status) || says.is_public)) return seconds(0);
  return std::min<seconds>(distance(*modified, date_of(stored)) / heuristic_share, longest_heuristic);
}

seconds current_age(const stored_head& stored, wall_time now) {
  const seconds apparent = distance(date_of(stored), stored.response_at);
  const std::string field = joined_field(stored.headers, "age").value_or("");
  const auto members = list_members(field);
  const seconds said = members.empty() ? seconds(0) : read_delta_seconds(members.front()).value_or(seconds(0));  // 5.1: the first, if it is a number
  const seconds corrected = said + distance(stored.request_at, stored.response_at);
  return std::max(apparent, corrected) + distance(stored.response_at, now);
}

reuse judge_stored(const request& asked, const stored_head& stored, wall_time now) {
  if (!vary_matches(stored, asked.headers)) return reuse::fetch;
  const cache_control wants = read_request_cache_control(asked.headers), says = read_cache_control(stored.headers);
  if (wants.no_store) return reuse::fetch;
  const seconds age = current_age(stored, now);
  // A clock that was set back makes all look new: what comes from the future is asked about again.
  const bool is_fresh = now >= stored.response_at && freshness_lifetime(stored) > age;
  // RFC 8246, 2: an immutable response is not asked about in a plain reload, which says max-age=0.
  const bool is_young_enough = !wants.max_age || says.immutable || age <= *wants.max_age;
  if (is_fresh && is_young_enough && !says.no_cache && !wants.no_cache) return reuse::use;
  return has_validator(stored) ? reuse::validate : reuse::fetch;
}

header_list conditions(const stored_head& stored) {
  header_list out;
  for (const auto& [name, value] : stored.headers)
    if (equal_ignoring_case(name, "etag") && value.find('"') != std::string::npos) {  // RFC 9110, 8.8.3: it is quoted
      out.emplace_back("If-None-Match", value);
      break;
    }
  if (read_date(stored.headers, "last-modified")) out.emplace_back("If-Modified-Since", joined_field(stored.headers, "last-modified").value_or(""));
  return out;
}

bool has_own_conditions(const header_list& asked) {
  constexpr std::array<std::string_view, 6> names = {"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"};
  return std::ranges::any_of(asked, [&](const auto& field) { return is_one_of(field.first, names); });
}

bool is_about(const response& not_modified, const stored_head& stored) {
  const auto now = not_modified.header("etag");
  if (!now) return true;
  const auto before = joined_field(stored.headers, "etag");
  return before && without_weakness(*now) == without_weakness(*before);
}

header_list updated_fields(const header_list& stored, const header_list& received) {
  header_list fresh = stored_fields(received);
  std::erase_if(fresh, [](const auto& field) { return is_one_of(field.first, of_the_body); });
  header_list out = stored;
  std::erase_if(out, [&](const auto& old) { return std::ranges::any_of(fresh, [&](const auto& field) { return equal_ignoring_case(field.first, old.first); }); });
  // Age is the 304's own or none: the response's age begins anew (4.3.4).
  std::erase_if(out, [](const auto& old) { return equal_ignoring_case(old.first, "age"); });
  out.insert(out.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  return out;
}

bool invalidates(std::string_view method, int status) noexcept {
  const bool is_safe = method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";  // RFC 9110, 9.2.1
  return !is_safe && status >= 200 && status <= 399;
}

}  // namespace trawl::policy
