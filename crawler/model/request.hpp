// What is to be fetched, once. Pure data; the URL is normalised.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trawl {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A request as the frontier keeps it. `url` is the serialised, normalised URL without fragment.
struct request {
  std::string url;
  std::string method = "GET";
  header_list headers;            ///< the seed's own; sent to the seed's host only
  std::string body;               ///< sent with methods other than GET
  bool idempotent = true;         ///< may be sent twice (GET always)
  std::uint32_t depth = 0;        ///< links from a seed
  std::int32_t priority = 0;      ///< larger goes first
  std::string parent;             ///< the page that first named it; empty for a seed
  std::string seed;               ///< the seed it descends from
  std::string meta;               ///< the seed's meta as JSON text; empty if none
  std::uint64_t lease = 0;        ///< the frontier lease it is fetched under; 0: none (robots.txt, a single scrape)
  bool charged = false;           ///< the scheduler has already charged the host gate for it
};

}  // namespace trawl
