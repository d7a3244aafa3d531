// trawl: the command line. Each subcommand has its own file under commands/.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "server/commands/commands.hpp"

int main(int argc, char** argv) {
  using namespace trawl::server;
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of the write, not the end of the process
  spdlog::set_default_logger(spdlog::stderr_logger_st("trawl"));

  CLI::App app("trawl: crawls web sites into one JSON line per URL");
  app.set_version_flag("--version", "trawl " TRAWL_VERSION);
  app.require_subcommand(1);

  crawl_flags flags;
  std::vector<std::string> extracts;
  std::string max_pages, depth, delay, concurrency;
  auto* crawl = app.add_subcommand("crawl", "run a crawl to its end: a job file, or URLs");
  crawl->add_option("target", flags.targets, "JOB.yaml, or URLs");
  crawl->add_option("-i", flags.list, "fetch the URLs of a file (- is stdin), follow nothing");
  crawl->add_option("-o,--output", flags.output, "file for the records; default stdout");
  crawl->add_option("--set", flags.sets, "KEY=VALUE, over what the job says; repeatable")->allow_extra_args(false);
  crawl->add_option("-x", extracts, "extract: links,html")->delimiter(',');
  crawl->add_option("--max-pages", max_pages, "scope.max_pages");
  crawl->add_option("--depth", depth, "scope.max_depth");
  crawl->add_option("--delay", delay, "politeness.delay");
  crawl->add_option("--concurrency", concurrency, "fetch.concurrency");
  crawl->add_option("--summary", flags.summary, "write the summary as JSON");
  crawl->add_option("--rejected", flags.rejected, "write the URLs that rules kept out, as NDJSON");
  crawl->add_flag("--overwrite", flags.overwrite, "replace an output that is there");
  crawl->add_flag("--append", flags.append, "write behind it");
  crawl->add_flag("--dry-run", flags.dry_run, "print the resolved job and the first URLs, fetch nothing");
  crawl->add_flag("-q", flags.quiet, "no progress, no summary");
  crawl->add_flag("--no-progress", flags.no_progress, "no progress");

  std::vector<std::string> files, urls;
  std::string which = "job", url, base, robots_file, agent;
  bool json = false;
  auto* validate = app.add_subcommand("validate", "every problem of each job file");
  validate->add_option("file", files)->required();
  auto* schema = app.add_subcommand("schema", "JSON Schema of the job file");
  schema->add_option("which", which);
  auto* init = app.add_subcommand("init", "print a commented job file");
  init->add_option("url", url);
  auto* inspect = app.add_subcommand("inspect", "what trawl sees: url, robots, page");
  inspect->require_subcommand(1);
  auto* inspect_url = inspect->add_subcommand("url", "the parts of each URL");
  inspect_url->add_option("url", urls);
  inspect_url->add_option("--base", base);
  inspect_url->add_flag("--json", json, "lines of stdin are JSON");
  auto* inspect_robots = inspect->add_subcommand("robots", "what a robots.txt says of each URL");
  inspect_robots->add_option("file", robots_file)->required();
  inspect_robots->add_option("--agent", agent)->required();
  inspect_robots->add_option("url", urls);

  inspect_page_flags page_flags;
  auto* inspect_page = inspect->add_subcommand("page", "the record of a saved page");
  inspect_page->add_option("page", page_flags.page, "FILE, or - for standard input")->required();
  inspect_page->add_option("--url", page_flags.url, "the page's address");
  inspect_page->add_option("--content-type", page_flags.content_type, "the header it came with");
  inspect_page->add_option("--job", page_flags.job, "job file whose extraction to run");
  inspect_page->add_option("--set", page_flags.sets, "KEY=VALUE, over what the job says; repeatable")->allow_extra_args(false);
  inspect_page->add_option("--select", page_flags.select, "CSS selector; prints each match instead");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) flags.sets.push_back(std::string(key) + "=" + value);
  };
  set("scope.max_pages", max_pages);
  set("scope.max_depth", depth);
  set("politeness.delay", delay);
  set("fetch.concurrency", concurrency);
  for (const std::string& name : extracts) set(("extract." + name).c_str(), "true");
  try {
    if (crawl->parsed()) return crawl_command(flags);
    if (validate->parsed()) return validate_command(files);
    if (schema->parsed()) return schema_command(which);
    if (init->parsed()) return init_command(url);
    if (inspect_url->parsed()) return inspect_url_command(urls, base, json);
    if (inspect_page->parsed()) return inspect_page_command(page_flags);
    return inspect_robots_command(robots_file, agent, urls);
  } catch (const std::exception& e) {
    fmt::print(stderr, "trawl: {}\n", e.what());
    return 2;
  }
}
