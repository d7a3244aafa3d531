// GET /metrics: Prometheus text format 0.0.4, named by its conventions: base units, _total on what only grows.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/api/api.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::request;
using boost::asio::awaitable;

/// Writes one metric after another; label values are our own words, and need no escape.
class writer {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void value(double v) { fmt::format_to(std::back_inserter(text), "{} {}\n", name_, v); }
  void value(std::uint64_t v) { fmt::format_to(std::back_inserter(text), "{} {}\n", name_, v); }
  void value(std::string_view label, std::string_view of, std::uint64_t v) { fmt::format_to(std::back_inserter(text), "{}{{{}=\"{}\"}} {}\n", name_, label, of, v); }

  std::string text;

 private:
  std::string_view name_;
};

void put_crawling(writer& w, const registry& jobs) {
  const job_totals t = jobs.totals();
  w.metric("trawl_records_total", "counter", "Records written.");
  w.value(t.records);
  w.metric("trawl_pages_total", "counter", "Final responses of any status.");
  w.value(t.pages);
  w.metric("trawl_records_by_status_total", "counter", "Records with an HTTP status, by status.");
  for (const auto& [status, count] : t.statuses) w.value("status", std::to_string(status), count);
  w.metric("trawl_records_by_error_total", "counter", "Records with an error, by its code.");
  for (const auto& [code, count] : t.errors) w.value("code", code, count);
  w.metric("trawl_fetch_requests_total", "counter", "Requests sent, robots.txt and retries included.");
  w.value(t.requests);
  w.metric("trawl_fetch_wire_bytes_total", "counter", "Bytes of bodies as received.");
  w.value(t.wire_bytes);
  w.metric("trawl_fetch_body_bytes_total", "counter", "Bytes of bodies after content decoding.");
  w.value(t.bytes);
  const async::byte_budget& bodies = jobs.bodies();
  w.metric("trawl_bodies_bytes", "gauge", "Memory that bodies in flight have, of all jobs.");
  w.value(bodies.used());
  w.metric("trawl_bodies_limit_bytes", "gauge", "Memory that bodies in flight may have, of all jobs.");
  w.value(bodies.limit());
  w.metric("trawl_bodies_waiting", "gauge", "Requests that wait for memory.");
  w.value(std::uint64_t{bodies.waiting()});
  const frontier::books books = jobs.running_books();
  w.metric("trawl_urls", "gauge", "URLs of running jobs that wait or are being fetched.");
  w.value("state", "queued", books.queued);
  w.value("state", "in_flight", books.in_flight);
  std::array<std::uint64_t, 5> states{};
  for (const auto& [id, j] : jobs.all()) ++states[static_cast<std::size_t>(j->state)];
  w.metric("trawl_jobs", "gauge", "Jobs, by state.");
  for (std::size_t i = 0; i < states.size(); ++i) w.value("state", to_string(static_cast<job_state>(i)), states[i]);
}

void put_serving(writer& w, const state& with) {
  w.metric("trawl_scrapes", "gauge", "Pages being scraped now.");
  w.value(std::uint64_t{with.scrapes});
  w.metric("trawl_http_answers_total", "counter", "Answers of the API, by status.");
  for (const auto& [status, count] : with.site.answers) w.value("status", std::to_string(status), count);
  w.metric("trawl_http_connections", "gauge", "Connections that clients hold open.");
  w.value(std::uint64_t{with.site.connections});
  w.metric("trawl_http_connections_refused_total", "counter", "Connections turned away because there were too many.");
  w.value(with.site.refused_connections);
}

/// The names of Prometheus's own client libraries.
void put_process(writer& w, double started) {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  w.metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.");
  w.value(size * page);
  w.metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
  w.value(resident * page);
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  w.metric("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
  w.value(seconds(use.ru_utime) + seconds(use.ru_stime));
  std::error_code ec;
  const std::filesystem::directory_iterator open_files("/proc/self/fd", ec);
  w.metric("process_open_fds", "gauge", "Number of open file descriptors.");
  w.value(ec ? std::uint64_t{0} : static_cast<std::uint64_t>(std::distance(begin(open_files), end(open_files))));
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  w.metric("process_max_fds", "gauge", "Maximum number of open file descriptors.");
  w.value(std::uint64_t{files.rlim_cur});
  w.metric("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
  w.value(started);
}

awaitable<answer> measure(const state& with, double started) {
  writer w;
  w.metric("trawl_build_info", "gauge", "The version that runs; always 1.");
  w.value("version", TRAWL_VERSION, 1);
  put_crawling(w, with.jobs);
  put_serving(w, with);
  put_process(w, started);
  answer out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = std::move(w.text);
  co_return out;
}

}  // namespace

void add_metrics(http::router& to, state& with) {
  const double started = std::chrono::duration<double>(job::wall_clock::now().time_since_epoch()).count();
  to.add("GET", "/metrics", {.handle = [&with, started](const request&) { return measure(with, started); }});
}

}  // namespace trawl::server::api
