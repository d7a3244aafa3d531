#include "server/jobs/submission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/document/source.hpp"
#include "config/load.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/url/expand.hpp"
#include "crawler/url/url.hpp"
#include "server/jobs/job_cost.hpp"
#include "server/jobs/strict_json.hpp"
#include "server/schedule/timetable.hpp"
#include "server/schedule/trusted_job.hpp"

namespace trawl::server {
namespace {

using errors = std::vector<http::problem_entry>;

enum class submitted_as : std::uint8_t { one_job, stored_job };

/// yaml-cpp builds its whole tree, a few hundred bytes a node, before anyone can count it; each node needs one of these.
constexpr std::size_t most_yaml_marks = 1'000'000;

bool is_small_enough(std::string_view yaml) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(yaml, [](char c) { return c == '\n' || c == ',' || c == ':' || c == '[' || c == '{' || c == '-' || c == '?'; })) <= most_yaml_marks;
}

const config::node* find(const config::node& document, std::string_view section, std::string_view key) {
  const config::node* at = document.find(section);
  return at == nullptr ? nullptr : at->find(key);
}

/// Lowers a number that the job leaves open to its ceiling, complains of one above it. For `value` 0 is "no limit" where `zero_is_all`.
template <class T>
void cap(T& value, T ceiling, bool zero_is_all, const config::node* written, std::string path, const std::string& shown, errors& out) {
  const bool is_above = value > ceiling || (zero_is_all && value == T{});
  if (ceiling == T{} || !is_above) return;
  const bool by_the_job = written != nullptr && (written->from == nullptr || written->from->who == config::trust::any);  // not by the operator's defaults
  if (by_the_job) out.push_back({std::move(path), "this server allows at most " + shown});
  else value = ceiling;
}

void apply_ceilings(config::job& job, const config::node& document, const job_ceilings& c, errors& out) {
  cap(job.scope.max_pages, c.max_pages, true, find(document, "scope", "max_pages"), "scope.max_pages", std::to_string(c.max_pages), out);
  cap(job.fetch.concurrency, c.concurrency, false, find(document, "fetch", "concurrency"), "fetch.concurrency", std::to_string(c.concurrency), out);
  cap(job.limits.duration, config::duration(c.duration), true, find(document, "limits", "duration"), "limits.duration", config::to_string(c.duration), out);
  const auto forbid = [&out](bool asked, bool allowed, const char* path) {
    if (asked && !allowed) out.push_back({path, "is not allowed on this server"});
  };
  forbid(job.politeness.robots == config::robots_mode::ignore, c.robots_ignore, "politeness.robots");
  forbid(!job.fetch.tls.verify, c.tls_unverified, "fetch.tls.verify");
  forbid(!job.fetch.resolve.empty(), c.resolve, "fetch.resolve");
  const config::node* proxies = find(document, "fetch", "proxies");
  forbid(!job.fetch.proxies.empty() && proxies != nullptr && proxies->from && proxies->from->who == config::trust::any, c.proxies, "fetch.proxies");
}

/// What has no effect on a job that is submitted, and what is wrong with it where it has.
void check_schedule(const config::job& job, submitted_as how, errors& out) {
  if (how == submitted_as::one_job && job.schedule) out.push_back({"schedule", "a submitted job runs now, once; store it under a name to have it run by a schedule: PUT /api/v1/named/{name}"});
  if (how == submitted_as::stored_job)
    if (auto wrong = wrong_with_schedule(job)) out.push_back(std::move(*wrong));
}

/// Everything after the syntax: the job's own keys, the ceilings, patterns and selectors.
submission load(const std::string& text, const job_ceilings& ceilings, const config::node* defaults, submitted_as how = submitted_as::one_job) {
  config::load_options options;
  options.defaults = defaults;
  options.source = config::trust::any;
  // Their values are judged by the ceilings; a job that only repeats the default asks for nothing.
  options.operator_allows = [](std::string_view path) { return path == "politeness.robots" || path == "fetch.tls.verify" || path == "fetch.resolve" || path == "fetch.proxies"; };
  auto loaded = config::load_job_text(text, "body", options);
  submission out;
  for (const config::problem& p : loaded.problems) {
    const bool is_syntax = p.path.empty();
    const std::string place = is_syntax && p.line > 0 ? fmt::format("line {}, column {}: ", p.line, p.column) : "";
    if (is_syntax) out.status = 400;
    out.errors.push_back({p.path, p.path == "hold" ? "not available in this version" : place + p.message});
  }
  apply_ceilings(loaded.job, loaded.document, ceilings, out.errors);
  check_schedule(loaded.job, how, out.errors);
  if (out.errors.empty())
    if (auto cost = too_costly(loaded.job)) out.errors.push_back(std::move(*cost));
  if (out.errors.empty())
    for (const auto& p : engine::check_job(loaded.job)) out.errors.push_back({p.path, p.message});
  if (!out.errors.empty() && out.status == 201) out.status = 422;
  out.job = std::move(loaded.job);
  if (out.job.fetch.proxies.empty()) out.job.fetch.proxies = ceilings.usual_proxies;
  return out;
}

submission refuse(unsigned status, std::string path, std::string message) {
  submission out;
  out.status = status;
  out.errors.push_back({std::move(path), std::move(message)});
  return out;
}

/// What the YAML reader takes; the error says what is wrong.
std::expected<std::string, std::string> normalised(const std::string& text, body_format format) {
  if (format != body_format::yaml) return normalise_json(text);
  if (!is_small_enough(text)) return std::unexpected("more values than a job may have; send large seed lists as JSON");
  return text;
}

/// The operator's word: no ceilings, and files may be named. It was checked when it was taken up, but files may be gone since.
submission load_trusted(trusted_job kept, const std::vector<std::string>& usual_proxies) {
  config::load_options options;
  options.defaults = &kept.document;
  options.source = config::trust::any;
  options.operator_allows = [](std::string_view) { return false; };
  auto loaded = config::load_job_text("{}", kept.file, options);
  submission out;
  for (const config::problem& p : loaded.problems) out.errors.push_back({p.path, p.message});
  if (out.errors.empty())
    for (const auto& p : engine::check_job(loaded.job)) out.errors.push_back({p.path, p.message});
  if (!out.errors.empty()) out.status = 422;
  out.secrets = std::move(kept.secrets);
  out.job = std::move(loaded.job);
  if (out.job.fetch.proxies.empty()) out.job.fetch.proxies = usual_proxies;
  return out;
}

/// What is wrong with the address of a scrape; empty: nothing.
std::string wrong_with(const std::string& address) {
  if (address.find_first_of("\r\n\t") != std::string::npos) return "not a URL that can be fetched";
  int count = 0;
  for (auto&& one : url::expand(address)) {
    static_cast<void>(one);
    if (++count > 1) return "one URL; braces that stand for several are for jobs";
  }
  const auto parsed = url::parse(address);
  return parsed && parsed->is_http() && parsed->host ? "" : "not a URL that can be fetched";
}

/// What may change while a job runs: tables as a whole, or some of their keys.
const std::map<std::string_view, std::vector<std::string_view>> changeable = {
    {"politeness", {}}, {"limits", {}}, {"fetch", {"concurrency"}}, {"scope", {"exclude", "max_pages", "max_pages_per_host", "max_depth"}}};

/// nullopt: nothing.
std::optional<submission> wrong_with_change(const std::string& patch) {
  const auto normal = normalise_json(patch);
  if (!normal) return refuse(400, "", normal.error());
  const auto asked = nlohmann::ordered_json::parse(*normal);
  submission out;
  out.status = 422;
  if (!asked.is_object()) return refuse(422, "", "expected an object with the keys to change");
  static constexpr const char* cannot = "can't be changed; politeness, limits, fetch.concurrency, scope.exclude, scope.max_pages, scope.max_pages_per_host and scope.max_depth can";
  for (const auto& [key, value] : asked.items()) {
    const auto known = changeable.find(key);
    if (known == changeable.end()) {
      out.errors.push_back({key, cannot});
    } else if (!known->second.empty() && value.is_object()) {
      for (const auto& [name, ignored] : value.items())
        if (std::ranges::find(known->second, name) == known->second.end()) out.errors.push_back({key + "." + name, cannot});
    }
  }
  return out.errors.empty() ? std::nullopt : std::optional(std::move(out));
}

}  // namespace

submission read_job(const std::string& text, body_format format, const job_ceilings& ceilings, const config::node* defaults, const std::vector<std::string>& patches) {
  if (!patches.empty())
    if (auto wrong = wrong_with_change(patches.back())) return std::move(*wrong);
  const auto sent = std::make_shared<const config::origin>(config::origin{"body", config::trust::any});
  const auto put = [&](config::node& over, const std::string& one) {
    if (const auto document = config::parse_document(one, config::format::yaml, sent)) config::merge(over, *document);
  };
  if (format == body_format::trusted) {
    trusted_job kept = trusted_job::from_text(text);
    for (const std::string& patch : patches) put(kept.document, patch);
    return load_trusted(std::move(kept), ceilings.usual_proxies);
  }
  const auto normal = normalised(text, format);
  if (!normal) return refuse(400, "", normal.error());
  if (patches.empty()) return load(*normal, ceilings, defaults);
  config::node under = defaults == nullptr ? config::node{} : *defaults;
  put(under, *normal);
  for (auto at = patches.begin(); at + 1 != patches.end(); ++at) put(under, *at);
  return load(*normalise_json(patches.back()), ceilings, &under);
}

submission read_stored_job(const std::string& text, body_format format, const job_ceilings& ceilings, const config::node* defaults) {
  const auto normal = normalised(text, format);
  return normal ? load(*normal, ceilings, defaults, submitted_as::stored_job) : refuse(400, "", normal.error());
}

submission read_scrape(const std::string& text, const job_ceilings& ceilings, const config::node* defaults) {
  const auto normal = normalise_json(text);
  if (!normal) return refuse(400, "", normal.error());
  auto asked = nlohmann::ordered_json::parse(*normal);
  if (!asked.is_object()) return refuse(422, "", "expected an object with url, fetch, politeness, extract");
  submission out;
  for (const auto& [key, value] : asked.items())
    if (key != "url" && key != "fetch" && key != "politeness" && key != "extract") out.errors.push_back({key, "unknown key; there are url, fetch, politeness, extract"});
  if (!asked.contains("url") || !asked["url"].is_string()) out.errors.push_back({"url", "expected the URL of one page"});
  else if (auto wrong = wrong_with(asked["url"].get<std::string>()); !wrong.empty()) out.errors.push_back({"url", wrong});
  out.status = 422;
  if (!out.errors.empty()) return out;

  nlohmann::ordered_json job = {{"name", "scrape"}, {"seeds", {asked["url"]}}, {"scope", {{"max_depth", 0}}}, {"expect", {{"pages", 0}}}};
  for (const char* section : {"fetch", "politeness", "extract"})
    if (asked.contains(section)) job[section] = asked[section];
  if (!job.contains("extract")) job["extract"] = nlohmann::ordered_json::object();
  if (job["extract"].is_object() && !job["extract"].contains("links")) job["extract"]["links"] = true;
  return load(job.dump(), ceilings, defaults);
}

}  // namespace trawl::server
