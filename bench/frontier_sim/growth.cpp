#include "bench/frontier_sim/growth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/frontier_sim/simulation.hpp"
#include "bench/frontier_sim/usage.hpp"

namespace trawl::bench {
namespace {

constexpr std::uint64_t stretch = 100'000;  // URLs: the first and the last of them are compared
constexpr std::size_t batch = 50, batches_at_once = 16;
constexpr double micro = 1e6, mebi = 1 << 20;

/// What crawling a stretch of the discovered URLs took.
struct sample {
  std::uint64_t urls = 0, pages = 0;
  usage used;
  std::uint64_t memory = 0;
};

double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / mebi; }
double each(double seconds, std::uint64_t count) { return seconds * micro / static_cast<double>(count); }

/// The crawl, in stretches.
class growing_crawl {
 public:
  explicit growing_crawl(const growth_options& options)
      : options_(options), process_(options.shards), web_(options.pages, options.shards),
        job_(process_, web_, {.state = options.state, .concurrency = options.concurrency, .most_latency = std::chrono::milliseconds(options.latency_ms)}) {}

  void seed() {
    std::vector<frontier::candidate> all;
    for (std::uint32_t host = 0; host < options_.pages.hosts; ++host) all.push_back(web_.candidate(web_.front(host), 0, ""));
    job_.add(std::move(all), batch, batches_at_once);
  }

  /// Until so many more are discovered.
  sample grow(std::uint64_t urls) {
    const std::uint64_t until = web_.named() + urls, pages_before = job_.counts().recorded, from = web_.named();
    const usage before = used_now();
    job_.crawl(true, [&] { return web_.named() >= until; });
    return {web_.named() - from, job_.counts().recorded - pages_before, since(before), memory_of("RssAnon")};
  }

  bool is_balanced() const {
    const frontier::books b = job_.counts();
    return b.discovered == b.recorded + b.queued + b.in_flight && b.discovered == web_.named();
  }

  void print_calls();
  void print_serving(const std::vector<std::uint32_t>& before) const;
  void print_disk();
  process& all() { return process_; }
  web& pages() { return web_; }
  job& crawl() { return job_; }

 private:
  usage add(page_name (web::*pick)(), std::uint64_t count);
  const growth_options& options_;
  process process_;
  web web_;
  job job_;
};

usage growing_crawl::add(page_name (web::*pick)(), std::uint64_t count) {
  std::vector<frontier::candidate> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(web_.candidate((web_.*pick)(), 5, "https://www.host-000001.example/"));
  const usage before = used_now();
  job_.add(std::move(all), batch, batches_at_once);
  if (auto* store = job_.store()) store->remember("bench", "1");  // it is synced when this returns
  return since(before);
}

void growing_crawl::print_calls() {
  constexpr std::uint64_t hot_links = 10'000'000;
  constexpr std::uint32_t hot_pages = 1024;
  std::vector<frontier::candidate> newest;
  std::vector<std::uint64_t> hot;
  while (hot.size() < hot_pages) {
    newest.push_back(web_.candidate(web_.fresh(), 5, ""));
    if (newest.back().shard == 0) hot.push_back(newest.back().fingerprint);
  }
  job_.add(std::move(newest), batch, batches_at_once);
  std::uint64_t known = 0;
  const usage before = used_now();
  for (std::uint64_t i = 0; i < hot_links; ++i) known += job_.part(0).is_known(hot[i % hot_pages]) ? 1 : 0;
  const usage of_hot = since(before);
  fmt::print("is_known      {:7.3f} us CPU ({:.0f} % of them known)\n", each(of_hot.cpu_s, hot_links), 100.0 * static_cast<double>(known) / hot_links);
  const usage of_new = add(&web::fresh, stretch);
  fmt::print("add, new      {:7.3f} us CPU, synced\n", each(of_new.cpu_s, stretch));
  const usage of_cold = add(&web::known, stretch);
  fmt::print("add, known    {:7.3f} us CPU, anywhere in the crawl\n", each(of_cold.cpu_s, stretch));
  std::uint64_t left = stretch;
  const usage at_commits = used_now();
  job_.crawl(false, [&] { return left-- == 0; });
  if (auto* store = job_.store()) store->remember("bench", "2");
  fmt::print("next + commit {:7.3f} us CPU, no links\n", each(since(at_commits).cpu_s, stretch));
}

/// Of hosts whose queues never ran dry: how evenly they were served, 1 being all the same (Jain, Chiu, Hawe 1984).
void growing_crawl::print_serving(const std::vector<std::uint32_t>& before) const {
  double sum = 0, squares = 0, most = 0, least = 1e18, hosts = 0;
  for (std::size_t host = 0; host < before.size(); ++host) {
    const std::uint32_t served = web_.done_of()[host] - before[host];
    if (web_.named_of()[host] - web_.done_of()[host] < 16) continue;
    sum += served, squares += static_cast<double>(served) * served, most = std::max<double>(most, served), least = std::min<double>(least, served), ++hosts;
  }
  if (sum == 0) return;
  fmt::print("serving: {:.0f} hosts with work, evenness {:.4f}, pages of a host {:.0f} to {:.0f}, mean {:.1f}\n", hosts, sum * sum / (hosts * squares), least, most, sum / hosts);
  const slot_use& slots = job_.slots();
  fmt::print("slots: free while a host was due {:.3f} % of the time\n", 100 * slots.idle_s / slots.whole_s);
}

void growing_crawl::print_disk() {
  constexpr std::array<const char*, frontier::store::tables> names = {"meta", "seen", "queue", "done", "hosts", "log", "journal"};
  auto* store = job_.store();
  if (store == nullptr) return;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto size = store->tables().measure(static_cast<frontier::store::table>(i));
    fmt::print("disk: {:<6} {:9.1f} MiB, about {} rows, {:.1f} bytes a discovered URL\n", names[i], mib(size.bytes), size.rows, static_cast<double>(size.bytes) / static_cast<double>(web_.named()));
  }
}

void print_head() { fmt::print("{:>11} {:>10} {:>12} {:>12} {:>10}\n", "discovered", "pages", "CPU us/page", "pages/s", "own MiB"); }

void print_row(const sample& s, std::uint64_t named) {
  fmt::print("{:>11} {:>10} {:>12.1f} {:>12.0f} {:>10.1f}\n", named, s.pages, each(s.used.cpu_s, s.pages), static_cast<double>(s.pages) / s.used.wall_s, mib(s.memory));
  std::fflush(stdout);
}

double per_second(const sample& s) { return static_cast<double>(s.urls) / s.used.cpu_s; }

}  // namespace

bool measure_growth(const growth_options& options) {
  const std::uint64_t empty = memory_of("RssAnon");
  growing_crawl crawl(options);
  crawl.seed();
  fmt::print("{} hosts seeded: {:.1f} MiB\n", options.pages.hosts, mib(memory_of("RssAnon") - empty));
  print_head();
  const sample first = crawl.grow(stretch);
  print_row(first, crawl.pages().named());
  const std::uint64_t step = std::max<std::uint64_t>((options.urls - 2 * stretch) / 10, stretch);
  std::optional<sample> base;
  std::uint64_t base_at = 0;
  std::vector<std::uint32_t> served_before;
  while (crawl.pages().named() + stretch < options.urls) {
    served_before = crawl.pages().done_of();
    const sample s = crawl.grow(std::min(step, options.urls - stretch - crawl.pages().named()));
    print_row(s, crawl.pages().named());
    if (!base) base = s, base_at = crawl.pages().named();
  }
  const sample last = crawl.grow(stretch);
  print_row(last, crawl.pages().named());
  fmt::print("speed of the last {} by CPU time: {:.0f} % of the first's; by the wall clock {:.0f} %\n", stretch, 100 * per_second(last) / per_second(first), 100 * first.used.wall_s / last.used.wall_s);
  if (base && crawl.pages().named() > base_at)
    fmt::print("memory: {:.2f} bytes a URL from {} on; most resident {:.0f} MiB\n", (static_cast<double>(last.memory) - static_cast<double>(base->memory)) / static_cast<double>(crawl.pages().named() - base_at),
               base_at, mib(memory_of("VmHWM")));
  fmt::print("links: {:.1f} % known by the part's own cache\n", 100.0 * static_cast<double>(crawl.crawl().cached()) / static_cast<double>(crawl.crawl().links()));
  crawl.print_serving(served_before);
  crawl.print_disk();
  const bool is_balanced = crawl.is_balanced();
  fmt::print("books: {}\n", is_balanced ? "balance" : "DO NOT BALANCE");
  crawl.print_calls();
  return is_balanced;
}

void measure_opening(const growth_options& options) {
  const usage before = used_now();
  process all(options.shards);
  web pages(options.pages, options.shards);
  job again(all, pages, {.state = options.state, .concurrency = options.concurrency});
  bool is_leased = false;
  again.on_lease = [&](const frontier::lease&) { is_leased = true; };
  const usage opened = since(before);
  again.crawl(false, [&] { return is_leased; });
  const usage leased = since(before);
  const auto books = again.counts();
  fmt::print("opened in {:.2f} s (CPU {:.2f}), first page after {:.2f} s; {} discovered, {} queued; own memory {:.1f} MiB\n", opened.wall_s, opened.cpu_s, leased.wall_s, books.discovered, books.queued, mib(memory_of("RssAnon")));
}

}  // namespace trawl::bench
