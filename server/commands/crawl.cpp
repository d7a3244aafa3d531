// trawl crawl: a job from a file or from the command line, run to its end; records to a file or stdout, all else to stderr.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "config/document/text.hpp"
#include "crawler/frontier/store/state_directory.hpp"
#include "crawler/url/expand.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/dry_run.hpp"
#include "server/commands/job_source.hpp"
#include "server/console.hpp"
#include "server/crawl/crawl_session.hpp"
#include "server/crawl/retry_codes.hpp"
#include "server/crawl/state_job.hpp"
#include "server/descriptors.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

/// Everything `trawl crawl` was told.
struct crawl_arguments {
  job_arguments job;
  session_files files;
  std::string rows = "records", state, retry, log_format = "text";
  log_settings log;
  bool overwrite = false, append = false, force_config = false, dry_run = false, quiet = false, verbose = false, no_progress = false;
};

int refuse(const std::string& why) {
  tell("trawl: {}\ntrawl: nothing was started\n", config::printable(why));
  return 2;
}

int refuse(const std::vector<config::problem>& problems) {
  for (const config::problem& p : problems) tell("{}\n", to_string(p));
  tell("trawl: nothing was started\n");
  return 2;
}

/// What is wrong with the flags themselves, before any file is looked at; empty when they fit together.
std::string wrong_with(const crawl_arguments& given) {
  if (given.append && given.files.output.empty()) return "--append needs an output: -o FILE";
  std::error_code ignored;
  const auto& [output, summary, rejected] = given.files;
  const std::filesystem::path folder = std::filesystem::path(output).parent_path();  // else the state would make it
  if (!folder.empty() && !std::filesystem::exists(folder, ignored)) return fmt::format("{} can't be written: {}", output, std::strerror(ENOENT));
  for (const auto& [a, b] : {std::pair(output, summary), std::pair(output, rejected), std::pair(summary, rejected)})
    if (!a.empty() && !b.empty() && (a == b || (std::filesystem::is_regular_file(a, ignored) && std::filesystem::equivalent(a, b, ignored))))
      return a + " is named for two outputs";
  return {};
}

/// A brace that is neither a range nor a list goes to the server as it is, which is seldom meant.
void warn_of_literal_braces(const config::job& job) {
  for (const config::seed& s : job.seeds) {
    auto all = url::expand(s.url);
    const std::string first = *all.begin();
    const std::size_t open = first.find('{');
    if (open != std::string::npos && first.find('}', open) != std::string::npos)
      spdlog::warn("seed {}: its braces are neither a range such as {{1..50}} nor a list such as {{a,b}}; they stay as they are", config::shortened(s.url, 100));
  }
}

/// Beside a file that is written, unless another directory is named, or none.
session_state state_of(const crawl_arguments& given) {
  if (given.state == "none") return {};
  if (!given.state.empty()) return {.directory = given.state, .is_beside_output = false, .job = {}};
  const std::string& output = given.files.output;
  std::error_code ignored;
  const bool is_file = !output.empty() && output != "-" && (!std::filesystem::exists(output, ignored) || std::filesystem::is_regular_file(output, ignored));
  return is_file ? session_state{.directory = output + ".trawl", .is_beside_output = true, .job = {}} : session_state{};
}

/// What keeps the job from going on where the state was left; empty: nothing.
std::string wrong_with_state(const session_state& state, bool is_forced) {
  std::optional<std::string> before;
  try {
    before = frontier::store::state_directory::job_of(state.directory);
  } catch (const frontier::storage_error& e) {
    return e.what();
  }
  if (!before || is_forced) return {};
  const auto changed = differences(*before, state.job);
  if (changed.empty()) return {};
  return fmt::format("the state in {} is of another job: {} differ{}; go on with that job, name another state, or say --force-config", state.directory, fmt::join(changed, ", "),
                     changed.size() == 1 ? "s" : "");
}

/// What there is to retry is in a state.
std::string wrong_with_retry(const session_state& state) {
  if (state.directory.empty()) return "--retry needs a state: --state DIR, or an output of a crawl that has not drained";
  if (frontier::store::state_directory::is_there(state.directory)) return {};
  return fmt::format("--retry: there is no state in {}{}", state.directory, state.is_beside_output ? "; a crawl that has drained removes it, unless --state DIR keeps one" : "");
}

/// An output that is written anew begins a new crawl.
std::string forget_state(const session_state& state) {
  try {
    if (std::filesystem::exists(state.directory)) frontier::store::state_directory(state.directory).remove();
    return {};
  } catch (const frontier::storage_error& e) {
    return e.what();
  }
}

int crawl(crawl_arguments given) {
  if (const std::string why = wrong_with(given); !why.empty()) return refuse(why);
  given.log.level = given.quiet ? config::log_level::error : given.verbose ? config::log_level::debug : config::log_level::info;
  given.log.format = given.log_format == "json" ? config::log_format::json : config::log_format::text;
  if (const auto ready = set_up_logging(given.log); !ready) return refuse(ready.error());
  auto loaded = load_job(given.job);
  if (!loaded.problems.empty()) return refuse(loaded.problems);
  if (given.dry_run) return dry_run(loaded);

  session_options options;
  options.files = given.files;
  options.existing_output = given.overwrite ? existing::overwrite : given.append ? existing::append : existing::refuse;
  options.rows = given.rows == "items" ? config::row_kind::items : config::row_kind::records;
  options.shows_summary = !given.quiet;
  options.style = given.quiet || given.no_progress ? progress_style::none : isatty(STDERR_FILENO) != 0 ? progress_style::live : progress_style::logged;
  if (options.rows == config::row_kind::items && loaded.job.extract.items.empty())
    return refuse("--rows items: the job has no extract.items, so there would be no line");
  if (is_anonymous(loaded.job)) spdlog::warn("nobody can tell whose crawl this is: set politeness.contact to a URL or a mail address");
  warn_of_literal_braces(loaded.job);
  if (loaded.job.schedule) spdlog::warn("schedule has no effect here: this runs the job once, now; a server runs it by its schedule (jobs.dir, or PUT /api/v1/named/{name})");
  raise_descriptor_limit();
  options.state = state_of(given);
  if (!options.state.directory.empty()) {
    options.state.job = state_job(loaded.job, loaded.secrets);
    if (given.overwrite && options.state.is_beside_output)
      if (const std::string why = forget_state(options.state); !why.empty()) return refuse(why);
    if (const std::string why = wrong_with_state(options.state, given.force_config); !why.empty()) return refuse(why);
  }
  if (!given.retry.empty()) {
    if (const std::string why = wrong_with_retry(options.state); !why.empty()) return refuse(why);
    auto codes = retry_codes::parse(given.retry);
    if (!codes) return refuse("--retry: " + codes.error());
    options.retry = [codes = std::move(*codes)](std::string_view record) { return codes.match(record); };
  }
  crawl_session session(std::move(loaded.job), std::move(options));
  if (const auto ready = session.open(); !ready) return refuse(ready.error());
  return session.run();
}

void add_job_options(CLI::App& to, job_arguments& given) {
  to.add_option("target", given.targets, "a job file (.yaml, .yml, .json), or URLs; a name without scheme gets https://");
  to.add_option("-i", given.list, "fetch the URLs of a file (- is stdin), follow nothing; with a job, in place of its seeds");
  to.add_option("--set", given.sets, "KEY=VALUE over what the job says, the key by dotted path; repeatable")->allow_extra_args(false);
  to.add_option("-x", given.extracts, "turn on: links,text,markdown,html,digests")->delimiter(',')->allow_extra_args(false);
  to.add_option("--max-pages", given.max_pages, "scope.max_pages");
  to.add_option("--depth", given.depth, "scope.max_depth");
  to.add_option("--delay", given.delay, "politeness.delay");
  to.add_option("--concurrency", given.concurrency, "fetch.concurrency");
}

void add_output_options(CLI::App& to, crawl_arguments& given) {
  to.add_option("-o,--output", given.files.output, "file for the records, .ndjson or .jsonl, compressed with a further .gz or .zst; default stdout");
  to.add_option("--rows", given.rows, "a line for each of: records, items")->check(CLI::IsMember({"records", "items"}));
  CLI::Option* overwrite = to.add_flag("--overwrite", given.overwrite, "replace an output that is there");
  to.add_flag("--append", given.append, "write behind it")->excludes(overwrite);
  to.add_option("--state", given.state, "directory for the state, or none; default FILE.trawl beside -o FILE, else none");
  to.add_option("--retry", given.retry, "visit the URLs of the state again whose records match: timeout.*,5xx,connect.refused");
  to.add_flag("--force-config", given.force_config, "go on with a state of another job");
  to.add_option("--summary", given.files.summary, "write the summary as JSON");
  to.add_option("--rejected", given.files.rejected, "write the URLs that rules kept out, as NDJSON: url, parent, rule");
  to.add_flag("--dry-run", given.dry_run, "print the resolved job, the decorators and the first URLs; fetch nothing");
  CLI::Option* quiet = to.add_flag("-q", given.quiet, "errors only: no progress, no summary");
  to.add_flag("-v", given.verbose, "more log lines")->excludes(quiet);
  to.add_option("--log-file", given.log.file, "append log lines to a file, not to stderr");
  to.add_option("--log-format", given.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  to.add_flag("--no-progress", given.no_progress, "no progress line");
}

}  // namespace

command_body set_up_crawl(CLI::App& arguments) {
  auto given = std::make_shared<crawl_arguments>();
  add_job_options(arguments, given->job);
  add_output_options(arguments, *given);
  return [given] { return crawl(*given); };
}

}  // namespace trawl::server
