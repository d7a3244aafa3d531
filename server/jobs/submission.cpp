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

namespace trawl::server {
namespace {

using errors = std::vector<http::problem_entry>;

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
  forbid(!job.fetch.proxies.empty(), c.proxies, "fetch.proxies");
}

/// Everything after the syntax: the job's own keys, the ceilings, patterns and selectors.
submission load(const std::string& text, const job_ceilings& ceilings, const config::node* defaults) {
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
  if (out.errors.empty())
    if (auto cost = too_costly(loaded.job)) out.errors.push_back(std::move(*cost));
  if (out.errors.empty())
    for (const auto& p : engine::check_job(loaded.job)) out.errors.push_back({p.path, p.message});
  if (!out.errors.empty() && out.status == 201) out.status = 422;
  out.job = std::move(loaded.job);
  return out;
}

submission refuse(unsigned status, std::string path, std::string message) {
  submission out;
  out.status = status;
  out.errors.push_back({std::move(path), std::move(message)});
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
  if (format == body_format::yaml && !is_small_enough(text)) return refuse(400, "", "more values than a job may have; send large seed lists as JSON");
  const std::expected<std::string, std::string> normal = format == body_format::yaml ? text : normalise_json(text);
  if (!normal) return refuse(400, "", normal.error());
  if (patches.empty()) return load(*normal, ceilings, defaults);
  if (auto wrong = wrong_with_change(patches.back())) return std::move(*wrong);
  config::node under = defaults == nullptr ? config::node{} : *defaults;
  const auto sent = std::make_shared<const config::origin>(config::origin{"body", config::trust::any});
  const auto put = [&](const std::string& one) {
    if (const auto document = config::parse_document(one, config::format::yaml, sent)) config::merge(under, *document);
  };
  put(*normal);
  for (auto at = patches.begin(); at + 1 != patches.end(); ++at) put(*at);
  return load(*normalise_json(patches.back()), ceilings, &under);
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
