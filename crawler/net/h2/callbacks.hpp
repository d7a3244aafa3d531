// What nghttp2 calls while a session reads and writes. The session's own; nothing else includes it.
#pragma once
#include <nghttp2/nghttp2.h>

#include "crawler/net/h2/session.hpp"

namespace trawl::net::h2 {

/// A client session that reports to `owner`, which outlives it and deletes it. Throws std::bad_alloc.
nghttp2_session* make_raw(session& owner, const nghttp2_option* options);

/// Gives the request body of a stream of the session behind `user_data`, a piece a call.
ssize_t read_request_body(nghttp2_session* raw, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                          nghttp2_data_source* source, void* user_data);

}  // namespace trawl::net::h2
