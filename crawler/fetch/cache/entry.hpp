// One response as it lies on disk: what it answers, its head and body, and a digest over all of it. Pure: bytes in, bytes out.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crawler/model/response.hpp"
#include "crawler/policy/caching/freshness.hpp"

namespace trawl::fetch {

/// A stored response and what it is stored for.
struct cache_entry {
  std::string key;           ///< what it answers; see cache_key
  std::string url;           ///< for who reads the store without knowing the keys
  std::string limits;        ///< where the body is not whole: the settings that cut it; else empty
  policy::stored_head head;  ///< status, fields, Vary, times
  response answer;           ///< the rest of it: body, version, address, truncation. Its status and headers are those of `head`
};

/// The key: method, URL, the request's own body, and `partition`, which parts those that must not see each other's answers.
std::string cache_key(const request& asked, std::string_view partition);
/// SHA-256 in lower-case hex: the name of a key's file, and whatever else has to be told apart.
std::string hex_digest(std::string_view text);

/// The bytes of a file. They begin with a mark and a SHA-256 of what follows, so that a file that is not whole, or not ours, shows.
std::string to_bytes(const cache_entry& entry);
/// nullopt for anything that `to_bytes` did not make. Bounded by the size of `bytes`.
std::optional<cache_entry> from_bytes(std::string_view bytes);

}  // namespace trawl::fetch
