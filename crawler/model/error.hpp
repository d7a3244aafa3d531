// What can go wrong with a URL, as values. The codes are part of the public contract: they stand in records, metrics and summaries.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace trawl {

/// The fate of a URL that got no usable answer. One value per metric label.
enum class errc : std::uint8_t {
  dns_not_found,             ///< the name does not exist, or has no address
  dns_timeout,               ///< no resolver answered in time
  dns_failed,                ///< a resolver answered with a failure
  connect_refused,           ///< the port is closed
  connect_timeout,           ///< no answer to the connection attempt
  connect_reset,             ///< closed or reset before a response
  connect_unreachable,       ///< no route
  connect_blocked_address,   ///< not a globally reachable address, and not allowed
  tls_certificate,           ///< the certificate does not verify
  tls_handshake,             ///< the handshake failed otherwise
  http_malformed,            ///< not an HTTP response, or dangerous framing
  http_header_too_large,     ///< response head above fetch.max_header
  http_too_many_redirects,   ///< more than fetch.max_redirects, or a loop
  http_redirect_out_of_scope,///< a redirect that the scope refuses
  timeout_first_byte,        ///< no response head in time
  timeout_total,             ///< the exchange took longer than fetch.timeout.total
  timeout_too_slow,          ///< below fetch.min_rate
  body_too_large,            ///< body above fetch.max_body
  body_truncated,            ///< the connection ended inside the body
  body_decode,               ///< the content coding is broken
  robots_disallowed,         ///< robots.txt forbids it
  robots_unreachable,        ///< robots.txt could not be read, so nothing may be fetched (RFC 9309, 2.3.1.4)
  proxy_refused,             ///< the proxy did not connect
  proxy_auth,                ///< the proxy wants other credentials
  login_failed,              ///< fetch.login did not succeed
  host_skipped,              ///< the host was given up as dead
  url_invalid,               ///< not a URL that can be fetched
  internal,                  ///< our own fault
  cancelled,                 ///< stopped by us; never reaches a record
};

/// The contract's dotted name, e.g. "connect.refused".
std::string_view to_string(errc code) noexcept;
/// The code for a dotted name; false when there is none.
bool from_string(std::string_view name, errc& out) noexcept;

/// Worth another try later: network trouble that may pass. Not: what the next try would only repeat.
bool is_retryable(errc code) noexcept;

/// An error on the hot path: a code, and a short detail in our own words (never unescaped foreign text).
struct error {
  errc code = errc::internal;
  std::string detail;
  bool unseen = false;  ///< the server has not looked at the request: asking again is no other try (RFC 9113, 8.7)
};

template <class T>
using result = std::expected<T, error>;

/// Shorthand: `return fail(errc::dns_timeout, "…")`.
inline std::unexpected<error> fail(errc code, std::string detail = {}) { return std::unexpected<error>(error{code, std::move(detail)}); }

}  // namespace trawl
