// trawl submit: gives a job to the service, and stays with it where that is wanted.
#include <openssl/rand.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <stdexcept>

#include "config/document/text.hpp"
#include "server/commands/client/follow.hpp"
#include "server/jobs/job_json.hpp"
#include "server/commands/client/session.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/job_source.hpp"
#include "server/console.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;
using client::failure;

constexpr std::string_view me = "submit";

struct submit_arguments {
  std::string job;
  std::vector<std::string> sets;
  std::string key;
  bool as_json = false, only_checks = false, waits = false, follows = false, quiet = false, no_progress = false;
  patience_flag patience;
};

/// Makes a try that is repeated after a lost answer the same submission.
std::string random_key() {
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes for an Idempotency-Key");
  std::string out;
  for (const unsigned char b : bytes) out += fmt::format("{:02x}", b);
  return out;
}

/// The job as `trawl crawl` reads it; - is a job file on standard input. Every problem is said; nullopt where there is one.
std::optional<std::string> job_text(const submit_arguments& given) {
  config::loaded_job loaded;
  if (given.job == "-") {
    config::load_options options;
    options.sets = given.sets;
    loaded = checked(config::load_job_file("-", options));
  } else {
    job_arguments from;
    from.targets = {given.job};
    from.sets = given.sets;
    loaded = load_job(from);
  }
  std::string text = to_json_text(loaded.document);
  if (loaded.problems.empty()) check_for_sending(loaded, text);
  for (const config::problem& p : loaded.problems) tell("{}\n", to_string(p));
  if (loaded.problems.empty()) return text;
  tell("trawl {}: nothing was sent\n", me);
  return std::nullopt;
}

/// Tries again where the answer was lost: the key keeps it one job.
asio::awaitable<client::outcome<nlohmann::json>> send(const client::api_client& client, const client::submission_call& what, std::chrono::nanoseconds patience) {
  using clock = client::retry_pace::clock;
  client::retry_pace pace(patience, clock::now());
  bool was_sent = false;
  for (;;) {
    auto got = co_await client.submit(what);
    if (got) co_return got;
    was_sent = was_sent || got.error().is == failure::kind::lost;
    const bool is_network = got.error().is == failure::kind::lost || got.error().is == failure::kind::unreachable;
    const auto wait = was_sent && is_network ? pace.after_failure(clock::now()) : std::nullopt;
    if (!wait) co_return got;
    asio::steady_timer timer(client.executor(), *wait);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

/// The id goes to stdout, but to stderr where stdout is for records.
void tell_id(const submit_arguments& given, const nlohmann::json& got, const std::string& id) {
  const std::string line = given.as_json ? got.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : id;
  if (!given.follows) {
    answer("{}\n", line);
    std::fflush(stdout);  // whoever reads it has it while we wait
  } else if (!given.quiet) {
    tell("{}\n", line);
  }
}

asio::awaitable<int> stay(const client::api_client& client, const submit_arguments& given, std::string id) {
  const bool is_silent = given.quiet || given.no_progress;
  if (given.follows) {
    const int code = co_await print_results(client, {std::string(me), {.id = id, .follows = true}, given.quiet, given.patience.value()});
    if (code != 0) co_return code;
  }
  watch_wish wish{std::string(me), id, wanted_style(is_silent || given.follows), !given.quiet, false, given.patience.value()};
  const int code = co_await watch_job(client, std::move(wish));
  co_return code;
}

asio::awaitable<int> submit(const client::api_client& client, const submit_arguments& given, const std::string& job) {
  const client::submission_call what{job, given.only_checks ? "" : given.key.empty() ? random_key() : given.key, given.only_checks};
  auto got = co_await send(client, what, given.patience.value());
  if (!got) co_return tell_failure(me, got.error());
  if (given.only_checks) {
    if (given.as_json) answer("{}\n", got->dump());
    else if (!given.quiet) answer("{}: the service would take it\n", config::printable(given.job));
    co_return 0;
  }
  const auto id = got->find("id");
  if (id == got->end() || !id->is_string()) co_return tell_failure(me, {failure::kind::malformed, "the service took the job and named no id"});
  const std::string name = config::printable(id->get<std::string>());
  tell_id(given, *got, name);
  if (!given.waits && !given.follows) co_return 0;
  const int code = co_await stay(client, given, name);
  co_return code;
}

int submit_command(const submit_arguments& given) {
  if (given.only_checks && (given.waits || given.follows)) {
    tell("trawl {}: --check submits nothing to wait for\n", me);
    return 2;
  }
  const auto job = job_text(given);
  if (!job) return 2;
  if (const auto logging = set_up_logging({}); !logging) return 2;
  return run_client(me, [&](const client::api_client& client) { return submit(client, given, *job); });
}

}  // namespace

command_body set_up_submit(CLI::App& arguments) {
  auto given = std::make_shared<submit_arguments>();
  arguments.add_option("job", given->job, "a job file, a URL, or - for a job file on standard input; ${…} and extends are read here")->required();
  arguments.add_option("--set", given->sets, "KEY=VALUE over what the file says; repeatable")->allow_extra_args(false);
  arguments.add_flag("--check", given->only_checks, "only asks the service whether it would take the job");
  arguments.add_flag("--wait", given->waits, "stays until the job is over: exit 0 completed, 1 failed, 3 cancelled");
  arguments.add_flag("-f,--follow", given->follows, "prints each record as it is made, then ends as --wait does");
  arguments.add_option("--idempotency-key", given->key, "submitting again with the same key makes no second job");
  arguments.add_flag("--json", given->as_json, "the service's answer in place of the id");
  arguments.add_flag("-q,--quiet", given->quiet, "nothing on stderr but errors");
  arguments.add_flag("--no-progress", given->no_progress, "no progress while it waits");
  add_patience(arguments, given->patience);
  return [given] { return submit_command(*given); };
}

}  // namespace trawl::server
