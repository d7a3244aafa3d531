// The Netscape cookie file, which curl and browsers' extensions write.
#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "crawler/policy/cookie_jar.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/host.hpp"

namespace trawl::policy {
namespace {

constexpr std::size_t fields_a_line = 7, longest_cookie = 4096, most_lines = 10'000;

/// The value, which is last, may have tabs in it, or be missing.
std::optional<std::array<std::string_view, fields_a_line>> split(std::string_view line) {
  std::array<std::string_view, fields_a_line> out;
  for (std::size_t i = 0; i < fields_a_line - 1; ++i) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos && i < fields_a_line - 2) return std::nullopt;
    out[i] = line.substr(0, tab);
    line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
  }
  out.back() = line;
  return out;
}

std::optional<bool> flag(std::string_view text) {
  if (text == "TRUE") return true;
  if (text == "FALSE") return false;
  return std::nullopt;
}

/// Browsers' extensions write fractions too. What is beyond the clock is for ever.
std::optional<wall_clock::time_point> expiry(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec == std::errc::invalid_argument || (end != text.data() + text.size() && *end != '.')) return std::nullopt;
  constexpr std::int64_t last = std::chrono::duration_cast<std::chrono::seconds>(wall_clock::duration::max()).count();
  if (seconds == 0 || ec != std::errc() || seconds >= last) return wall_clock::time_point::max();
  return wall_clock::time_point(std::chrono::seconds(std::max<std::int64_t>(seconds, 0)));
}

std::optional<cookie> read_line(std::string_view line) {
  const auto fields = split(line);
  if (!fields) return std::nullopt;
  auto [domain, subdomains, path, secure, expires, name, value] = *fields;
  const bool has_dot = domain.starts_with('.');
  if (has_dot) domain.remove_prefix(1);
  const auto host = url::parse_host(domain, true);
  const auto all = flag(subdomains), https = flag(secure);
  const auto until = expiry(expires);
  const auto has_control = [](std::string_view text) { return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }); };
  if (!host || !all || !https || !until || !path.starts_with('/') || has_control(name) || has_control(value) || name.find_first_of(";=") != std::string_view::npos ||
      value.find(';') != std::string_view::npos || name.size() + value.size() > longest_cookie || (name.empty() && value.empty()))
    return std::nullopt;
  cookie c;
  c.name = name;
  c.value = value;
  c.domain = *host;
  c.path = path;
  c.secure = *https;
  c.expires = *until;
  c.host_only = !*all || url::is_address(*host) || url::is_public_suffix(*host);  // what belongs to nobody goes to nobody else
  return c;
}

}  // namespace

std::vector<std::size_t> cookie_jar::load_netscape(std::string_view text, wall_clock::time_point now) {
  constexpr std::string_view http_only = "#HttpOnly_";
  std::vector<std::size_t> broken;
  const std::unique_lock lock(mutex_);
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(http_only)) line.remove_prefix(http_only.size());
    if (line.empty() || line.starts_with('#')) continue;
    if (number > most_lines) {  // a jar holds a third of them
      broken.push_back(number);
      break;
    }
    if (auto c = read_line(line)) {
      keep(std::move(*c), now);
    } else {
      broken.push_back(number);
    }
  }
  size_.store(cookies_.size(), std::memory_order_release);
  return broken;
}

std::string cookie_jar::to_netscape(wall_clock::time_point now) const {
  constexpr auto with_session = wall_clock::time_point::max();
  std::string out = "# Netscape HTTP Cookie File\n";
  const std::shared_lock lock(mutex_);
  for (const cookie& c : cookies_) {
    if (c.expires <= now) continue;
    const auto seconds = c.expires == with_session ? 0 : std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(c.expires.time_since_epoch()).count());
    out += (c.host_only ? "" : ".") + c.domain + (c.host_only ? "\tFALSE\t" : "\tTRUE\t") + c.path + (c.secure ? "\tTRUE\t" : "\tFALSE\t");
    out += std::to_string(seconds) + '\t' + c.name + '\t' + c.value + '\n';
  }
  return out;
}

}  // namespace trawl::policy
