#include "server/jobs/job.hpp"

#include <array>

#include "crawler/model/json_text.hpp"
#include "crawler/model/record.hpp"

namespace trawl::server {
namespace {

constexpr std::array<std::string_view, 5> state_words = {"queued", "running", "completed", "failed", "cancelled"};
constexpr std::size_t sample_count = 11;  // ten seconds between the first and the last

void put_time(json_object& o, std::string_view key, const std::optional<job::wall_clock::time_point>& t) { t ? o.text(key, to_rfc3339(*t)) : o.null(key); }

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

std::string job::status() const {
  if (!last_status.empty()) return last_status;
  std::string out;
  json_object o(out);
  o.text("id", id);
  o.text("name", name);
  o.text("state", to_string(state));
  ended.empty() ? o.null("ended") : o.text("ended", ended);
  reason.empty() ? o.null("reason") : o.text("reason", reason);
  submitted_at.empty() ? o.null("submitted_at") : o.text("submitted_at", submitted_at);
  put_time(o, "started_at", started);
  put_time(o, "ended_at", finished);
  if (samples_.size() > 1 && !finished) {
    const auto& [from, pages, bytes] = samples_.front();
    const auto& [to, more_pages, more_bytes] = samples_.back();
    const double seconds = std::chrono::duration<double>(to - from).count();
    o.key("rates");
    json_object r(out);
    r.decimal("pages_per_second", static_cast<double>(more_pages - pages) / seconds);
    r.decimal("bytes_per_second", static_cast<double>(more_bytes - bytes) / seconds);
    r.close();
  }
  append_members(o, out, crawl ? crawl->snapshot() : engine::progress{});
  o.close();
  return out;
}

}  // namespace trawl::server
