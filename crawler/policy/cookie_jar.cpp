#include "crawler/policy/cookie_jar.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "crawler/model/response.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/host.hpp"

namespace trawl::policy {
namespace {

constexpr std::size_t max_cookie = 4096, max_attribute = 1024, max_per_domain = 50, max_cookies = 3000, max_sent = 150, max_line = 8190;
constexpr auto longest_life = std::chrono::hours(24 * 400);  // RFC 6265bis, 5.5: a user agent may cap the age

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::string lowered(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool has_control(std::string_view s) noexcept {
  return std::ranges::any_of(s, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

/// 5.1.3: the same, or a suffix of a host name at a dot.
bool domain_matches(std::string_view host, std::string_view domain) noexcept {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.' && !url::is_address(host);
}

std::string_view path_of(const url::url& u) noexcept { return u.path.empty() ? std::string_view("/") : std::string_view(u.path); }

/// 5.1.4: the directory of the request's path.
std::string default_path(const url::url& u) {
  const std::string_view path = path_of(u);
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

bool path_matches(std::string_view path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/';
}

struct attributes {
  std::optional<std::string> domain, path;
  std::optional<wall_clock::time_point> expires, max_age;
  bool secure = false;
};

void read_attribute(std::string_view part, wall_clock::time_point now, attributes& out) {
  const std::size_t equals = part.find('=');
  const std::string_view name = trimmed(part.substr(0, equals));
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : trimmed(part.substr(equals + 1));
  if (value.size() > max_attribute) return;
  if (equal_ignoring_case(name, "secure")) {
    out.secure = true;
  } else if (equal_ignoring_case(name, "domain")) {
    out.domain = value.starts_with('.') ? value.substr(1) : value;
  } else if (equal_ignoring_case(name, "path")) {
    out.path = value.starts_with('/') ? std::optional<std::string>(value) : std::nullopt;
  } else if (equal_ignoring_case(name, "expires")) {
    wall_clock::time_point when;
    if (parse_cookie_date(value, when)) out.expires = when;
  } else if (equal_ignoring_case(name, "max-age")) {
    std::int64_t seconds = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (ec == std::errc::result_out_of_range) {
      seconds = value.starts_with('-') ? 0 : std::chrono::seconds(longest_life).count();
    } else if (ec != std::errc() || end != value.data() + value.size()) {
      return;
    }
    const auto longest = std::chrono::seconds(longest_life).count();
    out.max_age = seconds <= 0 ? wall_clock::time_point::min() : now + std::chrono::seconds(std::min<std::int64_t>(seconds, longest));
  }
}

/// `__Secure-` and `__Host-` promise what the cookie was set with (4.1.3), compared without case. A nameless cookie is sent as its
/// value alone, so its value must not look like such a name.
bool keeps_prefix_promise(const cookie& c, bool has_path_slash) {
  const std::string name = lowered(c.name.empty() ? c.value : c.name);
  if (c.name.empty()) return !name.starts_with("__secure-") && !name.starts_with("__host-");
  if (name.starts_with("__secure-")) return c.secure;
  if (name.starts_with("__host-")) return c.secure && c.host_only && has_path_slash;
  return true;
}

/// 5.7, steps 9 and 10: the Domain attribute must cover the host and belong to somebody. Mapped as a host before it is looked up in
/// the public suffix list (CVE-2023-46218).
bool take_domain(const std::string& attribute, const std::string& host, cookie& c) {
  const auto domain = url::parse_host(attribute, true);
  if (!domain || !domain_matches(host, *domain)) return false;
  if (url::is_address(host)) return true;
  if (url::is_public_suffix(*domain)) return *domain == host;  // the suffix's own site keeps it to itself
  c.domain = *domain;
  c.host_only = false;
  return true;
}

}  // namespace

bool cookie_jar::store(const url::url& source, std::string_view line, wall_clock::time_point now) {
  if (!source.host || has_control(line)) return false;
  const std::string_view pair = line.substr(0, line.find(';'));
  const std::size_t equals = pair.find('=');
  cookie c;
  c.name = equals == std::string_view::npos ? "" : std::string(trimmed(pair.substr(0, equals)));
  c.value = std::string(trimmed(equals == std::string_view::npos ? pair : pair.substr(equals + 1)));
  if (c.name.size() + c.value.size() > max_cookie || (c.name.empty() && c.value.empty())) return false;

  attributes given;
  for (std::size_t at = pair.size(); at < line.size();) {
    const std::size_t end = std::min(line.find(';', at + 1), line.size());
    read_attribute(line.substr(at + 1, end - at - 1), now, given);
    at = end;
  }
  const std::string& host = *source.host;
  c.domain = host;
  if (given.domain && !given.domain->empty() && !take_domain(*given.domain, host, c)) return false;
  c.path = given.path.value_or(default_path(source));
  c.secure = given.secure;
  const bool secure_source = source.scheme == "https";
  if (c.secure && !secure_source) return false;
  if (!keeps_prefix_promise(c, given.path == "/")) return false;
  c.expires = given.max_age ? *given.max_age : given.expires ? std::min(*given.expires, now + longest_life) : wall_clock::time_point::max();

  const std::unique_lock lock(mutex_);
  if (!secure_source && shadows_secure(c)) return false;
  keep(std::move(c), now);
  size_.store(cookies_.size(), std::memory_order_release);
  return true;
}

/// In place of the one with the same name, domain and path; one that has expired only takes that away.
void cookie_jar::keep(cookie c, wall_clock::time_point now) {
  version_.fetch_add(1, std::memory_order_release);
  const auto same = std::ranges::find_if(cookies_, [&](const cookie& o) { return o.name == c.name && o.domain == c.domain && o.host_only == c.host_only && o.path == c.path; });
  if (same != cookies_.end()) {
    c.created = same->created;
    cookies_.erase(same);
  } else {
    c.created = ++created_;
  }
  if (c.expires <= now) return;
  c.site = url::registrable_domain(c.domain);
  make_room(c.site, now);
  cookies_.push_back(std::move(c));
}

/// "Leave secure cookies alone" (5.7, step 16): what comes over plain HTTP neither replaces nor hides one.
bool cookie_jar::shadows_secure(const cookie& c) const {
  return std::ranges::any_of(cookies_, [&](const cookie& o) {
    return o.secure && o.name == c.name && (domain_matches(o.domain, c.domain) || domain_matches(c.domain, o.domain)) && path_matches(c.path, o.path);
  });
}

void cookie_jar::make_room(const std::string& site, wall_clock::time_point now) {
  const auto is_of_site = [&](const cookie& c) { return c.site == site; };
  const auto is_full = [&] { return std::ranges::count_if(cookies_, is_of_site) >= static_cast<std::ptrdiff_t>(max_per_domain); };
  if (cookies_.size() >= max_cookies || is_full()) std::erase_if(cookies_, [&](const cookie& c) { return c.expires <= now; });
  if (is_full()) cookies_.erase(std::ranges::find_if(cookies_, is_of_site));
  if (cookies_.size() >= max_cookies) cookies_.pop_front();
}

std::string cookie_jar::header_for(const url::url& target, wall_clock::time_point now) const {
  if (size() == 0 || !target.host) return {};
  const std::shared_lock lock(mutex_);
  std::vector<const cookie*> chosen;
  for (const cookie& c : cookies_) {
    const bool host_fits = c.host_only ? c.domain == *target.host : domain_matches(*target.host, c.domain);
    if (host_fits && c.expires > now && (!c.secure || target.scheme == "https") && path_matches(path_of(target), c.path)) chosen.push_back(&c);
  }
  std::ranges::sort(chosen, [](const cookie* a, const cookie* b) { return a->path.size() != b->path.size() ? a->path.size() > b->path.size() : a->created < b->created; });
  std::string line;
  for (std::size_t i = 0; i < std::min(chosen.size(), max_sent); ++i) {
    const cookie& c = *chosen[i];
    const std::size_t more = c.name.size() + c.value.size() + 3;
    if (line.size() + more > max_line) break;
    if (!line.empty()) line += "; ";
    if (!c.name.empty()) line += c.name + "=";
    line += c.value;
  }
  return line;
}

}  // namespace trawl::policy
