// The server file's own checks.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/check/check.hpp"
#include "config/document/path.hpp"
#include "config/job_doc.hpp"
#include "config/server_doc.hpp"

namespace trawl::config {
namespace {

template <class T>
std::optional<T> whole(std::string_view text) noexcept {
  T value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  return ec == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

/// 32 or 128, or 0 when it is no address.
int address_bits(const std::string& text) noexcept {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : 0;
}

void check_tokens(const std::vector<token>& tokens, findings& out) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const token& t = tokens[i];
    const std::string path = item_path("auth.tokens", i);
    if (t.file.has_value() == t.sha256.has_value()) out.emplace_back(path, "expected either file or sha256");
    if (t.file && t.file->empty()) out.emplace_back(path + ".file", "expected the path of a file");
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    if (t.sha256 && (t.sha256->size() != 64 || !std::ranges::all_of(*t.sha256, is_hex))) out.emplace_back(path + ".sha256", "expected 64 hex digits");
    if (t.scopes.empty()) out.emplace_back(path + ".scopes", "a token that allows nothing; expected some of read, write, admin");
    if (std::any_of(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(i), [&](const token& o) { return o.name == t.name; }))
      out.emplace_back(path + ".name", "stands twice; logs could not tell the two apart");
  }
}

template <Described T>
bool has_row(std::string_view name) noexcept {
  return std::ranges::any_of(described<T>::rows, [&](const row& r) { return r.name == name; });
}

}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = whole<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!port || host.empty() || (host.find(':') != std::string_view::npos) != bracketed) return std::nullopt;
  if (bracketed && address_bits(std::string(host)) != 128) return std::nullopt;
  return endpoint{std::string(host), *port};
}

std::optional<network> parse_network(std::string_view text) {
  network out;
  const bool is_v6 = text.starts_with('[');
  const std::size_t close = is_v6 ? text.find(']') : 0;
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t colon = std::min(text.find(':', close), text.size());
  if (const std::string_view port = colon == text.size() ? "*" : text.substr(colon + 1); port != "*") {
    const auto number = whole<std::uint16_t>(port);
    if (!number || *number == 0) return std::nullopt;
    out.port = *number;
  }
  // "[fd00::]/8" and "[fd00::/8]" are the same network.
  const std::string_view inner = is_v6 ? text.substr(1, close - 1) : text.substr(0, colon);
  const std::string_view outer = is_v6 ? text.substr(close + 1, colon - close - 1) : std::string_view();
  const std::size_t slash = std::min(inner.find('/'), inner.size());
  out.address = inner.substr(0, slash);
  const int most = address_bits(out.address);
  if (most != (is_v6 ? 128 : 32) || (slash < inner.size() && !outer.empty())) return std::nullopt;
  const std::string_view length = slash < inner.size() ? inner.substr(slash) : outer;
  if (length.empty()) {
    out.bits = most;
    return out;
  }
  const auto bits = length.starts_with('/') ? whole<int>(length.substr(1)) : std::nullopt;
  if (!bits || *bits < 0 || *bits > most) return std::nullopt;
  out.bits = *bits;
  return out;
}

findings cross_check(const server& s) {
  findings out;
  if (!parse_endpoint(s.listen)) out.emplace_back("listen", "expected address:port, such as 127.0.0.1:8080 or [::1]:8080");
  if (s.data.empty()) out.emplace_back("data", "expected a directory");
  check_tokens(s.auth.tokens, out);
  if (s.tls.cert.has_value() != s.tls.key.has_value()) out.emplace_back("tls", "cert and key come together");
  for (std::size_t i = 0; i < s.egress.allow.size(); ++i)
    if (!parse_network(s.egress.allow[i]))
      out.emplace_back(item_path("egress.allow", i), "expected a network such as 10.0.0.0/8, 10.1.2.3:8080, 10.1.0.0/16:* or [fd00::]/8:443");
  for (std::size_t i = 0; i < s.egress.proxies.size(); ++i)
    if (!is_proxy(s.egress.proxies[i])) out.emplace_back(item_path("egress.proxies", i), expected_proxy);
  if (s.jobs.dir && s.jobs.dir->empty()) out.emplace_back("jobs.dir", "expected a directory; null is none");
  for (const char* key : {"seeds", "seed_files", "sitemaps", "name", "schedule"})
    if (s.defaults.find(key) != nullptr) out.emplace_back(member_path("defaults", key), "belongs to one job, not under all of them");
  return out;
}

bool is_job_key(std::string_view name) noexcept { return has_row<job>(name) || name == "extends"; }
bool is_server_key(std::string_view name) noexcept { return has_row<server>(name); }

}  // namespace trawl::config
