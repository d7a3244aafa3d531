#include "crawler/model/error.hpp"

#include <array>
#include <cstddef>

namespace trawl {
namespace {
constexpr std::array<std::string_view, 29> names = {
    "dns.not_found",       "dns.timeout",        "dns.failed",          "connect.refused",       "connect.timeout",
    "connect.reset",       "connect.unreachable", "connect.blocked_address", "tls.certificate",  "tls.handshake",
    "http.malformed",      "http.header_too_large", "http.too_many_redirects", "http.redirect_out_of_scope", "timeout.first_byte",
    "timeout.total",       "timeout.too_slow",   "body.too_large",      "body.truncated",        "body.decode",
    "robots.disallowed",   "robots.unreachable", "proxy.refused",       "proxy.auth",            "login.failed",
    "host.skipped",        "url.invalid",        "internal",            "cancelled"};
static_assert(names.size() == static_cast<std::size_t>(errc::cancelled) + 1);
}  // namespace

std::string_view to_string(errc code) noexcept { return names[static_cast<std::size_t>(code)]; }

bool from_string(std::string_view name, errc& out) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) {
      out = static_cast<errc>(i);
      return true;
    }
  return false;
}

bool is_retryable(errc code) noexcept {
  switch (code) {
    case errc::dns_timeout: case errc::dns_failed: case errc::connect_refused: case errc::connect_timeout: case errc::connect_reset:
    case errc::connect_unreachable: case errc::tls_handshake: case errc::timeout_first_byte: case errc::timeout_total:
    case errc::timeout_too_slow: case errc::body_truncated: case errc::proxy_refused:
      return true;
    case errc::dns_not_found: case errc::connect_blocked_address: case errc::tls_certificate: case errc::http_malformed: case errc::http_header_too_large:
    case errc::http_too_many_redirects: case errc::http_redirect_out_of_scope: case errc::body_too_large: case errc::body_decode:
    case errc::robots_disallowed: case errc::robots_unreachable: case errc::proxy_auth: case errc::login_failed:
    case errc::host_skipped: case errc::url_invalid: case errc::internal: case errc::cancelled:
      return false;
  }
  return false;
}

}  // namespace trawl
