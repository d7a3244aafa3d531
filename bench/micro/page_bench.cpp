// What the steps of a page cost, each alone, on the page of the budget: 30 KB with 50 links.
#include <benchmark/benchmark.h>

#include <chrono>

#include "bench/site/pages.hpp"
#include "crawler/extract/links.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/model/record.hpp"
#include "crawler/url/url.hpp"

namespace trawl::bench {
namespace {

constexpr std::string_view document = "http://127.0.0.1:8080/p/0000007.html";

std::string page_body() { return pages({}).body(7); }

void count_bytes(benchmark::State& state, std::size_t each) { state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * each)); }

void decode_page(benchmark::State& state) {
  const std::string body = page_body();
  for (auto _ : state) {
    html::decoded out;
    html::decode(body, "text/html; charset=utf-8", out);
    benchmark::DoNotOptimize(out.text);
  }
  count_bytes(state, body.size());
}
BENCHMARK(decode_page)->Unit(benchmark::kMicrosecond);

void scan_page(benchmark::State& state) {
  const std::string body = page_body();
  for (auto _ : state) benchmark::DoNotOptimize(extract::scan_page(body, state.range(0) != 0));
  count_bytes(state, body.size());
}
BENCHMARK(scan_page)->ArgName("text")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void resolve_links(benchmark::State& state) {
  const std::string body = page_body();
  const extract::page_scan scan = extract::scan_page(body, false);
  const url::url base = *url::parse(document);
  std::size_t links = 0;
  for (auto _ : state)
    for (const auto& found : extract::links(scan, base)) links += found.value.url.size();
  benchmark::DoNotOptimize(links);
}
BENCHMARK(resolve_links)->Unit(benchmark::kMicrosecond);

void parse_url(benchmark::State& state) {
  const url::url base = *url::parse(document);
  for (auto _ : state) benchmark::DoNotOptimize(url::parse("../p/0000123.html?page=2&sort=name#top", &base));
}
BENCHMARK(parse_url);

void record_as_json(benchmark::State& state) {
  record r;
  r.job = "bench";
  r.asked.url = r.final_url = document;
  r.status = 200;
  r.fetched_at = to_rfc3339(std::chrono::system_clock::time_point{});
  r.title = "Harbour goods, page of many";
  if (state.range(0) != 0) {
    const std::string body = page_body();
    const extract::page_scan scan = extract::scan_page(body, true);
    r.links.emplace();
    for (const auto& found : extract::links(scan, *url::parse(document)))
      if (found.is_new) r.links->push_back(found.value);
  }
  for (auto _ : state) benchmark::DoNotOptimize(to_json(r));
}
BENCHMARK(record_as_json)->ArgName("links")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace trawl::bench
