// trawl-bench-transport: asks for one URL again and again through net::client, as a shard's workers do, parses nothing, and tells what that
// cost in CPU time. One thread.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>

#include "crawler/net/client.hpp"

namespace {

namespace asio = boost::asio;
using namespace trawl;

struct shape {
  std::string url, ca_file;
  std::size_t requests = 100'000, bytes = 0;
  unsigned connections = 32;
};

/// What the askers share. One thread.
struct work {
  std::size_t left, failed = 0;
  unsigned askers = 0;  ///< that have not ended
};

net::exchange_options usual_options() {
  const config::fetch usual;
  return {.timeout = usual.timeout, .max_body = usual.max_body.bytes, .max_header = usual.max_header.bytes, .content_types = usual.content_types, .min_rate = usual.min_rate.bytes};
}

/// One that asks until nothing is left. An answer that is not the whole page is a failure. All arguments outlive it.
asio::awaitable<void> ask(net::client& client, const shape& s, const net::exchange_options& options, work& all) {
  while (all.left > 0) {
    --all.left;
    request r;
    r.url = s.url;
    const auto answer = co_await client.exchange(std::move(r), options);
    if (!answer || answer->status != 200 || answer->truncated != truncation::none || answer->body.size() != s.bytes) ++all.failed;
  }
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int measure(const shape& s) {
  asio::io_context loop(1);
  config::fetch settings;
  if (!s.ca_file.empty()) settings.tls.ca_file = s.ca_file;
  net::client client(loop, settings, {.allow_private = true});
  const net::exchange_options options = usual_options();
  work all{s.requests};
  const auto ended = [&](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
    if (--all.askers == 0) loop.stop();  // what is kept idle never ends by itself
  };
  const double before = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  for (; all.askers < s.connections; ++all.askers) asio::co_spawn(loop, ask(client, s, options, all), ended);
  loop.run();
  const double cpu = cpu_seconds() - before, wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  constexpr double unit = 10'000;
  fmt::print("requests {}  failed {}  wall_s {:.3f}  cpu_s_per_10k {:.4f}\n", s.requests, all.failed, wall, cpu * unit / static_cast<double>(s.requests));
  return all.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  shape s;
  CLI::App app("Measures the CPU time that fetching takes, without parsing");
  app.add_option("url", s.url)->required();
  app.add_option("--bytes", s.bytes, "the body's size, which each answer must have")->required();
  app.add_option("--requests", s.requests)->check(CLI::Range(1, 100'000'000));
  app.add_option("--connections", s.connections, "how many ask at the same time")->check(CLI::Range(1, 512));
  app.add_option("--ca-file", s.ca_file, "PEM of the root to trust");
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(s);
  } catch (const std::exception& e) {
    fmt::print(stderr, "trawl-bench-transport: {}\n", e.what());
    return 1;
  }
}
