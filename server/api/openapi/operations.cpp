// The words about each call. One entry a route; a test compares them with the route table.
#include "server/api/openapi/document.hpp"

namespace trawl::server::api {
namespace {

using http::answer_words;
using http::body_words;
using http::operation;
using http::parameter_words;
using http::value_kind;

constexpr body_words brief = {"application/json", "JobBrief"}, status = {"application/json", "JobStatus"}, stored = {"application/json", "StoredJob"}, none = {};
constexpr parameter_words job_id = {"id", "the job's id", value_kind::text, "", "01981f0c2d5e7a3b"};
constexpr parameter_words host_name = {"host", "the host's name, with its port where that is neither 80 nor 443", value_kind::text, "", "docs.example.org"};
constexpr parameter_words stored_name = {"name", "the stored job's name", value_kind::text, "", "nightly"};
constexpr std::string_view states = "queued running paused completed failed cancelled";

operation about_job(std::string_view id, std::string_view summary, std::vector<answer_words> answers, std::vector<unsigned> problems = {404}) {
  return {.id = id, .tag = "jobs", .summary = summary, .path = {job_id}, .answers = std::move(answers), .problems = std::move(problems)};
}

operation list_jobs() {
  return {.id = "listJobs", .tag = "jobs", .summary = "The jobs, newest first",
          .query = {{"state", "only those in this state", value_kind::text, states},
                    {"name", "only those of this name"},
                    {"limit", "jobs of one answer, 1 to 1000", value_kind::number, "", "100"},
                    {"cursor", "`next` of the answer before"}},
          .answers = {{200, "a page of jobs", {"application/json", "JobList"}}}};
}

operation submit_job() {
  return {.id = "submitJob", .tag = "jobs", .summary = "Submits a job",
          .description = "The job is on the disk before the answer.",
          .query = {{"check", "only validates", value_kind::flag}, {"hold", "the job waits for more seeds until it is closed", value_kind::flag}},
          .headers = {{"Idempotency-Key", "the same request with the same key makes no second job; at most 255 characters", value_kind::text, "", "3f1c"}},
          .takes = {{"application/json", "Job"}, {"application/yaml", "Job"}},
          .answers = {{201, "the job is taken", brief, {{"Location", "its path", value_kind::text, "", "/api/v1/jobs/01981f0c2d5e7a3b"}}}, {200, "with `check=true`: it would be taken", {"application/json", "Valid"}}},
          .problems = {409, 413, 415, 422, 429, 503, 507}};
}

operation change_job() {
  operation out = about_job("changeJob", "Changes politeness, limits, concurrency or exclude of a job that is not over", {{200, "the job as it is now", {"application/json", "Job"}}}, {404, 409, 412, 413, 415, 422});
  out.headers = {{"If-Match", "the ETag of the document that is to be changed; another one by now is 412", value_kind::text, "", "\"2e3d7a9001b343203fd34872d330c5d9\""}};
  out.takes = {{"application/json", "JobChanges"}};
  return out;
}

operation add_seeds() {
  operation out = about_job("addSeeds", "More seeds for a job", {{200, "what became of them", {"application/json", "SeedCounts"}}}, {404, 409, 413, 415});
  out.description = "A URL a line, or a JSON seed a line; streamed, up to 1 GiB.";
  out.takes = {{"application/x-ndjson", ""}, {"text/plain", ""}};
  return out;
}

operation retry_job() {
  operation out = about_job("retryJob", "Fetches URLs again whose records match", {{202, "they are queued again", brief}}, {404, 409, 413, 415, 422});
  out.takes = {{"application/json", "RetryCodes"}};
  return out;
}

operation read_results() {
  operation out = about_job("readResults", "The records of a job, in the order of `seq`", {});
  out.tag = "results";
  out.description = "A JSON line for each record; an empty line is a sign of life. With `follow` the two headers stand in the trailers.";
  out.query = {{"after", "the `seq` of the last record that is known; 0 is the beginning", value_kind::number, "", "0"},
               {"limit", "at most so many records; 0 is all that are there", value_kind::number, "", "1000"},
               {"follow", "stay, and get each record as it is made, until the job ends", value_kind::flag},
               {"rows", "what a line is", value_kind::text, "records items"},
               {"status", "only records with this status, or of this class", value_kind::text, "", "5xx"},
               {"error", "only records with this error code, or glob of codes", value_kind::text, "", "timeout.*"}};
  out.answers = {{200, "NDJSON, a `Record` a line", {"application/x-ndjson", ""},
                  {{"Trawl-Next", "the `after` that goes on from here", value_kind::number}, {"Trawl-Complete", "nothing will follow", value_kind::flag}, {"Trawl-Missing", "records that the job's files do not hold any more", value_kind::number}}}};
  return out;
}

operation watch_job() {
  operation out = about_job("watchJob", "State changes and progress, as Server-Sent Events", {{200, "an endless stream", {"text/event-stream", ""}}});
  out.headers = {{"Last-Event-ID", "the last event that is known", value_kind::number}};
  return out;
}

operation list_hosts() {
  operation out = about_job("listHosts", "The hosts of a job that runs, those with most to do first", {{200, "numbers of each", {"application/json", "HostList"}}}, {404, 409});
  out.query = {{"limit", "hosts of one answer, 1 to 1000", value_kind::number, "", "100"}};
  return out;
}

operation pause_host(std::string_view id, std::string_view summary) {
  operation out = about_job(id, summary, {{202, "done, or so already", {"application/json", "PausedHost"}}}, {404, 409});
  out.path.push_back(host_name);
  return out;
}

operation explain() {
  operation out = about_job("explain", "Who found a URL, which rule let it in or kept it out, what became of it", {{200, "what is known of it", {"application/json", "Explanation"}}});
  out.query = {{"url", "the URL", value_kind::text, "", "https://docs.example.org/x"}};
  return out;
}

operation scrape() {
  return {.id = "scrape", .tag = "scrape", .summary = "Fetches one page now, and gives its record",
          .description = "robots.txt is obeyed. 200 also where the record has an `error`; closing the connection ends the fetch.",
          .takes = {{"application/json", "Scrape"}},
          .answers = {{200, "the page's record", {"application/json", "Record"}}},
          .problems = {413, 415, 422, 503, 504}};
}

operation about_stored(std::string_view id, std::string_view summary, std::vector<answer_words> answers, std::vector<unsigned> problems) {
  return {.id = id, .tag = "stored jobs", .summary = summary, .path = {stored_name}, .answers = std::move(answers), .problems = std::move(problems)};
}

operation store_job() {
  operation out = about_stored("storeJob", "Stores a job under a name, with its schedule", {{201, "it is stored", stored}, {200, "it has taken the other's place", stored}}, {404, 409, 412, 413, 415, 422, 429, 503, 507});
  out.headers = {{"If-Match", "the ETag of the job that is to be replaced", value_kind::text, "", "\"3\""}, {"If-None-Match", "*: only where none stands under the name", value_kind::text, "", "*"}};
  out.takes = {{"application/json", "Job"}, {"application/yaml", "Job"}};
  return out;
}

operation remove_stored() {
  operation out = about_stored("removeStoredJob", "Removes a stored job; its runs stay", {{204, "it is gone", none}}, {404, 409, 412, 503});
  out.headers = {{"If-Match", "the ETag of the job that is meant", value_kind::text, "", "\"3\""}};
  return out;
}

operation run_stored() {
  operation out = about_stored("runStoredJob", "Runs a stored job now", {{201, "the run's job", brief, {{"Location", "its path", value_kind::text, "", "/api/v1/jobs/01981f0c2d5e7a3b"}}}}, {404, 409, 413, 415, 422, 429, 503, 507});
  out.description = "A body is laid over the stored job; without one it runs as it stands.";
  out.headers = {{"Idempotency-Key", "the same request with the same key makes no second run", value_kind::text, "", "3f1c"}};
  out.takes = {{"application/json", ""}};
  return out;
}

operation about_server(std::string_view id, std::string_view summary, std::vector<answer_words> answers, std::vector<unsigned> problems = {}) {
  return {.id = id, .tag = "server", .summary = summary, .answers = std::move(answers), .problems = std::move(problems)};
}

std::vector<described_route> all_operations() {
  const std::vector<answer_words> accepted = {{202, "done, or so already", brief}};
  return {
      {"GET", "/api/v1/jobs", list_jobs()},
      {"POST", "/api/v1/jobs", submit_job()},
      {"GET", "/api/v1/jobs/{id}", about_job("showJob", "How a job stands", {{200, "its state and numbers", status}})},
      {"PATCH", "/api/v1/jobs/{id}", change_job()},
      {"DELETE", "/api/v1/jobs/{id}", about_job("deleteJob", "Removes a job that is over, and its results", {{204, "it is gone", none}}, {404, 409})},
      {"GET", "/api/v1/jobs/{id}/job", about_job("showJobDocument", "The job as it was understood, secrets as ***", {{200, "the job", {"application/json", "Job"}}})},
      {"POST", "/api/v1/jobs/{id}/cancel", about_job("cancelJob", "Ends a job", accepted)},
      {"POST", "/api/v1/jobs/{id}/pause", about_job("pauseJob", "Fetches nothing more until it is resumed", accepted, {404, 409})},
      {"POST", "/api/v1/jobs/{id}/resume", about_job("resumeJob", "Goes on with a paused job", accepted, {404, 409})},
      {"POST", "/api/v1/jobs/{id}/retry", retry_job()},
      {"POST", "/api/v1/jobs/{id}/seeds", add_seeds()},
      {"POST", "/api/v1/jobs/{id}/close", about_job("closeJob", "No more seeds come", accepted, {404, 409})},
      {"GET", "/api/v1/jobs/{id}/results", read_results()},
      {"GET", "/api/v1/jobs/{id}/events", watch_job()},
      {"GET", "/api/v1/jobs/{id}/hosts", list_hosts()},
      {"POST", "/api/v1/jobs/{id}/hosts/{host}/pause", pause_host("pauseHost", "Asks nothing more of a host until it is resumed")},
      {"POST", "/api/v1/jobs/{id}/hosts/{host}/resume", pause_host("resumeHost", "Goes on with a paused host")},
      {"GET", "/api/v1/jobs/{id}/explain", explain()},
      {"POST", "/api/v1/scrape", scrape()},
      {"GET", "/api/v1/named", {.id = "listStoredJobs", .tag = "stored jobs", .summary = "The stored jobs, and when each runs next", .answers = {{200, "all of them", {"application/json", "StoredJobList"}}}}},
      {"GET", "/api/v1/named/{name}", about_stored("showStoredJob", "A stored job with its document, secrets as ***", {{200, "the job", stored}}, {404})},
      {"PUT", "/api/v1/named/{name}", store_job()},
      {"DELETE", "/api/v1/named/{name}", remove_stored()},
      {"POST", "/api/v1/named/{name}/runs", run_stored()},
      {"GET", "/metrics", about_server("metrics", "Numbers for Prometheus, text format 0.0.4", {{200, "the numbers", {"text/plain", ""}}})},
      {"GET", "/healthz", about_server("healthz", "Does it answer, and do the threads that crawl?", {{200, "they do", {"application/json", "Health"}}, {503, "which one does not", {"application/json", "Health"}}})},
      {"GET", "/readyz", about_server("readyz", "Does it take jobs?", {{200, "it does", {"application/json", "Health"}}, {503, "why not", {"application/json", "Health"}}})},
      {"GET", "/openapi.json", about_server("openapi", "This document", {{200, "OpenAPI 3.1", {"application/json", "Document"}}})},
      {"GET", "/docs", about_server("docs", "This document as a page", {{200, "HTML", {"text/html", ""}}})},
      {"GET", "/docs/docs.js", about_server("docsScript", "The page's script", {{200, "JavaScript", {"text/javascript", ""}}})},
      {"GET", "/docs/docs.css", about_server("docsStyle", "The page's style", {{200, "CSS", {"text/css", ""}}})},
      {"GET", "/", about_server("home", "The dashboard", {{200, "HTML", {"text/html", ""}}})},
  };
}

}  // namespace

const std::vector<described_route>& operations() {
  static const std::vector<described_route> all = all_operations();
  return all;
}

}  // namespace trawl::server::api
