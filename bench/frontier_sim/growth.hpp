// A crawl that grows to so many URLs, and what a URL costs then.
#pragma once
#include <filesystem>

#include "bench/frontier_sim/web.hpp"

namespace trawl::bench {

struct growth_options {
  std::uint64_t urls = 1'000'000;  ///< discovered, at the end
  std::uint32_t shards = 1;
  std::uint32_t concurrency = 256;
  std::uint32_t latency_ms = 500;
  std::filesystem::path state;     ///< empty: all in memory
  page_shape pages;
};

/// Crawls until `urls` are discovered, then measures each call by itself, and prints both. False where the books don't balance.
bool measure_growth(const growth_options& options);
/// Opens the state that was left there, and prints how long that takes until the first lease.
void measure_opening(const growth_options& options);
/// Prints how two jobs on the same hosts get on; false where a host's delay was broken.
bool measure_two_jobs(const growth_options& options);

}  // namespace trawl::bench
