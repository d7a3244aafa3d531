// From a request body to a job that may run here: read, checked against what the operator allows, compiled once. Pure; it may take
// long for a large body, so the service does it off its loop.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.hpp"
#include "config/job.hpp"
#include "server/http/message.hpp"
#include "server/options.hpp"

namespace trawl::server {

/// How a job's text is written.
enum class body_format : std::uint8_t {
  json,
  yaml,
  trusted,  ///< a job file of the operator's own, as `trusted_job` has taken it up; never what came by HTTP
};

/// A job, or what is wrong with it. `status` 400: the text can't be read at all; 422: it can, but not be run here.
struct submission {
  config::job job;
  unsigned status = 201;
  std::vector<http::problem_entry> errors;
  std::vector<std::string> secrets;  ///< texts of the job that are never shown, beside its credentials
};

/// A job as `POST /api/v1/jobs` takes it. A key that the job leaves out takes its ceiling; one above it is an error.
/// `patches`: changes to it, JSON objects in their order; the last one is judged by what a change may touch.
submission read_job(const std::string& text, body_format format, const job_ceilings& ceilings, const config::node* defaults = nullptr, const std::vector<std::string>& patches = {});

/// A job as it is stored under a name: the same, but it may have a schedule, which is checked.
submission read_stored_job(const std::string& text, body_format format, const job_ceilings& ceilings, const config::node* defaults = nullptr);

/// The job behind `POST /api/v1/scrape`: `{url, fetch, politeness, extract}`; one seed, nothing followed, links on unless said otherwise.
submission read_scrape(const std::string& text, const job_ceilings& ceilings, const config::node* defaults = nullptr);

}  // namespace trawl::server
