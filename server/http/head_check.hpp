// The strict check of a request head, in front of Beast: whatever two readers could understand differently is refused, so that nothing
// can be smuggled past one of them (RFC 9112). Pure: bytes in, facts or a refusal out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::server::http {

struct head_limits {
  std::size_t bytes = 32u << 10, fields = 100, target = 8u << 10;
};

/// What the framing and the routing need to know of a head.
struct head_facts {
  std::string method;
  std::string target;                            ///< origin form ("/…"), or "*"
  std::string host;                              ///< of an absolute target, else of Host; may be empty with HTTP/1.0
  int minor = 1;                                 ///< HTTP/1.x
  std::optional<std::uint64_t> content_length;
  bool chunked = false, expects_continue = false, keeps_alive = true;

  bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

/// Why a head is refused, in our own words. The connection is closed behind it.
struct head_refusal {
  unsigned status = 400;
  std::string_view why;
};

/// Length of the head that `received` begins with, its empty line included; 0: not whole yet. Refuses as soon as it is too long or
/// holds a line end that is not CRLF (RFC 9112, 2.2), without waiting for the rest.
std::expected<std::size_t, head_refusal> head_length(std::string_view received, const head_limits& limits);

/// Checks a whole head, as `head_length` cut it. RFC 9112, 2.2, 3, 5.1, 5.2, 6.1 to 6.3; RFC 9110, 5.5, 7.2, 10.1.1.
std::expected<head_facts, head_refusal> check_head(std::string_view head, const head_limits& limits);

/// A uri-host with an optional port (RFC 9110, 7.2): no user name, no path, no blank.
bool is_authority(std::string_view text) noexcept;

}  // namespace trawl::server::http
