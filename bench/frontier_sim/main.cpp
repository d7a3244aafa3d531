// trawl-bench-frontier: what the frontier costs a URL, by the number of URLs; a crawl without a network.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "bench/frontier_sim/growth.hpp"

int main(int argc, char** argv) {
  using namespace trawl::bench;
  growth_options options;
  bool opens = false, two = false;
  CLI::App app("Measures the frontier on a synthetic web, with a virtual clock");
  app.add_option("--urls", options.urls, "how many are discovered")->check(CLI::Range(300'000, 1'000'000'000));
  app.add_option("--hosts", options.pages.hosts)->check(CLI::Range(10, 1'000'000));
  app.add_option("--shards", options.shards)->check(CLI::Range(1, 64));
  app.add_option("--concurrency", options.concurrency)->check(CLI::Range(1, 65'536));
  app.add_option("--latency", options.latency_ms, "ms that a page takes at most")->check(CLI::Range(200, 60'000));
  app.add_option("--state", options.state, "a directory that is new, or with --open one that was left; without, all is in memory");
  app.add_flag("--open", opens, "measure how long it takes to open the state again");
  app.add_flag("--two-jobs", two, "measure a small job beside one of --urls");
  CLI11_PARSE(app, argc, argv);
  try {
    if (opens) {
      measure_opening(options);
      return 0;
    }
    return (two ? measure_two_jobs(options) : measure_growth(options)) ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "trawl-bench-frontier: {}\n", e.what());
    return 1;
  }
}
