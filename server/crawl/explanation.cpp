#include "server/crawl/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "config/document/text.hpp"
#include "config/load.hpp"
#include "crawler/engine/seeds.hpp"
#include "crawler/model/record.hpp"
#include "crawler/policy/scope.hpp"
#include "crawler/policy/traps/domain_budget.hpp"
#include "crawler/policy/traps/url_traps.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/normalize.hpp"
#include "crawler/url/pattern.hpp"
#include "server/crawl/progress_text.hpp"

namespace trawl::server {
namespace {

using json = nlohmann::ordered_json;
using fate = frontier::known_url::fate;

constexpr std::size_t most_seeds = 1'000'000;

std::string first_match(const std::vector<std::string>& patterns, const std::string& address) {
  for (const std::string& text : patterns)
    if (const auto p = url::pattern::compile(text); p && p->matches(address)) return text;
  return {};
}

std::string_view words_of(config::within_mode within) {
  switch (within) {
    case config::within_mode::host: return "host";
    case config::within_mode::domain: return "domain";
    case config::within_mode::prefix: return "prefix";
    case config::within_mode::any: return "any";
  }
  return {};
}

/// What stands in the job for a rule of the scope.
std::string setting_of(std::string_view rule, const config::scope& scope, const std::string& address) {
  if (rule == "scope.exclude") return first_match(scope.exclude, address);
  if (rule == "scope.within") return std::string(words_of(scope.within));
  if (rule == "scope.max_depth") return scope.max_depth ? std::to_string(*scope.max_depth) : "";
  if (rule == "scope.max_url_length") return std::to_string(scope.max_url_length);
  return {};
}

void each_seed(const config::job& job, const std::function<void(const url::url&)>& then) {
  std::size_t left = most_seeds;
  const auto tell = [&](const std::string& text) {
    if (const auto seed = url::parse(text); seed && seed->is_http()) then(*seed);
  };
  for (auto&& seed : engine::job_seeds(job)) {
    if (left-- == 0) break;
    tell(seed.url);
  }
  config::job files = job;
  std::erase_if(files.seed_files, [](const std::string& file) { return file == "-"; });
  for (const auto& [missing, why] : engine::unreadable_seed_files(files)) std::erase(files.seed_files, missing);
  for (auto&& seed : engine::file_seeds(files, [](const std::string&, const std::string&) {}, -1)) {
    if (left-- == 0) break;
    tell(seed.url);
  }
}

/// The scope as the crawl has it: its seeds, and what they redirect to, have joined.
policy::scope joined_scope(const config::job& job, const frontier::state_view& state) {
  policy::scope out(job.scope);
  each_seed(job, [&](const url::url& seed) { out.admits(seed, 0, true); });
  for (const std::string& text : state.joined())
    if (const auto target = url::parse(text)) out.join(*target);
  return out;
}

/// The sign of an endless site for which a link to a URL that was not taken up would be left out now; empty: none. Which path prefixes were
/// stopped, no state keeps.
std::string_view trap_says(const config::job& job, const frontier::state_view& state, const url::url& target) {
  if (!job.scope.traps.detect) return {};
  if (const std::string_view sign = policy::url_trap(target, job.scope.traps); !sign.empty()) return sign;
  const std::string_view domain = url::registrable_domain(*target.host);
  policy::domain_budget budget;
  state.each_host([&](std::string_view name, const frontier::store::host_row& row) {
    const auto host = row.by_links > 0 && name.contains(domain) ? url::parse("http://" + std::string(name) + '/') : std::nullopt;
    if (host && host->host) budget.resume(*host, row.by_links);
  });
  if (!budget.is_over(target)) return {};
  each_seed(job, [&](const url::url& seed) { budget.exempt(seed.host_port()); });
  return budget.is_over(target) ? "trap.domain" : std::string_view();
}

json scope_json(const scope_reason& why) {
  json out = {{"allowed", why.is_allowed}, {"rule", why.rule}};
  if (!why.by.empty()) out["by"] = why.by;
  return out;
}

json time_or_null(std::int64_t wall_ms) {
  if (wall_ms == 0) return nullptr;
  return to_rfc3339(std::chrono::system_clock::time_point(std::chrono::milliseconds(wall_ms)));
}

/// Who named it, and when it is its turn.
void add_row(json& out, const frontier::known_url& known) {
  const request& r = known.what.what.req;
  const attempt_state& so_far = known.what.state;
  out["parent"] = r.parent.empty() ? json() : json(r.parent);
  out["seed"] = r.seed;
  out["depth"] = r.depth;
  out["priority"] = r.priority;
  out["visit"] = known.what.what.visit;
  if (known.is != fate::queued) return;
  out["attempts"] = {{"sent", so_far.attempts}, {"failed", so_far.retries}, {"held", so_far.holds}, {"first_at", so_far.first_attempt_at.empty() ? json() : json(so_far.first_attempt_at)}};
  out["queue"] = {{"host", known.what.what.host},
                  {"position", known.ahead + 1},
                  {"queued", known.host.queued},
                  {"not_before", time_or_null(known.what.not_before.at_ms)},
                  {"host_held_until", time_or_null(known.host.held_until.at_ms)},
                  {"host_delay_ms", known.host.delay_ms}};
}

void add_record(json& out, const frontier::known_url& known) {
  if (known.seq == 0) return;
  const json record = json::parse(known.record, nullptr, false);
  json summary = {{"seq", known.seq}};
  if (!record.is_object()) {
    out["record"] = summary;
    return;
  }
  for (const char* key : {"url", "final_url", "status", "error", "outcome", "fetched_at", "attempts", "duplicate_of", "robots", "redirects"})
    if (record.contains(key)) summary[key] = record[key];
  out["record"] = summary;
}

std::string text_of(const json& value) { return config::printable(value.is_string() ? value.get<std::string>() : value.dump()); }

void add_line(std::string& out, std::string_view name, const std::string& words) { out += fmt::format("  {:<10} {}\n", name, words); }

std::string origin_words(const json& of) {
  if (of["parent"].is_null()) return fmt::format("as a seed, depth {}", of["depth"].dump());
  const std::string parent = text_of(of["parent"]), seed = text_of(of["seed"]);
  return fmt::format("on {} at depth {}{}", parent, of["depth"].dump(), seed == parent ? "" : ", from the seed " + seed);
}

std::string scope_words(const json& scope) {
  const std::string by = scope.contains("by") ? ": " + text_of(scope["by"]) : "";
  return fmt::format("{} {}{}", scope["allowed"].get<bool>() ? "let in by" : "kept out by", scope["rule"].get<std::string>(), by);
}

void add_queue_lines(std::string& out, const json& of) {
  const json& queue = of["queue"];
  const json& attempts = of["attempts"];
  add_line(out, "queued", fmt::format("number {} of {} of the host {}", queue["position"].dump(), queue["queued"].dump(), text_of(queue["host"])));
  if (attempts["sent"] != 0)
    add_line(out, "attempts", fmt::format("{} sent, {} failed, {} held back by the server; the first {}", attempts["sent"].dump(), attempts["failed"].dump(), attempts["held"].dump(), text_of(attempts["first_at"])));
  if (!queue["not_before"].is_null()) add_line(out, "waits", "not before " + text_of(queue["not_before"]));
  if (!queue["host_held_until"].is_null()) add_line(out, "host", "not asked before " + text_of(queue["host_held_until"]));
  if (queue["host_delay_ms"] != 0) add_line(out, "delay", queue["host_delay_ms"].dump() + " ms between two requests to the host");
}

void add_record_lines(std::string& out, const json& record) {
  add_line(out, "record", fmt::format("seq {}", record["seq"].dump()));
  if (record.contains("status") && !record["status"].is_null()) add_line(out, "status", text_of(record["status"]));
  if (record.contains("error")) add_line(out, "error", fmt::format("{}: {}", text_of(record["error"]["code"]), text_of(record["error"]["message"])));
  if (record.contains("robots")) add_line(out, "robots", fmt::format("{} by \"{}\"", record["robots"].value("allowed", true) ? "allowed" : "forbidden", text_of(record["robots"]["rule"])));
  if (record.contains("attempts")) add_line(out, "attempts", fmt::format("{}, the first at {}", text_of(record["attempts"]), text_of(record.value("fetched_at", json()))));
  if (record.contains("redirects")) add_line(out, "redirects", fmt::format("{}, to {}", record["redirects"].size(), text_of(record.value("final_url", json()))));
  if (record.contains("duplicate_of")) add_line(out, "same as", text_of(record["duplicate_of"]));
}

}  // namespace

config::job job_of_state(const frontier::state_view& state) {
  config::load_options options;
  options.as = config::format::json;
  options.environment = [](const std::string&) -> const char* { return nullptr; };
  return config::load_job_text(state.job(), (state.path() / "job.json").string(), options).job;  // limits that it does not hold may be missed: no matter
}

scope_reason scope_says(const config::job& job, const frontier::state_view& state, const url::url& target, std::uint32_t depth, bool is_seed) {
  policy::scope scope = joined_scope(job, state);
  const std::string address = target.without_fragment();
  const auto verdict = scope.admits(target, depth, is_seed);
  if (!verdict.allowed) return {false, std::string(verdict.rule), setting_of(verdict.rule, job.scope, address)};
  if (is_seed) return {true, "seeds", ""};
  if (!job.scope.include.empty()) return {true, "scope.include", first_match(job.scope.include, address)};
  return {true, "scope.within", setting_of("scope.within", job.scope, address)};
}

json explanation(const frontier::state_view& state, const url::url& asked) {
  const config::job job = job_of_state(state);
  const std::string address = url::strip_query(asked, job.scope.strip_query);
  const auto target = url::parse(address);
  const auto known = state.find(address);
  json out = {{"url", address}, {"fate", "unknown"}};
  if (known) out["fate"] = known->is == fate::queued ? "queued" : known->is == fate::recorded ? "recorded" : "redirect_target";
  if (known) add_row(out, *known);
  const bool is_own = known && known->is != fate::target;
  const std::uint32_t depth = is_own ? known->what.what.req.depth : 0;
  scope_reason scope = scope_says(job, state, *target, depth, is_own && known->what.what.req.parent.empty());
  if (const std::string_view trap = known || !scope.is_allowed ? std::string_view() : trap_says(job, state, *target); !trap.empty()) scope = {false, std::string(trap), ""};
  out["scope"] = scope_json(scope);
  if (known) add_record(out, *known);
  return out;
}

std::string explanation_text(const json& of) {
  std::string out = text_of(of["url"]) + '\n';
  const std::string fate = of["fate"];
  if (fate == "unknown") {
    const bool is_allowed = of["scope"]["allowed"];
    add_line(out, "unknown", is_allowed ? "no page that was read has led to it, or its link was not to be followed" : "it was not taken up");
    add_line(out, "scope", (is_allowed ? "it would be " : "") + scope_words(of["scope"]));
    return out;
  }
  if (fate == "redirect_target") {
    add_line(out, "reached", "by a redirect; the record is that of " + text_of(of["record"].value("url", json())));
  } else {
    add_line(out, "found", origin_words(of));
    add_line(out, "scope", scope_words(of["scope"]));
  }
  if (of["visit"] != 1) add_line(out, "visit", text_of(of["visit"]));
  if (of.contains("queue")) add_queue_lines(out, of);
  if (of.contains("record")) add_record_lines(out, of["record"]);
  return out;
}

}  // namespace trawl::server
