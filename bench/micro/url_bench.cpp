// URLs: the links of real pages, resolved against the page's address, one at a time and a page at a time.
#include <benchmark/benchmark.h>

#include "bench/micro/real_input.hpp"
#include "crawler/extract/links.hpp"

namespace trawl::bench {
namespace {

std::size_t links_of_all() {
  std::size_t count = 0;
  for (const real_page& page : real_pages()) count += page.scan.links.size();
  return count;
}

void set_links(benchmark::State& state, std::size_t each) {
  if (each == 0) return state.SkipWithError("no pages: install python3-doc, or set TRAWL_BENCH_PAGES");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * each));
  state.counters["ns_each"] = benchmark::Counter(static_cast<double>(state.iterations() * each) / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void parse_real_link(benchmark::State& state) {
  for (auto _ : state)
    for (const real_page& page : real_pages())
      for (const extract::raw_link& raw : page.scan.links) benchmark::DoNotOptimize(url::parse(raw.href, &page.address));
  set_links(state, links_of_all());
}
BENCHMARK(parse_real_link)->Unit(benchmark::kMicrosecond);

void parse_one(benchmark::State& state, std::string_view input) {
  const url::url base = *url::parse("https://www.example.org/library/functions/index.html");
  for (auto _ : state) benchmark::DoNotOptimize(url::parse(input, &base));
}
BENCHMARK_CAPTURE(parse_one, path_absolute, "/articles/2024/05/a-harbour-in-winter.html");
BENCHMARK_CAPTURE(parse_one, relative, "../p/0000123.html?page=2&sort=name#top");
BENCHMARK_CAPTURE(parse_one, query, "?page=2&sort=name");
BENCHMARK_CAPTURE(parse_one, fragment, "#section-2");
BENCHMARK_CAPTURE(parse_one, same_host, "https://www.example.org/articles/2024/05/a-harbour-in-winter.html");
BENCHMARK_CAPTURE(parse_one, other_host, "https://cdn.example.com/articles/2024/05/a-harbour-in-winter.html");
BENCHMARK_CAPTURE(parse_one, escaped, "/artikel/\xC3\xBC" "ber uns.html");

void write_href(benchmark::State& state) {
  const url::url u = *url::parse("https://www.example.org/articles/2024/05/a-harbour-in-winter.html?page=2&sort=name#top");
  for (auto _ : state) benchmark::DoNotOptimize(u.without_fragment());
}
BENCHMARK(write_href);

void resolve_real_links(benchmark::State& state) {
  std::size_t bytes = 0;
  for (auto _ : state)
    for (const real_page& page : real_pages())
      for (const auto& found : extract::links(page.scan, page.address)) bytes += found.value.url.size();
  benchmark::DoNotOptimize(bytes);
  set_links(state, links_of_all());
}
BENCHMARK(resolve_real_links)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace trawl::bench
