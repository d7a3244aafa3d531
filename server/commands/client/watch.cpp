// trawl watch, trawl results: staying with a job, reading its records.
#include <CLI/CLI.hpp>
#include <memory>

#include "server/commands/client/follow.hpp"
#include "server/commands/client/session.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

struct watch_arguments {
  std::string id;
  bool as_json = false, quiet = false, no_progress = false;
  patience_flag patience;
};

struct results_arguments {
  client::result_wish wish;
  bool quiet = false;
  patience_flag patience;
};

int watch_command(const watch_arguments& given) {
  if (const auto logging = set_up_logging({}); !logging) return 2;
  const watch_wish wish{"watch", given.id, wanted_style(given.quiet || given.no_progress), !given.quiet, given.as_json, given.patience.value()};
  return run_client("watch", [&](const client::api_client& client) { return watch_job(client, wish); });
}

int results_command(const results_arguments& given) {
  const print_wish wish{"results", given.wish, given.quiet, given.patience.value()};
  return run_client("results", [&](const client::api_client& client) { return print_results(client, wish); });
}

}  // namespace

command_body set_up_watch(CLI::App& arguments) {
  auto given = std::make_shared<watch_arguments>();
  arguments.add_option("id", given->id, "the job, as submit and jobs name it")->required();
  arguments.add_flag("--json", given->as_json, "the job's last status on stdout");
  arguments.add_flag("-q,--quiet", given->quiet, "nothing on stderr but errors: only waits");
  arguments.add_flag("--no-progress", given->no_progress, "only the summary at the end");
  add_patience(arguments, given->patience);
  return [given] { return watch_command(*given); };
}

command_body set_up_results(CLI::App& arguments) {
  auto given = std::make_shared<results_arguments>();
  client::result_wish& wish = given->wish;
  arguments.add_option("id", wish.id, "the job, as submit and jobs name it")->required();
  arguments.add_flag("-f,--follow", wish.follows, "stays, prints each record as it is made, ends with the job");
  arguments.add_option("--after", wish.after, "only records behind this seq");
  arguments.add_option("-n,--limit", wish.limit, "so many records at most; 0: all");
  arguments.add_option("--status", wish.status, "only this status, such as 404 or 5xx");
  arguments.add_option("--error", wish.error, "only this error code, such as timeout.*");
  arguments.add_option("--rows", wish.rows, "records or items")->check(CLI::IsMember({"records", "items"}));
  arguments.add_flag("-q,--quiet", given->quiet, "nothing on stderr but errors");
  add_patience(arguments, given->patience);
  return [given] { return results_command(*given); };
}

}  // namespace trawl::server
