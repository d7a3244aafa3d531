// A response's body over one connection: its framing, its codings and its limits. What its head says not to want is not read.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <span>
#include <string>

#include "crawler/model/error.hpp"
#include "crawler/model/response.hpp"
#include "crawler/async/growing_lease.hpp"
#include "crawler/net/connection.hpp"
#include "crawler/net/http1.hpp"

namespace trawl::net {

/// What a body may cost and whether it is wanted at all.
struct body_limits {
  std::size_t max_body = 0;                        ///< bytes, of what comes over the wire and of what is decoded from it
  std::size_t trailer_room = 0;                    ///< bytes
  std::span<const std::string> content_types;      ///< globs; empty: every body is wanted
  std::chrono::steady_clock::time_point deadline;  ///< of the exchange, which `c` keeps already
};

/// Reads the body behind `head`, which is the first `head_size` bytes of c.buffer, into `out`: body (decoded from its content codings
/// while it comes in), body_skipped, truncated and wire_bytes. Holds what is decoded, at most max_body, one decoder's window a coding, and
/// some hundred KiB. Where `room` is used up nothing is read, so that the server has to stop, and the connection's deadlines stand still.
/// in      c, head, out and what content_types and room refer to outlive the call
/// out     whether the connection may be used again
/// errors  http_malformed and http_header_too_large from the framing, body_decode, cancelled; what cuts a body short is none: out.truncated
/// thread  the connection's
asio::awaitable<result<bool>> read_body(connection& c, const response_head& head, std::size_t head_size, body_limits limits, async::growing_lease room, response& out);

/// Is a body of the type that the head names wanted? Without a type, or with one that is none, it may be HTML and is.
bool wants_body(const header_list& headers, std::span<const std::string> types);

}  // namespace trawl::net
