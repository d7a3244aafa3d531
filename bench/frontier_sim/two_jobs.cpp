// Two jobs of one process: they share the hosts' gates, and nothing else.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "bench/frontier_sim/growth.hpp"
#include "bench/frontier_sim/simulation.hpp"

namespace trawl::bench {
namespace {

constexpr std::uint32_t small_pages = 10;
constexpr auto delay = std::chrono::seconds(1);

struct outcome {
  double small_s = 0;          ///< virtual time that the small job took
  double least_gap_s = 1e9;    ///< between two requests to one host
  std::uint64_t large_pages = 0;  ///< that the large job committed meanwhile
};

/// Sees all requests of all jobs.
struct watch {
  std::map<std::string, clock::time_point> last;
  double least_gap_s = 1e9;
  void see(const frontier::lease& l) {
    const auto [at, is_first] = last.try_emplace(l.host, l.charged_at);
    if (!is_first) least_gap_s = std::min(least_gap_s, std::chrono::duration<double>(l.charged_at - at->second).count());
    at->second = l.charged_at;
  }
};

struct setting {
  bool has_large = false;       ///< a job of options.urls runs beside it
  bool is_same_host = false;    ///< the small job's pages are all on one host, which the large one crawls too; else on hosts of its own
};

std::vector<frontier::candidate> pages_of(web& pages, std::uint32_t host, std::uint32_t count) {
  std::vector<frontier::candidate> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(pages.candidate(pages.front(host), 0, ""));
  return out;
}

/// The small job begins when the large one is well under way.
outcome run_small(const growth_options& options, const setting& how) {
  process all(1);
  page_shape shape = options.pages;
  shape.hosts += 1;  // the last is of no rank that the large job's links choose
  web large_pages(options.pages, 1), small_web(shape, 1);
  watch sees;
  const auto state_of = [&](const char* name) { return options.state.empty() ? options.state : options.state / fmt::format("{}-{}{}", name, how.has_large, how.is_same_host); };
  job small(all, small_web, {.state = state_of("small"), .concurrency = options.concurrency});
  small.on_lease = [&](const frontier::lease& l) { sees.see(l); };
  std::optional<job> large;
  const std::uint32_t host = how.is_same_host ? 0 : options.pages.hosts;
  if (how.has_large) {
    large.emplace(all, large_pages, job_shape{.state = state_of("large"), .concurrency = options.concurrency});
    large->on_lease = small.on_lease;
    std::uint64_t left = options.urls;
    for (std::uint32_t at = 0; left > 0; at = (at + 1) % options.pages.hosts) {
      const auto some = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, 1000));
      large->add(pages_of(large_pages, at, some), 1000, 1);
      left -= some;
    }
  }
  small.add(pages_of(small_web, host, small_pages), small_pages, 1);
  small.end_seeds();
  const auto begin = all.time.now();
  clock::time_point end = begin;
  small.start(false, [&] {
    end = all.time.now();
    return false;
  });
  if (large) large->start(false, [&] { return small.counts().recorded == small_pages; });
  large ? run(all, {&small, &*large}) : run(all, {&small});
  return {.small_s = std::chrono::duration<double>(end - begin).count(), .least_gap_s = sees.least_gap_s, .large_pages = large ? large->counts().recorded : 0};
}

}  // namespace

bool measure_two_jobs(const growth_options& options) {
  bool is_polite = true;
  for (const bool is_same : {false, true}) {
    const outcome alone = run_small(options, {.has_large = false, .is_same_host = is_same});
    const outcome beside = run_small(options, {.has_large = true, .is_same_host = is_same});
    const double least = std::min(alone.least_gap_s, beside.least_gap_s);
    is_polite = is_polite && least >= std::chrono::duration<double>(delay).count();
    fmt::print("{} URLs on {}: alone {:.2f} s, beside a job of {} URLs {:.2f} s ({:.2f} times), which got {} pages; least gap of a host {:.3f} s\n", small_pages,
               is_same ? "a host that both crawl" : "a host of their own", alone.small_s, options.urls, beside.small_s, beside.small_s / alone.small_s, beside.large_pages, least);
  }
  return is_polite;
}

}  // namespace trawl::bench
