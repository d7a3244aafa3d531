#include "server/crawl/state_job.hpp"

#include <nlohmann/json.hpp>

#include "config/print/print.hpp"

namespace trawl::server {
namespace {

using json = nlohmann::ordered_json;

void compare(const json& a, const json& b, const std::string& path, std::vector<std::string>& out) {
  if (a == b) return;
  if (!a.is_object() || !b.is_object()) return out.push_back(path.empty() ? "all of it" : path);
  const std::string prefix = path.empty() ? "" : path + '.';
  for (const auto& [key, value] : a.items()) compare(value, b.contains(key) ? b[key] : json(), prefix + key, out);
  for (const auto& [key, value] : b.items())
    if (!a.contains(key)) out.push_back(prefix + key);
}

/// Limits may be other ones in the next run.
json without_limits(const std::string& text) {
  json out = json::parse(text, nullptr, false);
  for (const char* limit : {"max_pages", "max_pages_per_host", "max_depth"})
    if (out.is_object() && out.contains("scope")) out["scope"].erase(limit);
  return out;
}

}  // namespace

std::string state_job(const config::job& job, std::span<const std::string> secrets) {
  const json all = config::to_json(job, secrets);
  json out = json::object();
  for (const char* key : {"name", "seeds", "seed_files", "sitemaps", "scope", "rules", "extract"})
    if (all.contains(key)) out[key] = all[key];
  return out.dump(2) + '\n';
}

std::vector<std::string> differences(const std::string& before, const std::string& now) {
  std::vector<std::string> out;
  compare(without_limits(before), without_limits(now), "", out);
  return out;
}

}  // namespace trawl::server
