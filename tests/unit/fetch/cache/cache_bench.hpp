// What the tests of the cache decorator share: a store, and pages to be stored.
#pragma once
#include <unistd.h>

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <source_location>
#include <string>
#include <utility>

#include "crawler/async/byte_budget.hpp"
#include "crawler/fetch/cache/disk_store.hpp"
#include "crawler/fetch/decorators.hpp"
#include "crawler/net/body.hpp"
#include "tests/unit/fetch/fetching.hpp"

namespace trawl::fetch {

using namespace std::chrono_literals;
using config::cache_mode;

/// A store of the case's own, a pool for it, and a wall clock moved by hand.
struct cache_bench {
  explicit cache_bench(cache_mode mode = cache_mode::http, std::source_location where = std::source_location::current())
      : dir(std::filesystem::path(::testing::TempDir()) / ("trawl_cache_" + std::to_string(::getpid()) + '_' + std::to_string(where.line()))), store(dir, 64 << 20) {
    settings.cache.mode = mode;
  }
  ~cache_bench() { std::filesystem::remove_all(dir); }

  fetch_fn around(const scripted_fetch& next, std::string partition = "", cache_use use = cache_use::pages) {
    return around(next.function(), std::move(partition), use);
  }
  fetch_fn around(fetch_fn next, std::string partition = "", cache_use use = cache_use::pages, async::byte_account* memory = nullptr) {
    return with_cache(std::move(next), {store, settings, gates, pool.get_executor(), std::move(partition), use, net::wants_body, [this] { return now; }, memory});
  }

  std::filesystem::path dir;
  disk_store store;
  config::fetch settings;
  frontier::host_gates gates;
  asio::thread_pool pool{1};
  std::chrono::system_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 12h;
};

/// A page that is fresh for a minute, and can be validated.
inline response fresh_page(std::string body, header_list more = {}) {
  more.emplace_back("Content-Type", "text/html");
  more.emplace_back("Cache-Control", "max-age=60");
  more.emplace_back("ETag", "\"a\"");
  return answer_of(200, std::move(more), std::move(body));
}

/// The field of a request; empty where it has none.
inline std::string sent(const request& r, std::string_view name) {
  for (const auto& [field, value] : r.headers)
    if (equal_ignoring_case(field, name)) return value;
  return "";
}

}  // namespace trawl::fetch
