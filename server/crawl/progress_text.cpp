#include "server/crawl/progress_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/document/text.hpp"

namespace trawl::server {
namespace {

constexpr double window = 5;  // seconds

std::uint64_t failures(const engine::progress& p) {
  std::uint64_t out = 0;
  for (const auto& [code, count] : p.errors) out += count;
  return out;
}

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

void table_row(std::string& out, std::string_view name, std::uint64_t count, std::string_view more = {}) {
  out += fmt::format("  {:<28} {:>14}{}{}\n", config::printable(name), count_text(count), more.empty() ? "" : "  ", more);
}

}  // namespace

std::string count_text(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string size_text(double bytes) {
  static constexpr std::array<std::string_view, 6> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 100 ? 0 : 1, units[unit]);
}

std::string time_text(std::chrono::seconds t) {
  const auto s = t.count();
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86400, s / 3600 % 24);
}

rates rate_meter::add(const engine::progress& p) {
  const sample now{seconds(p.elapsed), p.books.pages, p.requests, p.wire_bytes};
  if (samples_.empty()) samples_.push_back({});  // everything began at zero
  samples_.push_back(now);
  while (samples_.size() > 2 && samples_[1].at <= now.at - window) samples_.pop_front();
  const sample& then = samples_.front();
  const double span = now.at - then.at;
  if (span <= 0) return {};
  const auto per_second = [&](std::uint64_t a, std::uint64_t b) { return a > b ? static_cast<double>(a - b) / span : 0; };
  return {per_second(now.pages, then.pages), per_second(now.requests, then.requests), per_second(now.wire_bytes, then.wire_bytes)};
}

std::optional<std::chrono::seconds> time_left(const engine::progress& p, const config::job& job, const rates& now) {
  std::optional<double> left;
  const auto bound = [&](double most, double done, double rate) {
    if (most > 0 && rate > 0) left = std::min(left.value_or(1e12), std::max(most - done, 0.0) / rate);
  };
  bound(static_cast<double>(job.scope.max_pages), static_cast<double>(p.books.pages), now.pages);
  bound(static_cast<double>(job.limits.bytes.bytes), static_cast<double>(p.wire_bytes), now.wire_bytes);
  bound(seconds(job.limits.duration), seconds(p.elapsed), 1);
  return left ? std::optional(std::chrono::seconds(static_cast<std::int64_t>(*left + 0.5))) : std::nullopt;
}

std::string counts_line(const engine::progress& p, const config::job& job, const rates& now) {
  std::string out =
      fmt::format("{} pages  {:.{}f} pages/s  {}/s  {} queued  {} in flight  {} failed", count_text(p.books.pages), now.pages, now.pages < 10 ? 1 : 0,
                  size_text(now.wire_bytes), count_text(p.books.queued), count_text(p.books.in_flight), count_text(failures(p)));
  if (const auto left = time_left(p, job, now)) out += "  " + time_text(*left) + " left";
  return out;
}

std::string progress_line(const engine::progress& p, const config::job& job, const rates& now) {
  std::string out = counts_line(p, job, now);
  if (p.books.discovered > 0) out += fmt::format("  paced by {}", to_string(p.pace));
  return out;
}

std::string summary_table(const engine::progress& p, std::string_view job, std::string_view ended) {
  const double time = std::max(seconds(p.elapsed), 0.001);
  const auto& b = p.books;
  std::string out = fmt::format("{}: {} after {}\n", config::printable(job), ended,
                                time < 60 ? fmt::format("{:.2f} s", time) : time_text(std::chrono::seconds(static_cast<std::int64_t>(time))));
  table_row(out, "pages", b.pages,
            fmt::format("{:.1f} pages/s  {}/s", static_cast<double>(b.pages) / time, size_text(static_cast<double>(p.wire_bytes) / time)));
  table_row(out, "requests", p.requests,
            fmt::format("{} received, {} decoded", size_text(static_cast<double>(p.wire_bytes)), size_text(static_cast<double>(p.bytes))));
  for (const auto& [status, count] : p.statuses) table_row(out, fmt::format("status {}", status), count);
  for (const auto& [code, count] : p.errors) table_row(out, code, count);
  if (p.invalid > 0) table_row(out, "seeds and sitemap entries that are no URL", p.invalid);
  table_row(out, "discovered", b.discovered,
            fmt::format("= {} recorded + {} queued + {} in flight", count_text(b.recorded), count_text(b.queued), count_text(b.in_flight)));
  table_row(out, "duplicates", b.duplicates);
  for (const auto& [rule, tally] : p.filtered) {
    std::string samples;
    for (const std::string& url : tally.samples)
      samples += (samples.empty() ? "" : "  ") + config::printable(config::shortened(config::without_secrets(url), 60));
    table_row(out, "filtered: " + rule, tally.count, samples);
  }
  return out;
}

}  // namespace trawl::server
