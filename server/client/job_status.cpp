#include "server/client/job_status.hpp"

#include <charconv>
#include <chrono>
#include <concepts>

#include "config/document/text.hpp"

namespace trawl::server::client {
namespace {

using nlohmann::json;

std::string text(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

double decimal(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_number() ? found->get<double>() : 0;
}

/// A member that is an object; an empty one where it is none.
json object(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_object() ? *found : json::object();
}

frontier::books read_counts(const json& counts) {
  frontier::books out;
  out.discovered = number(counts, "discovered");
  out.recorded = number(counts, "recorded");
  out.queued = number(counts, "queued");
  out.in_flight = number(counts, "in_flight");
  out.duplicates = number(counts, "duplicates");
  out.pages = number(counts, "pages");
  return out;
}

void read_filtered(const json& filtered, engine::progress& out) {
  for (const auto& [rule, tally] : filtered.items()) {
    if (!tally.is_object()) continue;
    engine::filtered_tally& to = out.filtered[rule];
    to.count = number(tally, "count");
    if (!tally.contains("samples") || !tally["samples"].is_array()) continue;
    for (const auto& url : tally["samples"])
      if (url.is_string()) to.samples.push_back(url.get<std::string>());
  }
}

engine::progress read_numbers(const json& from) {
  engine::progress out;
  out.books = read_counts(object(from, "counts"));
  out.requests = number(from, "requests");
  out.wire_bytes = number(from, "wire_bytes");
  out.bytes = number(from, "bytes");
  out.invalid = number(from, "invalid_seeds");
  out.elapsed = std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(decimal(from, "elapsed_s")));
  for (const auto& [word, count] : object(from, "statuses").items()) {
    int status = 0;
    std::from_chars(word.data(), word.data() + word.size(), status);
    if (count.is_number_unsigned()) out.statuses[status] = count.get<std::uint64_t>();
  }
  for (const auto& [code, count] : object(from, "errors").items())
    if (count.is_number_unsigned()) out.errors[code] = count.get<std::uint64_t>();
  read_filtered(object(from, "filtered"), out);
  return out;
}

}  // namespace

bool job_status::is_over() const noexcept { return state == "completed" || state == "failed" || state == "cancelled"; }
int job_status::exit_code() const noexcept { return state == "completed" ? 0 : state == "failed" ? 1 : 3; }

std::optional<job_status> read_status(const json& from) {
  job_status out{text(from, "id"), text(from, "name"), text(from, "state"), text(from, "ended"), text(from, "reason"), text(from, "submitted_at"), read_numbers(from), {}};
  if (out.id.empty() || out.state.empty()) return std::nullopt;
  const json rates = object(from, "rates");
  out.now.pages = decimal(rates, "pages_per_second");
  out.now.wire_bytes = decimal(rates, "bytes_per_second");
  return out;
}

config::job read_bounds(const json& document) {
  config::job out;
  out.scope.max_pages = number(object(document, "scope"), "max_pages");
  const json limits = object(document, "limits");
  out.limits.duration = config::parse_duration(text(limits, "duration")).value_or(config::duration{});
  out.limits.bytes = config::parse_size(text(limits, "bytes")).value_or(config::byte_size{});
  return out;
}

std::string status_line(const job_status& s, const config::job& bounds) {
  return (s.state == "running" ? "" : config::printable(s.state) + "  ") + counts_line(s.numbers, bounds, s.now);
}

std::string end_text(const job_status& s) {
  std::string out = summary_table(s.numbers, s.name, config::printable(s.state) + (s.ended.empty() ? "" : " (" + config::printable(s.ended) + ")"));
  if (!s.reason.empty()) out += config::printable(s.reason) + "\n";
  return out;
}

}  // namespace trawl::server::client
