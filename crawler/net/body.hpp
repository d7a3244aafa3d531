// A response's body over one connection: its framing and its limits. What its head says not to want is not read.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <span>
#include <string>

#include "crawler/model/error.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/connection.hpp"
#include "crawler/net/http1.hpp"

namespace trawl::net {

/// What a body may cost and whether it is wanted at all.
struct body_limits {
  std::size_t max_body = 0;              ///< bytes, of what comes over the wire and of what is decoded from it
  std::size_t trailer_room = 0;          ///< bytes
  std::span<const std::string> content_types;  ///< globs; empty: every body is wanted
};

/// Reads the body behind `head` into `out`: body, body_skipped, truncated and wire_bytes.
/// in      c and what content_types refer to outlive the call; c has a deadline
/// out     whether the connection may be used again
/// errors  http_malformed and http_header_too_large from the framing, cancelled; what cuts a body short is no error: out.truncated
/// thread  the connection's
asio::awaitable<result<bool>> read_body(connection& c, const response_head& head, body_limits limits, response& out);

}  // namespace trawl::net
