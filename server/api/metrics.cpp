// GET /metrics: Prometheus text format 0.0.4, named by its conventions: base units, _total on what only grows. What is counted per job is
// summed over all jobs of this run: a label a job would have no bound.
#include <chrono>
#include <map>

#include "server/api/api.hpp"
#include "server/api/metrics/exposition.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::request;
using boost::asio::awaitable;

void put_results(exposition& w, const job_totals& t) {
  w.metric("trawl_records_total", "counter", "Records written, each a commit.");
  w.value(t.records);
  w.metric("trawl_pages_total", "counter", "Final responses of any status.");
  w.value(t.pages);
  w.metric("trawl_items_total", "counter", "Items extracted.");
  w.value(t.items);
  w.metric("trawl_records_by_status_total", "counter", "Records with an HTTP status, by status.");
  for (const auto& [status, count] : t.statuses) w.value(count, {{"status", std::to_string(status)}});
  w.metric("trawl_records_by_error_total", "counter", "Records with an error, by its code.");
  for (const auto& [code, count] : t.errors) w.value(count, {{"code", code}});
  w.metric("trawl_urls_discovered_total", "counter", "URLs that were taken up.");
  w.value(t.discovered);
  w.metric("trawl_urls_duplicate_total", "counter", "Links and seeds that named what was known.");
  w.value(t.duplicates);
  w.metric("trawl_urls_filtered_total", "counter", "URLs that a rule kept out, by rule.");
  for (const auto& [rule, count] : t.filtered) w.value(count, {{"rule", rule}});
}

void put_fetching(exposition& w, const job_totals& t, const state& with) {
  w.metric("trawl_fetch_requests_total", "counter", "Requests sent, robots.txt and retries included.");
  w.value(t.requests);
  w.metric("trawl_fetch_wire_bytes_total", "counter", "Bytes of bodies as received.");
  w.value(t.wire_bytes);
  w.metric("trawl_fetch_body_bytes_total", "counter", "Bytes of bodies after content decoding.");
  w.value(t.bytes);
  constexpr std::pair<phase, std::string_view> phases[] = {{phase::dns, "dns"}, {phase::connect, "connect"}, {phase::tls, "tls"}, {phase::first_byte, "first_byte"}, {phase::total, "total"}};
  w.metric("trawl_fetch_phase_duration_seconds", "histogram", "How long the phases of exchanges took: dns, connect and tls of new connections; first_byte, request sent to head received; total, with an answer.");
  for (const auto& [which, name] : phases) {
    latency_histogram::numbers sum;
    for (std::size_t i = 0; i < with.shards.size(); ++i) sum += with.shards[i].times()[which].now();
    w.value(sum, {{"phase", name}});
  }
  const async::byte_budget& bodies = with.jobs.bodies();
  w.metric("trawl_bodies_bytes", "gauge", "Memory that bodies in flight have, of all jobs.");
  w.value(bodies.used());
  w.metric("trawl_bodies_limit_bytes", "gauge", "Memory that bodies in flight may have, of all jobs.");
  w.value(bodies.limit());
  w.metric("trawl_bodies_waiting", "gauge", "Requests that wait for memory.");
  w.value(std::uint64_t{bodies.waiting()});
}

void put_jobs(exposition& w, const registry& jobs) {
  std::map<std::string_view, std::uint64_t> states = {{"queued", 0}, {"running", 0}, {"paused", 0}, {"completed", 0}, {"failed", 0}, {"cancelled", 0}};
  engine::progress running;
  for (const auto& [id, j] : jobs.all()) {
    ++states[to_string(j->state)];
    if (j->crawl) running += j->crawl->snapshot();
  }
  w.metric("trawl_jobs", "gauge", "Jobs, by state.");
  for (const auto& [state, count] : states) w.value(count, {{"state", state}});
  w.metric("trawl_urls", "gauge", "URLs of running jobs that wait or are being fetched.");
  w.value(running.books.queued, {{"state", "queued"}});
  w.value(running.books.in_flight, {{"state", "in_flight"}});
  w.metric("trawl_hosts", "gauge", "Hosts of running jobs.");
  w.value(running.hosts);
}

void put_loops(exposition& w, const loop_watch& loops) {
  w.metric("trawl_loop_lag_seconds", "histogram", "How late what was posted to an event loop ran; asked four times a second.");
  w.value(loops.own_lag(), {{"loop", "api"}});
  for (std::size_t i = 0; i < loops.size(); ++i) w.value(loops.lag_of(i), {{"loop", "shard" + std::to_string(i)}});
}

void put_serving(exposition& w, const state& with) {
  w.metric("trawl_scrapes", "gauge", "Pages being scraped now.");
  w.value(std::uint64_t{with.scrapes});
  w.metric("trawl_http_requests_total", "counter", "Calls of the API, by route, method and status.");
  for (const auto& [key, n] : with.site.calls.all())
    for (const auto& [status, count] : n.statuses) w.value(count, {{"route", key.first}, {"method", key.second}, {"status", std::to_string(status)}});
  w.metric("trawl_http_request_duration_seconds", "histogram", "From a call's head to its answer's head, by route and method.");
  for (const auto& [key, n] : with.site.calls.all()) w.value(n.took.now(), {{"route", key.first}, {"method", key.second}});
  w.metric("trawl_http_connections", "gauge", "Connections that clients hold open.");
  w.value(std::uint64_t{with.site.connections});
  w.metric("trawl_http_connections_idle", "gauge", "Of them, those between two requests.");
  w.value(std::uint64_t{with.site.idle});
  w.metric("trawl_http_connections_refused_total", "counter", "Connections turned away because there were too many.");
  w.value(with.site.refused_connections);
  w.metric("trawl_http_bodies_bytes", "gauge", "Memory set aside for request bodies being read.");
  w.value(std::uint64_t{with.site.body_bytes});
}

awaitable<answer> measure(const state& with, double started) {
  exposition w;
  w.metric("trawl_build_info", "gauge", "The version that runs; always 1.");
  w.value(std::uint64_t{1}, {{"version", TRAWL_VERSION}});
  const job_totals totals = with.jobs.totals();
  put_results(w, totals);
  put_fetching(w, totals, with);
  put_jobs(w, with.jobs);
  put_loops(w, with.loops);
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
