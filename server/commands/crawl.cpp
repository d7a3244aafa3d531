// trawl crawl: a job from a file or from the command line, run to its end; records to a file or stdout, all else to stderr.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/load.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/seeds.hpp"
#include "crawler/engine/shard.hpp"
#include "server/commands/commands.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;

/// Closes what it opened; stdout stays open.
class output_file {
 public:
  explicit output_file(const crawl_flags& flags) {
    if (flags.output.empty()) {
      file_ = stdout;
    } else {
      file_ = std::fopen(flags.output.c_str(), flags.append ? "ab" : "wb");
      owned_ = file_ != nullptr;
    }
  }
  ~output_file() {
    if (owned_) std::fclose(file_);
  }
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  explicit operator bool() const noexcept { return file_ != nullptr; }
  bool write(const std::string& line) { return std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fputc('\n', file_) != EOF; }
  bool flush() { return std::fflush(file_) == 0; }

 private:
  std::FILE* file_ = nullptr;
  bool owned_ = false;
};

bool is_job_file(const std::string& s) { return s.ends_with(".yaml") || s.ends_with(".yml") || s.ends_with(".json"); }

std::string json_list(const std::vector<std::string>& items) {
  nlohmann::json out = nlohmann::json::array();
  for (const std::string& item : items) out.push_back(item);
  return out.dump();
}

config::loaded_job load(const crawl_flags& flags) {
  config::load_options options;
  if (flags.targets.size() == 1 && is_job_file(flags.targets.front())) {
    options.sets = flags.sets;
    return config::load_job_file(flags.targets.front(), options);
  }
  std::vector<std::string> urls = flags.targets;
  for (std::string& u : urls)
    if (u.find("://") == std::string::npos) u.insert(0, "https://");
  if (!urls.empty()) options.sets.push_back("seeds=" + json_list(urls));
  if (!flags.list.empty()) options.sets.push_back("seed_files=" + json_list({flags.list}));
  if (!flags.list.empty()) options.sets.push_back("scope={max_depth: 0}");
  options.sets.insert(options.sets.end(), flags.sets.begin(), flags.sets.end());
  return config::load_job_text("", "command line", options);
}

void print_status(const engine::progress& p, bool live, std::uint64_t& last_pages, double seconds) {
  const double rate = static_cast<double>(p.books.pages - last_pages) / seconds;
  last_pages = p.books.pages;
  std::uint64_t failed = 0;
  for (const auto& [code, count] : p.errors) failed += count;
  fmt::print(stderr, "{}{} pages, {:.0f} pages/s, {:.1f} MiB, {} queued, {} in flight, {} failed{}", live ? "\r\x1b[K" : "", p.books.pages, rate,
             static_cast<double>(p.wire_bytes) / (1 << 20), p.books.queued, p.books.in_flight, failed, live ? "" : "\n");
}

void print_summary(const engine::crawl& c, const engine::progress& p) {
  const double seconds = std::max(std::chrono::duration<double>(p.elapsed).count(), 0.001);
  fmt::print(stderr, "\n{}: {} after {:.2f} s\n", c.name(), to_string(c.ended()), seconds);
  fmt::print(stderr, "  {:<24} {:>10}   {:.1f} pages/s, {:.2f} MiB/s\n", "pages", p.books.pages, static_cast<double>(p.books.pages) / seconds,
             static_cast<double>(p.wire_bytes) / (1 << 20) / seconds);
  for (const auto& [status, count] : p.statuses) fmt::print(stderr, "  status {:<17} {:>10}\n", status, count);
  for (const auto& [code, count] : p.errors) fmt::print(stderr, "  {:<24} {:>10}\n", code, count);
  const auto& b = p.books;
  fmt::print(stderr, "  {:<24} {:>10} = {} recorded + {} queued + {} in flight; {} duplicates\n", "discovered", b.discovered, b.recorded, b.queued, b.in_flight, b.duplicates);
  for (const auto& [rule, tally] : p.filtered) {
    fmt::print(stderr, "  filtered {:<15} {:>10}", rule, tally.count);
    for (const std::string& url : tally.samples) fmt::print(stderr, "  {}", url.substr(0, 80));
    fmt::print(stderr, "\n");
  }
}

int complain(const std::vector<config::problem>& problems) {
  for (const config::problem& p : problems) fmt::print(stderr, "{}\n", to_string(p));
  fmt::print(stderr, "trawl: nothing was started\n");
  return 2;
}

int dry_run(const config::job& job) {
  fmt::print("{}\n", to_json(job).dump(2));
  fmt::print(stderr, "decorators, from the outside: redirects, host gate, {}identity, traffic, network\nfirst URLs:\n", job.fetch.cookies.enabled ? "cookies, " : "");
  int shown = 0;
  for (auto&& seed : engine::seeds(job, [](const std::string&, const std::string&) {})) {
    fmt::print(stderr, "  {}\n", seed.url);
    if (++shown == 10) break;
  }
  return 0;
}

/// Reads the log in order and writes it out, until the crawl is over. False when the output can't be written.
asio::awaitable<bool> write_records(engine::crawl& c, output_file& out) {
  std::uint64_t seq = 0;
  while (auto entry = co_await c.log().read(seq)) {
    seq = entry->seq;
    if (entry->output && !out.write(entry->line)) {
      fmt::print(stderr, "trawl: the output can't be written: {}\n", std::strerror(errno));
      c.cancel();
      co_return false;
    }
  }
  co_return true;
}

}  // namespace

int crawl_command(const crawl_flags& flags) {
  auto loaded = load(flags);
  if (loaded.problems.empty()) {
    for (const auto& p : engine::check_job(loaded.job)) loaded.problems.push_back(loaded.locate(p.path, p.message));
    for (const auto& [path, why] : engine::unreadable_seed_files(loaded.job)) loaded.problems.push_back(loaded.locate("seed_files", path + ": " + why));
  }
  if (!loaded.problems.empty()) return complain(loaded.problems);
  if (flags.dry_run) return dry_run(loaded.job);
  if (!flags.output.empty() && std::filesystem::exists(flags.output) && !flags.overwrite && !flags.append) {
    fmt::print(stderr, "trawl: {} is there already; say --overwrite or --append, or name another file. Nothing was started\n", flags.output);
    return 2;
  }
  if (flags.output.ends_with(".gz") || flags.output.ends_with(".zst") || flags.output.ends_with(".csv")) {
    fmt::print(stderr, "trawl: {}: only plain NDJSON is available in this version\n", flags.output);
    return 2;
  }
  output_file out(flags);
  std::ofstream rejected(flags.rejected.empty() ? "/dev/null" : flags.rejected);
  if (!out || !rejected) {
    fmt::print(stderr, "trawl: {} can't be written: {}\n", out ? flags.rejected : flags.output, std::strerror(errno));
    return 2;
  }
  if (!flags.output.empty() && !flags.quiet) fmt::print(stderr, "trawl: this version keeps no state beside the output: an interrupted crawl starts again from the beginning\n");

  engine::shards shards;
  engine::crawl_options options;
  options.operator_trusted = true;
  if (!flags.rejected.empty())
    options.on_rejected = [&rejected](const engine::rejected& r) { rejected << nlohmann::json{{"url", r.url}, {"parent", r.parent}, {"rule", r.rule}}.dump() << '\n'; };
  engine::crawl crawl(shards, std::move(loaded.job), std::move(options));

  asio::io_context loop(1);
  bool written = true, interrupted = false;
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  std::function<void(boost::system::error_code, int)> on_signal = [&](boost::system::error_code ec, int) {
    if (ec) return;
    interrupted ? crawl.cancel() : crawl.drain();  // the second signal ends it at once
    interrupted = true;
    signals.async_wait(on_signal);
  };
  signals.async_wait(on_signal);
  asio::steady_timer tick(loop);
  const bool live = isatty(STDERR_FILENO) != 0 && !flags.no_progress;
  const auto every = live ? std::chrono::milliseconds(250) : std::chrono::milliseconds(5000);
  std::uint64_t last_pages = 0;
  std::function<void(boost::system::error_code)> on_tick = [&](boost::system::error_code ec) {
    if (ec) return;
    if (!flags.quiet && !flags.no_progress) print_status(crawl.snapshot(), live, last_pages, std::chrono::duration<double>(every).count());
    tick.expires_after(every);
    tick.async_wait(on_tick);
  };
  tick.expires_after(every);
  tick.async_wait(on_tick);
  crawl.start();
  asio::co_spawn(loop, write_records(crawl, out), [&](std::exception_ptr failure, bool ok) {
    written = ok && failure == nullptr && out.flush();
    signals.cancel();
    tick.cancel();
  });
  loop.run();
  while (!crawl.wait_for(std::chrono::seconds(1))) {
  }
  const engine::progress p = crawl.snapshot();
  if (!flags.quiet) print_summary(crawl, p);
  if (!flags.summary.empty()) std::ofstream(flags.summary) << to_json(p, crawl.name(), to_string(crawl.ended())) << '\n';
  const auto unmet = engine::unmet_expectations(crawl.job(), p);
  for (const std::string& what : unmet) fmt::print(stderr, "trawl: {}\n", what);
  return written && !interrupted && unmet.empty() ? 0 : 1;
}

}  // namespace trawl::server
