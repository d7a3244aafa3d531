#include "server/schedule/stored_job.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace trawl::server {
namespace {

using json = nlohmann::ordered_json;
constexpr std::size_t longest_name = 64;

std::int64_t to_ms(stored_job::time t) { return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count(); }

json to_json(const config::schedule& s) {
  return {{"cron", s.cron}, {"timezone", s.timezone}, {"queue", s.overlap == config::overlap_mode::queue}, {"continue", s.state == config::rerun_mode::continue_}};
}

std::optional<config::schedule> schedule_from(const json& row) {
  if (!row.is_object()) return std::nullopt;
  config::schedule out;
  out.cron = row.value("cron", "");
  out.timezone = row.value("timezone", "UTC");
  if (row.value("queue", false)) out.overlap = config::overlap_mode::queue;
  if (row.value("continue", false)) out.state = config::rerun_mode::continue_;
  return out;
}

}  // namespace

bool is_stored_name(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, fits);
}

void stored_job::follow(std::optional<config::schedule> next_plan, time now) {
  plan = std::move(next_plan);
  times.reset();
  due.reset();
  waits = false;
  if (!plan) return;
  const auto read = timetable::of(*plan);
  if (!read) {
    problem = read.error().path + ": " + read.error().message;
    return;
  }
  times = *read;
  due = times->next(now);
}

std::string stored_job::to_row() const {
  json out = {{"owner", owner}, {"file", file}, {"version", version}, {"bytes", bytes}, {"waits", waits}, {"last_run", last_run}, {"state_of", state_of}};
  if (plan) out["schedule"] = to_json(*plan);
  if (due) out["due"] = to_ms(*due);
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::shared_ptr<stored_job> stored_job::from_row(const std::string& name, const std::string& row) {
  const auto in = json::parse(row, nullptr, false);
  if (!in.is_object()) return nullptr;
  auto out = std::make_shared<stored_job>();  // shared: a run that has begun holds it while others may remove it
  out->name = name;
  out->owner = in.value("owner", "");
  out->file = in.value("file", "");
  out->version = in.value("version", std::uint64_t{0});
  out->bytes = in.value("bytes", std::size_t{0});
  out->last_run = in.value("last_run", "");
  out->state_of = in.value("state_of", "");
  if (in.contains("schedule")) out->follow(schedule_from(in["schedule"]), time{});
  if (out->times && in.contains("due") && in["due"].is_number_integer()) out->due = time(std::chrono::milliseconds(in["due"].get<std::int64_t>()));
  out->waits = in.value("waits", false);
  return out;
}

decision decide(const stored_job& s, stored_job::time now, bool is_active) {
  const bool is_due = s.due && *s.due <= now && s.times;
  if (!is_due) return {s.waits && !is_active ? turn::run : turn::none, s.due};
  const auto next = s.times->next(now);
  const auto missed = s.times->next(std::max(*s.due - std::chrono::milliseconds(1), now - latest_start));
  if (!missed || *missed > now) return {turn::late, next};
  if (!is_active) return {turn::run, next};
  return {s.plan->overlap == config::overlap_mode::queue ? turn::queue : turn::skip, next};
}

}  // namespace trawl::server
