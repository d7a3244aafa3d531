// The HTTP API: which path is answered by what. One file a resource; each adds its routes to the router.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "server/http/router.hpp"
#include "server/http/session.hpp"
#include "server/jobs/registry.hpp"
#include "server/jobs/submission.hpp"
#include "server/loop_watch.hpp"
#include "server/offload.hpp"
#include "server/options.hpp"
#include "server/schedule/named_jobs.hpp"

namespace trawl::server::api {

/// What the handlers work with. The loop's thread only; outlives every session.
struct state {
  registry& jobs;
  judges& checkers;
  engine::shards& shards;
  loop_watch& loops;
  http::site& site;
  const server_options& options;
  std::shared_ptr<const server_options> kept = std::make_shared<const server_options>(options);  ///< the same, for work that may outlast the service
  std::size_t scrapes = 0;  ///< running now
};

/// The job of the path's {id}; nullptr: there is none, or it is another token's, which is the same for who asks.
registry::job_ptr job_of(state& with, const http::request& r);
http::answer no_such_job();
/// 201 with the job's address; also what a repeated submission gets.
http::answer created(const job& j);
/// 429: no room for one more job.
http::answer no_room();
/// A job's row could not be written: 507 (RFC 4918, 11.5) where the disk has no room, 503 where it fails otherwise.
http::answer not_stored(const std::error_code& why);
/// What `work` answers; `not_stored` where it ends by a std::system_error.
boost::asio::awaitable<http::answer> or_not_stored(boost::asio::awaitable<http::answer> work);
/// Of a job's document (RFC 9110, 8.8.3).
std::string etag_of(std::string_view document);

void add_jobs(http::router& to, state& with);
/// What it does now: its hosts, why a URL is where it is, and events as they happen.
void add_watching(http::router& to, state& with);
/// Pausing and the like, changes, more seeds.
void add_job_control(http::router& to, state& with);
/// Stored jobs: put, list, look at, run, delete.
void add_named(http::router& to, state& with, named_jobs& stored);
void add_results(http::router& to, state& with);
void add_scrape(http::router& to, state& with);
void add_metrics(http::router& to, state& with);
/// /healthz and /readyz.
void add_health(http::router& to, state& with);
/// The API's document and the page that shows it.
void add_pages(http::router& to, state& with);

/// A submitted document's format by its Content-Type; nullopt: one that can't be a job, and that a web page could send unasked.
std::optional<body_format> format_of(const http::request& r) noexcept;

}  // namespace trawl::server::api
