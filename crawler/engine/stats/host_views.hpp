// The hosts of a crawl, one by one, for whoever watches it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::engine {

/// One host as of now. `fetched` and `failed` count this process's records alone.
struct host_view {
  std::string host;
  std::uint64_t queued = 0, in_flight = 0, fetched = 0, failed = 0;
  std::chrono::milliseconds delay{0};          ///< between two requests
  std::chrono::milliseconds blocked_for{0};    ///< Retry-After, back-off; 0: it may be asked in its turn
  std::string_view last_error;                 ///< a code; empty: none
  bool is_paused = false;
};

/// The `most` that have most to do, in that order; the rest goes.
void keep_busiest(std::vector<host_view>& hosts, std::size_t most);

}  // namespace trawl::engine
