#include "crawler/policy/caching/cache_control.hpp"

#include <algorithm>
#include <cstdint>

#include "crawler/model/response.hpp"

namespace trawl::policy {
namespace {

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::string_view unquoted(std::string_view s) noexcept {
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') return s.substr(1, s.size() - 2);
  return s;
}

/// Set-Cookie is never stored, so a no-cache that names nothing else asks for nothing.
bool names_stored_fields(std::string_view fields) {
  const auto names = list_members(unquoted(fields));
  return !std::ranges::all_of(names, [](std::string_view n) { return equal_ignoring_case(n, "set-cookie") || equal_ignoring_case(n, "set-cookie2"); });
}

void take_directive(std::string_view text, cache_control& out) {
  const std::size_t equals = text.find('=');
  const std::string_view name = trimmed(text.substr(0, equals));
  const bool has_value = equals != std::string_view::npos;
  const std::string_view value = has_value ? trimmed(text.substr(equals + 1)) : std::string_view();
  const auto is = [name](std::string_view wanted) { return equal_ignoring_case(name, wanted); };
  if (is("no-store")) out.no_store = true;
  if (is("no-cache")) out.no_cache = out.no_cache || !has_value || names_stored_fields(value);
  if (is("must-understand")) out.must_understand = true;
  if (is("public")) out.is_public = true;
  if (is("private")) out.is_private = true;
  if (is("immutable")) out.immutable = true;
  if (is("max-age") && !out.max_age) out.max_age = read_delta_seconds(unquoted(value)).value_or(std::chrono::seconds(0));  // 4.2.1: stale
}

}  // namespace

std::optional<std::chrono::seconds> read_delta_seconds(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  constexpr std::int64_t largest = std::int64_t{1} << 31;
  std::int64_t n = 0;
  for (const char c : text) n = std::min(n * 10 + (c - '0'), largest);
  return std::chrono::seconds(n);
}

std::vector<std::string_view> list_members(std::string_view value) {
  std::vector<std::string_view> out;
  bool is_quoted = false;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= value.size(); ++at) {
    if (at < value.size() && is_quoted && value[at] == '\\') {
      ++at;  // quoted-pair
      continue;
    }
    if (at < value.size() && value[at] == '"') is_quoted = !is_quoted;
    if (at < value.size() && (is_quoted || value[at] != ',')) continue;
    if (const auto member = trimmed(value.substr(start, at - start)); !member.empty()) out.push_back(member);
    start = at + 1;
  }
  if (start < value.size())  // a quoted string, or a quoted-pair, that does not end
    if (const auto member = trimmed(value.substr(start)); !member.empty()) out.push_back(member);
  return out;
}

cache_control read_cache_control(const header_list& headers) {
  cache_control out;
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name, "cache-control"))
      for (const std::string_view directive : list_members(value)) take_directive(directive, out);
  return out;
}

cache_control read_request_cache_control(const header_list& headers) {
  cache_control out = read_cache_control(headers);
  if (joined_field(headers, "cache-control")) return out;
  const auto pragma = joined_field(headers, "pragma");
  if (!pragma) return out;
  out.no_cache = std::ranges::any_of(list_members(*pragma), [](std::string_view m) { return equal_ignoring_case(m, "no-cache"); });
  return out;
}

std::optional<std::string> joined_field(const header_list& headers, std::string_view name) {
  std::optional<std::string> out;
  for (const auto& [field, value] : headers) {
    if (!equal_ignoring_case(field, name)) continue;
    const auto part = trimmed(value);
    out = out ? *out + ", " + std::string(part) : std::string(part);
  }
  return out;
}

}  // namespace trawl::policy
