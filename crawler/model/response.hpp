// What came back for a request. The body is decoded from its content coding, not from its charset.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/model/byte_lease.hpp"
#include "crawler/model/error.hpp"
#include "crawler/model/request.hpp"

namespace trawl {

/// Why a body is not whole.
enum class truncation : std::uint8_t {
  none,        ///< it is whole
  length,      ///< cut at fetch.max_body
  time,        ///< a deadline ended it
  disconnect,  ///< the connection ended inside it
};

/// Where the content comes from.
enum class content_source : std::uint8_t {
  network,    ///< this exchange
  cache,      ///< no request was sent
  validated,  ///< the cache; the server said that it still holds (304)
};

struct response {
  int status = 0;
  std::string http_version;  ///< "1.0", "1.1", "2"
  header_list headers;       ///< in order, names as received
  std::string body;          ///< content-decoded
  std::uint64_t wire_bytes = 0;
  std::string ip;
  std::string final_url;     ///< where redirects ended; the request's own without any
  std::vector<redirect_hop> redirects;
  std::optional<error> stopped;  ///< this is a redirect that was not followed, and why
  std::string duplicate_of;      ///< the redirect leads to this URL, which has a record of its own
  std::uint32_t attempts = 0;    ///< requests sent for the URL so far, those of earlier leases included
  truncation truncated = truncation::none;
  bool body_skipped = false; ///< content_types did not want it
  bool tls_verified = true;
  content_source source = content_source::network;
  std::chrono::steady_clock::duration latency{};  ///< request sent to head received
  std::chrono::steady_clock::duration waited{};   ///< for memory, which is no time of the server's
  byte_lease memory;  ///< counts the body for as long as it, or what is made of it, is there

  /// First value of a header, name compared without case; nullopt if absent. The view lives as long as the response.
  std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// ASCII case-insensitive equality, as header names are compared (RFC 9110, 5.1).
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace trawl
