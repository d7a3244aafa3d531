// Answers in gzip for those who take it: a whole text, or blocks that can each be read as soon as they come.
#pragma once
#include "server/http/message.hpp"

namespace trawl::server::http {

inline constexpr std::size_t smallest_compressed = 1024;  ///< bytes; below, what is saved is not worth the work

/// Whether the client takes gzip: Accept-Encoding names it, or "*", with a weight above 0 (RFC 9110, 12.5.3).
bool accepts_gzip(const request& r) noexcept;

/// Compresses what is text and not tiny; of a stream, each block is flushed, so that a follower sees it at once. Says by Vary that there
/// is another form, whether this one is compressed or not. Throws std::bad_alloc alone.
void compress(answer& out, bool is_accepted);

}  // namespace trawl::server::http
