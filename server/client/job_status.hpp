// A job's status as the API gives it, read into what the progress line and the summary are made of.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/job.hpp"
#include "crawler/engine/stats/stats.hpp"
#include "server/crawl/progress_text.hpp"

namespace trawl::server::client {

struct job_status {
  std::string id, name, state;
  std::string ended, reason;   ///< empty while it is not over
  std::string submitted_at;    ///< RFC 3339; empty where it is not known
  engine::progress numbers;
  server::rates now;           ///< as the service measured them

  /// completed, failed or cancelled.
  bool is_over() const noexcept;
  /// Of a job that is over: 0 completed, 1 failed, 3 cancelled.
  int exit_code() const noexcept;
};

/// nullopt where there is no id and state in it; what else is missing, or of another type, stays at its default.
std::optional<job_status> read_status(const nlohmann::json& from);

/// The bounds of a job document, for the time that is left: max_pages and limits.
config::job read_bounds(const nlohmann::json& document);

/// The live line of a job: its state unless it runs, then what `trawl crawl` shows. Safe to print.
std::string status_line(const job_status& s, const config::job& bounds);

/// What the end of a job is told in: the table of `trawl crawl`, and the reason where there is one.
std::string end_text(const job_status& s);

}  // namespace trawl::server::client
