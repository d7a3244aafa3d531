// What the scripted server remembers: every connection and every request, with their times.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::site {

/// One request as it came in.
struct seen_request {
  std::chrono::steady_clock::time_point at;  ///< when its head was complete
  std::uint64_t connection = 0;              ///< counted from 1
  std::string method, target, head, body;
  std::uint16_t port = 0;  ///< of ours that it came to

  /// A header's value, name without case; empty if absent.
  std::string header(std::string_view name) const;
  /// How often a header field stands in the head.
  std::size_t count(std::string_view name) const;
};

/// One connection, from its accept to its end.
struct seen_connection {
  std::uint64_t number = 0;  ///< counted from 1
  std::chrono::steady_clock::time_point opened;
  std::optional<std::chrono::steady_clock::time_point> closed;
  std::string address;     ///< of ours that it came to
  std::uint16_t port = 0;  ///< of ours that it came to
  std::uint32_t requests = 0;
  bool pipelined = false;    ///< a request came before the answer to the one before had ended
  bool peer_closed = false;  ///< the client ended it, not we
  bool tls = false;
  bool handshake_done = false;
  bool resumed = false;     ///< the handshake took up an earlier session
  std::string tls_version;  ///< "TLSv1.3"
  std::string sni;          ///< the name that the client asked for; empty if none
};

/// The largest numbers ever reached at once.
struct high_water {
  std::size_t requests = 0;     ///< head complete, answer not yet written
  std::size_t connections = 0;  ///< open
};

}  // namespace trawl::site
