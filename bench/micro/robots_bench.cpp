// robots.txt: reading a file of 100 rules, and its verdict on paths of real links.
#include <benchmark/benchmark.h>

#include "bench/micro/real_input.hpp"
#include "crawler/policy/robots.hpp"

namespace trawl::bench {
namespace {

std::vector<std::string> real_paths() {
  std::vector<std::string> out = {"/", "/cart/", "/articles/2024/05/a-harbour-in-winter.html", "/wiki/Harbour?action=edit&section=3", "/search/help/topics", "/misc/style.css"};
  for (const real_page& page : real_pages())
    for (const extract::raw_link& raw : page.scan.links)
      if (const auto target = url::parse(raw.href, &page.address); target && target->is_http() && out.size() < 1000) out.push_back(target->path_and_query());
  return out;
}

void read_robots(benchmark::State& state) {
  const std::string file = robots_file();
  for (auto _ : state) benchmark::DoNotOptimize(policy::robots::parse(file, "trawl"));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
}
BENCHMARK(read_robots)->Unit(benchmark::kMicrosecond);

void check_robots(benchmark::State& state) {
  const auto rules = policy::robots::parse(robots_file(), "trawl");
  const std::vector<std::string> paths = real_paths();
  std::size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(rules.check(paths[at++ % paths.size()]));
}
BENCHMARK(check_robots);

/// The most rules with stars that 500 KiB hold, every one of them with letters that the path has.
void check_absurd_robots(benchmark::State& state) {
  std::string file = "User-agent: *\n";
  for (unsigned i = 0; file.size() < 499U * 1024; ++i) {
    file += "allow:/*ar*";
    for (unsigned digit = 0, n = i; digit < 4; ++digit, n /= 26) file += static_cast<char>('a' + n % 26);
    file += '\n';
  }
  const auto rules = policy::robots::parse(file, "trawl");
  for (auto _ : state) benchmark::DoNotOptimize(rules.check("/articles/2024/05/a-harbour-in-winter.html"));
}
BENCHMARK(check_absurd_robots)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace trawl::bench
