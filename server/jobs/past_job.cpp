#include "server/jobs/past_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crawler/frontier/log/segment_log.hpp"

namespace trawl::server {
namespace {

std::string text_of(const nlohmann::json& from, const char* key) {
  const auto at = from.find(key);
  return at != from.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// `counts.recorded` of a status; 0 where it has none.
std::uint64_t recorded_of(const nlohmann::json& status) {
  const auto counts = status.find("counts");
  if (counts == status.end() || !counts->is_object()) return 0;
  const auto at = counts->find("recorded");
  return at != counts->end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

}  // namespace

std::shared_ptr<job> past_job(const job_files::left& files) {
  auto out = std::make_shared<job>();
  out->id = files.id;
  out->state = job_state::failed;
  const auto end = nlohmann::json::parse(files.end, nullptr, false);
  if (end.is_object()) {
    out->name = text_of(end, "name");
    out->state = job_state_from(text_of(end, "state")).value_or(job_state::failed);
    out->recorded = recorded_of(end);
    out->last_status = files.end;
    return out;
  }
  const auto about = nlohmann::json::parse(files.job, nullptr, false);
  if (about.is_object()) {
    out->name = text_of(about, "name");
    out->submitted_at = text_of(about, "submitted_at");
  }
  out->reason = "interrupted: the server ended before the job did; its results so far are kept";
  out->last_status = out->status();
  return out;
}

std::uint64_t missing_in(const frontier::segment_log& log, const std::string& id, std::uint64_t recorded) {
  for (const auto& d : log.damages())
    spdlog::error("job {}: {} bytes of {} can't be read, from byte {} on; put the file back from a backup, or DELETE the job", id, d.bytes, d.file.string(), d.at);
  const std::uint64_t expected = std::max(recorded, log.synced_seq()), readable = log.readable();
  if (readable >= expected) return 0;
  spdlog::error("job {}: {} of {} records can't be read", id, expected - readable, expected);
  return expected - readable;
}

}  // namespace trawl::server
