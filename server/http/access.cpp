#include "server/http/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "server/logging.hpp"

namespace trawl::server::http {
namespace {

constexpr std::size_t longest_id = 64, longest_path = 256;  // characters

bool is_plain(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/// Any other method is one word here: a client must not make new ones.
std::string known_method(const std::string& method) {
  constexpr std::string_view known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::ranges::find(known, method) == std::end(known) ? "other" : method;
}

}  // namespace

std::string request_id_of(const request& r) {
  const auto given = r.header("X-Request-Id");
  if (given && !given->empty() && given->size() <= longest_id && std::ranges::all_of(*given, is_plain)) return std::string(*given);
  static std::mt19937_64 random{(std::uint64_t{std::random_device()()} << 32) | std::random_device()()};
  return fmt::format("{:016x}", random());
}

void call_record::take(const request& r, const http::route* to) {
  id = r.id;
  method = r.method;
  path = r.path.substr(0, longest_path);
  caller = r.caller;
  if (to == nullptr) return;
  route = to->pattern;
  is_open = to->is_open;
  if (const auto named = r.parts.find("id"); named != r.parts.end()) job = named->second.substr(0, longest_id);
}

void call_book::note(const call_record& call) {
  numbers& n = all_[{call.route.empty() ? "none" : call.route, known_method(call.method)}];
  ++n.statuses[call.status];
  n.took.add(std::chrono::steady_clock::now() - call.begin);
}

void log_call(const call_record& call, std::string_view peer, std::uint64_t bytes) {
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - call.begin;
  std::vector<log_field> fields = {{"request_id", call.id}, {"method", call.method}, {"path", call.path}, {"status", std::int64_t{call.status}},
                                   {"duration_ms", took.count()}, {"bytes", static_cast<std::int64_t>(bytes)}, {"peer", peer}};
  if (!call.job.empty()) fields.push_back({"job_id", call.job});
  if (!call.caller.empty()) fields.push_back({"token", call.caller});
  const bool is_probe = call.is_open || call.route == "/metrics";
  log_event(is_probe && call.status < 400 ? config::log_level::debug : config::log_level::info, "request", fields);
}

}  // namespace trawl::server::http
