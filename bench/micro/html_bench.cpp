// Reading bytes as pages: the scanner on real pages of 30 to 100 KB beside gumbo with an arena and a bare memchr pass, and charsets.
#include <benchmark/benchmark.h>
#include <gumbo.h>

#include <cstring>
#include <ctime>

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

std::size_t tags_of(std::string_view page) {
  std::size_t tags = 0;
  const char* at = page.data();
  const char* const end = at + page.size();
  while ((at = static_cast<const char*>(std::memchr(at, '<', static_cast<std::size_t>(end - at)))) != nullptr) ++at, ++tags;
  return tags;
}

std::size_t tokens_of(std::string_view page) {
  std::size_t tokens = 0;
  html::scanner scan(page);
  for (html::token t; scan.next(t);) ++tokens;
  return tokens;
}

void find_tags_by_memchr(benchmark::State& state) {
  std::size_t tags = 0;
  for (auto _ : state)
    for (const real_page& page : real_pages()) tags += tags_of(page.body);
  benchmark::DoNotOptimize(tags);
  set_bytes(state, bytes_of_all());
}
BENCHMARK(find_tags_by_memchr)->Unit(benchmark::kMicrosecond);

void scan_tokens(benchmark::State& state) {
  std::size_t tokens = 0;
  for (auto _ : state)
    for (const real_page& page : real_pages()) tokens += tokens_of(page.body);
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

/// gumbo on one page after the other, all its memory out of an arena.
class gumbo_reader {
 public:
  gumbo_reader() {
    options_.allocator = arena::allocate;
    options_.deallocator = arena::release;
    options_.userdata = &memory_;
  }
  gumbo_reader(const gumbo_reader&) = delete;
  gumbo_reader& operator=(const gumbo_reader&) = delete;

  void read(std::string_view page) {
    benchmark::DoNotOptimize(gumbo_parse_with_options(&options_, page.data(), page.size()));
    memory_.clear();
  }

 private:
  arena memory_;
  GumboOptions options_ = kGumboDefaultOptions;
};

void parse_with_gumbo(benchmark::State& state) {
  gumbo_reader gumbo;
  for (auto _ : state)
    for (const real_page& page : real_pages()) gumbo.read(page.body);
  set_bytes(state, bytes_of_all());
}
BENCHMARK(parse_with_gumbo)->Unit(benchmark::kMicrosecond);

double cpu_seconds() noexcept {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// CPU seconds that `read` takes for all pages.
template <class Read>
double seconds_of_all(Read&& read) {
  const double begin = cpu_seconds();
  for (const real_page& page : real_pages()) read(page.body);
  return cpu_seconds() - begin;
}

/// How many passes of memchr the scanner's time is, and how many times gumbo's is the scanner's. The three take turns, so that a busy
/// machine slows them alike.
void scanner_ratios(benchmark::State& state) {
  if (real_pages().empty()) return state.SkipWithError("no pages: install python3-doc, or set TRAWL_BENCH_PAGES");
  double by_memchr = 0, by_scanner = 0, by_gumbo = 0;
  gumbo_reader gumbo;
  for (auto _ : state) {
    by_memchr += seconds_of_all([](std::string_view page) { benchmark::DoNotOptimize(tags_of(page)); });
    by_scanner += seconds_of_all([](std::string_view page) { benchmark::DoNotOptimize(tokens_of(page)); });
    by_gumbo += seconds_of_all([&](std::string_view page) { gumbo.read(page); });
  }
  state.counters["memchr_passes"] = by_scanner / by_memchr;
  state.counters["faster_than_gumbo"] = by_gumbo / by_scanner;
}
BENCHMARK(scanner_ratios)->Unit(benchmark::kMicrosecond);

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
