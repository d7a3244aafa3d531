#include "server/jobs/job.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "crawler/model/json_text.hpp"
#include "crawler/model/record.hpp"

namespace trawl::server {
namespace {

constexpr std::array<std::string_view, 6> state_words = {"queued", "running", "paused", "completed", "failed", "cancelled"};
constexpr std::size_t kept_changes = 32;
constexpr std::size_t sample_count = 11;  // ten seconds between the first and the last

void put_time(json_object& o, std::string_view key, const std::optional<job::wall_clock::time_point>& t) { t ? o.text(key, to_rfc3339(*t)) : o.null(key); }

std::int64_t to_ms(job::wall_clock::time_point t) { return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count(); }

void append_last(json_object& o, const std::string& numbers) {
  for (const auto& [key, value] : nlohmann::ordered_json::parse(numbers, nullptr, false).items()) o.raw(key, value.dump());
}

}  // namespace

std::string_view to_string(job_state s) noexcept { return state_words[static_cast<std::size_t>(s)]; }

std::optional<job_state> job_state_from(std::string_view word) noexcept {
  for (std::size_t i = 0; i < state_words.size(); ++i)
    if (state_words[i] == word) return static_cast<job_state>(i);
  return std::nullopt;
}

void job_totals::add(const engine::progress& p) {
  for (const auto& [status, count] : p.statuses) statuses[status] += count;
  for (const auto& [code, count] : p.errors) errors[code] += count;
  for (const auto& [rule, tally] : p.filtered) filtered[rule] += tally.count;
  discovered += p.books.discovered;
  duplicates += p.books.duplicates;
  items += p.items;
  records += p.books.recorded;
  pages += p.books.pages;
  requests += p.requests;
  wire_bytes += p.wire_bytes;
  bytes += p.bytes;
}

void job::sample() {
  if (!crawl) return;
  const engine::progress p = crawl->snapshot();
  samples_.push_back({std::chrono::steady_clock::now(), p.books.pages, p.wire_bytes});
  if (samples_.size() > sample_count) samples_.pop_front();
}

engine::progress job::numbers() const {
  if (!crawl) return counted;
  engine::progress now = crawl->snapshot();
  return now.books.discovered == 0 ? counted : now;  // it has not counted yet
}

void job::note_numbers(const engine::progress& last) {
  counted = last;
  last_numbers.clear();
  json_object o(last_numbers);
  append_members(o, last_numbers, last);
  o.close();
}

std::string job::status() const {
  std::string out;
  json_object o(out);
  o.text("id", id);
  o.text("name", name);
  o.text("state", to_string(shown()));
  ended.empty() ? o.null("ended") : o.text("ended", ended);
  reason.empty() ? o.null("reason") : o.text("reason", reason);
  submitted_at.empty() ? o.null("submitted_at") : o.text("submitted_at", submitted_at);
  put_time(o, "started_at", started);
  put_time(o, "ended_at", finished);
  if (samples_.size() > 1 && crawl) {
    const auto& [from, pages, bytes] = samples_.front();
    const auto& [to, more_pages, more_bytes] = samples_.back();
    const double seconds = std::chrono::duration<double>(to - from).count();
    o.key("rates");
    json_object r(out);
    r.decimal("pages_per_second", static_cast<double>(more_pages - pages) / seconds);
    r.decimal("bytes_per_second", static_cast<double>(more_bytes - bytes) / seconds);
    r.close();
  }
  const engine::progress now = numbers();
  const bool tells_nothing_yet = now.books.discovered == 0;  // none of this process
  tells_nothing_yet && !last_numbers.empty() ? append_last(o, last_numbers) : append_members(o, out, now);
  o.close();
  return out;
}

void job::note_change() {
  if (!changes.empty() && changes.back().state == shown()) return;
  const std::uint64_t number = changes.empty() ? 1 : changes.back().number + 1;
  changes.push_back({number, shown(), to_rfc3339(wall_clock::now()), ended, reason});
  if (changes.size() > kept_changes) changes.pop_front();
}

std::string job::to_row() const {
  nlohmann::ordered_json out = {{"name", name}, {"owner", owner}, {"state", to_string(state)}, {"ended", ended}, {"reason", reason}, {"submitted_at", submitted_at}, {"wants", static_cast<int>(wants)}, {"takes_seeds", takes_seeds}, {"retry", retry}, {"bytes", asked_bytes}};
  out["paused_hosts"] = paused_hosts;
  for (const change& c : changes) out["changes"].push_back({c.number, to_string(c.state), c.at, c.ended, c.reason});
  if (started) out["started"] = to_ms(*started);
  if (finished) out["finished"] = to_ms(*finished);
  if (!last_numbers.empty()) out["numbers"] = nlohmann::ordered_json::parse(last_numbers, nullptr, false);
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::shared_ptr<job> job::from_row(const std::string& id, const std::string& row) {
  const auto in = nlohmann::ordered_json::parse(row, nullptr, false);
  if (!in.is_object()) return nullptr;
  auto out = std::make_shared<job>();
  out->id = id;
  out->name = in.value("name", "");
  out->owner = in.value("owner", "");
  out->state = job_state_from(in.value("state", "")).value_or(job_state::failed);
  out->ended = in.value("ended", "");
  out->reason = in.value("reason", "");
  out->submitted_at = in.value("submitted_at", "");
  out->wants = static_cast<wish>(std::clamp(in.value("wants", 0), 0, static_cast<int>(wish::cancel)));
  out->takes_seeds = in.value("takes_seeds", false);
  out->retry = in.value("retry", "");
  out->asked_bytes = in.value("bytes", std::size_t{0});
  out->paused_hosts = in.value("paused_hosts", std::vector<std::string>());
  for (const auto& c : in.value("changes", nlohmann::ordered_json::array()))
    if (c.is_array() && c.size() == 5) out->changes.push_back({c[0].get<std::uint64_t>(), job_state_from(c[1].get<std::string>()).value_or(job_state::failed), c[2], c[3], c[4]});
  const auto time = [&](const char* key) -> std::optional<wall_clock::time_point> {
    if (!in.contains(key) || !in[key].is_number_integer()) return std::nullopt;
    return wall_clock::time_point(std::chrono::milliseconds(in[key].get<std::int64_t>()));
  };
  out->started = time("started");
  out->finished = time("finished");
  if (in.contains("numbers") && in["numbers"].is_object()) out->last_numbers = in["numbers"].dump();
  return out;
}

}  // namespace trawl::server
