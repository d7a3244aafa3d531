// Reading bytes as pages: the scanner on real pages of 30 to 100 KB beside gumbo with an arena and a bare memchr pass, and charsets.
#include <benchmark/benchmark.h>
#include <gumbo.h>

#include <cstring>

#include "bench/micro/real_input.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/html/scanner.hpp"

namespace trawl::bench {
namespace {

std::size_t bytes_of_all() {
  std::size_t bytes = 0;
  for (const real_page& page : real_pages()) bytes += page.body.size();
  return bytes;
}

void set_bytes(benchmark::State& state, std::size_t each) {
  if (each == 0) return state.SkipWithError("no pages: install python3-doc, or set TRAWL_BENCH_PAGES");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * each));
}

void find_tags_by_memchr(benchmark::State& state) {
  std::size_t tags = 0;
  for (auto _ : state)
    for (const real_page& page : real_pages()) {
      const char* at = page.body.data();
      const char* const end = at + page.body.size();
      while ((at = static_cast<const char*>(std::memchr(at, '<', static_cast<std::size_t>(end - at)))) != nullptr) ++at, ++tags;
    }
  benchmark::DoNotOptimize(tags);
  set_bytes(state, bytes_of_all());
}
BENCHMARK(find_tags_by_memchr)->Unit(benchmark::kMicrosecond);

void scan_tokens(benchmark::State& state) {
  std::size_t tokens = 0;
  for (auto _ : state)
    for (const real_page& page : real_pages()) {
      html::scanner scan(page.body);
      for (html::token t; scan.next(t);) ++tokens;
    }
  benchmark::DoNotOptimize(tokens);
  set_bytes(state, bytes_of_all());
}
BENCHMARK(scan_tokens)->Unit(benchmark::kMicrosecond);

void scan_real_page(benchmark::State& state) {
  for (auto _ : state)
    for (const real_page& page : real_pages()) benchmark::DoNotOptimize(extract::scan_page(page.body, state.range(0) != 0));
  set_bytes(state, bytes_of_all());
}
BENCHMARK(scan_real_page)->ArgName("text")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

/// Memory that is given out in order and taken back at once: gumbo's best case.
class arena {
 public:
  static void* allocate(void* self, std::size_t size) {
    auto& a = *static_cast<arena*>(self);
    const std::size_t at = (a.used_ + 15) & ~std::size_t{15};
    if (at + size > a.memory_.size()) return nullptr;
    a.used_ = at + size;
    return a.memory_.data() + at;
  }
  static void release(void*, void*) {}
  void clear() noexcept { used_ = 0; }

 private:
  std::vector<char> memory_ = std::vector<char>(std::size_t{64} << 20);
  std::size_t used_ = 0;
};

void parse_with_gumbo(benchmark::State& state) {
  arena memory;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = arena::allocate;
  options.deallocator = arena::release;
  options.userdata = &memory;
  for (auto _ : state)
    for (const real_page& page : real_pages()) {
      benchmark::DoNotOptimize(gumbo_parse_with_options(&options, page.body.data(), page.body.size()));
      memory.clear();
    }
  set_bytes(state, bytes_of_all());
}
BENCHMARK(parse_with_gumbo)->Unit(benchmark::kMicrosecond);

void decode_real_page(benchmark::State& state, const char* content_type) {
  for (auto _ : state)
    for (const real_page& page : real_pages()) {
      html::decoded out;
      html::decode(page.body, content_type, out);
      benchmark::DoNotOptimize(out.text);
    }
  set_bytes(state, bytes_of_all());
}
BENCHMARK_CAPTURE(decode_real_page, utf_8, "text/html; charset=utf-8")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode_real_page, undeclared, "text/html")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode_real_page, windows_1252, "text/html; charset=windows-1252")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode_real_page, shift_jis, "text/html; charset=shift_jis")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode_real_page, gb18030, "text/html; charset=gb18030")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace trawl::bench
