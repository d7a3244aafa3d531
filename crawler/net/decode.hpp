// Content codings: gzip and deflate, stacked up to three, with a cap inside the loop so that no bomb unfolds. Pure.
#pragma once
#include <string>
#include <string_view>

#include "crawler/model/error.hpp"
#include "crawler/model/response.hpp"

namespace trawl::net {

/// The body as it was before its codings. `cut` is set to length where `limit` ended it, to disconnect where the stream is torn (the
/// prefix is kept). An unknown coding leaves the bytes as they are. Fails with body_decode on a stream that is broken from the start.
result<std::string> decode_body(std::string body, const header_list& headers, std::size_t limit, truncation& cut);

}  // namespace trawl::net
