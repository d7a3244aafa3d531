// trawl inspect page: what a crawl would write of a saved page, or of one that is fetched now.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "config/load.hpp"
#include "crawler/engine/page.hpp"
#include "crawler/engine/shard.hpp"
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

bool is_address(const std::string& page) { return page.starts_with("http://") || page.starts_with("https://"); }

/// The job reads or fetches one page, whatever else it names: the flags that say so.
std::vector<config::setting> one_page_flags(const std::string& address) {
  config::node seeds, none, zero = config::node::of_text("0", nullptr);
  seeds.is = none.is = config::node::kind::list;
  seeds.list.push_back(config::node::of_text(address, nullptr));
  zero.quoted = false;  // a number
  return {{"seeds", seeds, "inspect page"}, {"seed_files", none, "inspect page"}, {"sitemaps", none, "inspect page"}, {"scope.max_depth", zero, "inspect page"}};
}

/// The job to read the page with; nullopt when its problems were printed.
std::optional<config::job> job_of(const inspect_page_flags& flags, const std::string& address) {
  config::load_options options;
  if (is_address(flags.page)) options.flags = one_page_flags(address);
  if (!flags.select.empty()) options.sets.emplace_back("extract.html=true");
  if (flags.job.empty())
    for (const char* what : {"links", "text", "markdown"}) options.sets.push_back(std::string("extract.") + what + "=true");
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

boost::asio::awaitable<void> read_first(engine::crawl& crawl, std::optional<frontier::log_entry>& out) { out = co_await crawl.log().read(0); }

/// A crawl of this one page, by all its rules; its record, or nothing if it ended without one.
std::optional<std::string> crawl_page(config::job job) {
  engine::shards shards(1);
  engine::crawl_options options;
  options.operator_trusted = true;
  engine::crawl crawl(shards, std::move(job), std::move(options));
  std::optional<frontier::log_entry> first;
  boost::asio::io_context loop(1);
  boost::asio::co_spawn(loop, read_first(crawl, first), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  crawl.start();
  loop.run();
  crawl.cancel();
  return first ? std::optional(std::move(first->line)) : std::nullopt;
}

int inspect_fetched(const inspect_page_flags& flags) {
  if (!flags.url.empty() || !flags.content_type.empty()) return complain("--url and --content-type are for saved pages; a fetched one brings its own");
  const auto address = url::parse(flags.page);
  if (!address || !address->is_http()) return complain("'" + flags.page + "' is not an http or https URL");
  auto job = job_of(flags, address->without_fragment());
  if (!job) return wrong_usage;
  const auto record = crawl_page(std::move(*job));
  if (!record) {
    fmt::print(stderr, "trawl: '{}' is kept out by the job's own rules\n", flags.page);
    return 1;
  }
  if (flags.select.empty()) {
    std::cout << *record << '\n';
    return 0;
  }
  response page;
  page.body = nlohmann::json::parse(*record).value("html", std::string());
  page.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  return print_matches(page, flags.select);
}

}  // namespace

int inspect_page_command(const inspect_page_flags& flags) {
  if (is_address(flags.page)) return inspect_fetched(flags);
  constexpr std::string_view nowhere = "https://page.invalid/";
  const auto address = url::parse(flags.url.empty() ? nowhere : flags.url);
  if (!address) return complain("--url '" + flags.url + "' is not an absolute URL");
  auto body = read_all(flags.page);
  if (!body) return complain(flags.page + ": can't be read");
  const auto job = job_of(flags, address->is_http() ? address->without_fragment() : std::string(nowhere));  // a saved page may be known by another address
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
  engine::read_page(page, plans.for_url(page.final_url), job->scope.nofollow == config::nofollow_mode::respect, engine::robots_agent(*job), false, out);
  std::cout << to_json(out) << '\n';
  return 0;
}

}  // namespace trawl::server
