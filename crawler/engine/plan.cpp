#include "crawler/engine/plan.hpp"

#include <algorithm>
#include <array>

#include "crawler/engine/discovery/sitemap_reader.hpp"
#include "crawler/engine/login/login_plan.hpp"
#include "crawler/policy/credentials.hpp"
#include "crawler/policy/scope.hpp"
#include "crawler/url/expand.hpp"

namespace trawl::engine {
namespace {

std::uint32_t follow_bits(const std::vector<std::string>& names) {
  std::uint32_t bits = 0;
  for (const std::string& name : names) {
    link_kind kind{};
    if (from_string(name, kind)) bits |= 1U << static_cast<unsigned>(kind);
    if (name == "link-all") bits |= 1U << static_cast<unsigned>(link_kind::link);  // link-all also has what link has
  }
  return bits;
}

}  // namespace

job_plan::job_plan(const config::job& job, std::vector<job_problem>& problems) : job_(job) {
  const auto check = [&](const config::extract& settings, const std::string& path) {
    extract::problem_list found;
    const extract::recipe compiled(settings, path, found);
    for (auto& [at, message] : found) problems.push_back({std::move(at), std::move(message)});
  };
  check(job.extract, "extract");
  for (std::size_t i = 0; i < job.rules.size(); ++i) {
    auto match = url::pattern::compile(job.rules[i].match);
    if (!match) {
      problems.push_back({"rules[" + std::to_string(i) + "].match", match.error()});
      continue;
    }
    matches_.push_back(std::move(*match));
    config::extract changed;  // alone, so that what is wrong in the job's own settings is not said again
    config::apply(job.rules[i].extract, changed);
    check(changed, "rules[" + std::to_string(i) + "].extract");
  }
}

const page_plan& job_plan::for_url(std::string_view address) const {
  std::vector<bool> which(matches_.size());
  for (std::size_t i = 0; i < matches_.size(); ++i) which[i] = matches_[i].matches(address);
  for (const auto& [key, plan] : plans_)
    if (key == which) return *plan;

  auto plan = std::make_unique<page_plan>();
  plan->extract = job_.extract;
  plan->follow = follow_bits(job_.scope.follow);
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    if (!which[i]) continue;
    const config::rule& rule = job_.rules[i];
    config::apply(rule.extract, plan->extract);
    if (rule.follow) plan->follow = follow_bits(*rule.follow);
    if (rule.output) plan->output = *rule.output;
  }
  extract::problem_list none;  // they were reported when the job was checked
  plan->recipe = extract::recipe(plan->extract, "extract", none);
  plans_.emplace_back(std::move(which), std::move(plan));
  return *plans_.back().second;
}

std::int32_t job_plan::priority(std::string_view address) const {
  std::int32_t priority = 0;
  for (std::size_t i = 0; i < matches_.size(); ++i)
    if (job_.rules[i].priority && matches_[i].matches(address)) priority = *job_.rules[i].priority;
  return priority;
}

std::string user_agent(const config::job& job) {
  if (job.politeness.user_agent) return *job.politeness.user_agent;
  std::string agent = "trawl/" TRAWL_VERSION;
  if (job.politeness.contact) agent += " (+" + *job.politeness.contact + ")";
  return agent;
}

std::string robots_agent(const config::job& job) {
  if (job.politeness.robots_agent) return *job.politeness.robots_agent;
  if (!job.politeness.user_agent) return "trawl";
  // RFC 9309, 2.2.1: the product token is letters, '_' and '-' from the start of the field.
  const std::string& agent = *job.politeness.user_agent;
  const auto end = std::ranges::find_if_not(agent, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; });
  return end == agent.begin() ? "trawl" : std::string(agent.begin(), end);
}

std::vector<job_problem> check_job(const config::job& job) {
  std::vector<job_problem> problems;
  const job_plan plan(job, problems);
  if (job.fetch.login) const login_plan checked(*job.fetch.login, problems);
  const auto check_patterns = [&](const std::vector<std::string>& patterns, const std::string& path) {
    for (std::size_t i = 0; i < patterns.size(); ++i)
      if (auto p = url::pattern::compile(patterns[i]); !p) problems.push_back({path + "[" + std::to_string(i) + "]", p.error()});
  };
  check_patterns(job.scope.include, "scope.include");
  check_patterns(job.scope.exclude, "scope.exclude");
  for (std::size_t i = 0; i < job.fetch.auth.size(); ++i)
    if (!policy::parse_auth_host(job.fetch.auth[i].host))
      problems.push_back({"fetch.auth[" + std::to_string(i) + "].host", "'" + job.fetch.auth[i].host + "' is no host; expected name or name:port"});
  for (std::size_t i = 0; i < job.sitemaps.size(); ++i) {
    const auto parsed = url::parse(job.sitemaps[i]);
    if (job.sitemaps[i] != sitemaps_of_robots && (!parsed || !parsed->is_http()))
      problems.push_back({"sitemaps[" + std::to_string(i) + "]", "'" + job.sitemaps[i] + "' is neither an http or https URL nor the word robots"});
  }
  for (std::size_t i = 0; i < job.seeds.size(); ++i) {
    const std::string path = "seeds[" + std::to_string(i) + "]";
    if (auto ok = url::check_expand(job.seeds[i].url); !ok) {
      problems.push_back({path, ok.error()});
      continue;
    }
    for (auto&& first : url::expand(job.seeds[i].url)) {
      const auto parsed = url::parse(first);
      if (!parsed || !parsed->is_http()) problems.push_back({path, "'" + first + "' is not an http or https URL"});
      break;
    }
  }
  return problems;
}

}  // namespace trawl::engine
