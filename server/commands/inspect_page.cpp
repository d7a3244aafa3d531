// trawl inspect page: what a crawl would write of a saved page.
#include <fstream>
#include <iostream>
#include <sstream>

#include "config/load.hpp"
#include "crawler/engine/page.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/html/selector.hpp"
#include "crawler/model/json_text.hpp"
#include "crawler/url/url.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

constexpr int wrong_usage = 2;

int complain(const std::string& message) {
  tell("trawl: {}\n", message);
  return wrong_usage;
}

std::optional<std::string> read_all(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  text << in.rdbuf();
  return in.bad() ? std::nullopt : std::optional(std::move(text).str());
}

/// The job to read the page with; nullopt when its problems were printed.
std::optional<config::job> job_of(const inspect_page_flags& flags, const std::string& address) {
  config::load_options options;
  if (flags.job.empty()) options.sets.emplace_back("extract.links=true");
  options.sets.insert(options.sets.end(), flags.sets.begin(), flags.sets.end());
  auto loaded = flags.job.empty() ? config::load_job_text("{seeds: ['" + address + "']}", "--set", options) : config::load_job_file(flags.job, options);
  if (loaded.problems.empty())
    for (const auto& p : engine::check_job(loaded.job)) loaded.problems.push_back(loaded.locate(p.path, p.message));
  for (const config::problem& p : loaded.problems) tell("{}\n", to_string(p));
  return loaded.problems.empty() ? std::optional(std::move(loaded.job)) : std::nullopt;
}

/// Each match as a JSON string on its line. Without a pseudo element the match's HTML, so that one sees what was matched.
int print_matches(const response& page, const std::string& text) {
  const auto selector = html::selector::compile(text);
  if (!selector) return complain("--select: not a CSS selector: " + to_string(selector.error()));
  html::decoded utf8;
  html::decode(page.body, page.header("content-type").value_or(""), utf8);
  const html::document tree(utf8.text);
  if (!tree.warning().empty()) tell("trawl: {}\n", tree.warning());
  html::match_budget budget;
  for (html::selector_match match : selector->select(tree.root(), budget)) {
    const auto value = selector->has_pseudo_element() ? match.value() : match.html();
    if (!value) continue;
    std::string line;
    append_json_string(line, *value);
    std::cout << line << '\n';
  }
  return 0;
}

}  // namespace

int inspect_page_command(const inspect_page_flags& flags) {
  if (flags.page.starts_with("http://") || flags.page.starts_with("https://"))
    return complain("inspect page reads a saved page in this version; save '" + flags.page + "' to a file and name its address with --url");
  const auto address = url::parse(flags.url.empty() ? "https://page.invalid/" : flags.url);
  if (!address || !address->is_http()) return complain("--url '" + flags.url + "' is not an http or https URL");
  auto body = read_all(flags.page);
  if (!body) return complain(flags.page + ": can't be read");
  const auto job = job_of(flags, address->without_fragment());
  if (!job) return wrong_usage;

  response page;
  page.final_url = address->without_fragment();
  page.body = std::move(*body);
  page.headers.emplace_back("Content-Type", flags.content_type.empty() ? "text/html" : flags.content_type);
  if (!flags.select.empty()) return print_matches(page, flags.select);

  std::vector<engine::job_problem> none;  // the job was checked
  const engine::job_plan plans(*job, none);
  record out;
  out.job = job->name;
  out.asked.url = out.asked.seed = out.final_url = page.final_url;
  out.content_type = flags.content_type;
  out.bytes = page.body.size();
  engine::read_page(page, plans.for_url(page.final_url), job->scope.nofollow == config::nofollow_mode::respect, engine::robots_agent(*job), out);
  std::cout << to_json(out) << '\n';
  return 0;
}

}  // namespace trawl::server
