// trawl jobs, and pause, resume, cancel: the jobs of a service, and what is done with one.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/document/text.hpp"
#include "server/client/job_status.hpp"
#include "server/commands/client/session.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;
using client::failure;

constexpr std::size_t largest_page = 1'000;  // of the API

struct jobs_arguments {
  client::job_filter which;
  std::size_t limit = 100;
  bool as_json = false;
};

struct control_arguments {
  std::vector<std::string> ids;
};

void print_head() { answer("{:<28}  {:<9}  {:>11}  {:>9}  {:>11}  {:<20}  {}\n", "ID", "STATE", "PAGES", "FAILED", "QUEUED", "SUBMITTED", "NAME"); }

/// The time without its milliseconds.
std::string to_seconds(const std::string& time) { return time.size() > 20 ? time.substr(0, 19) + "Z" : time; }

void print_job(const nlohmann::json& job, bool as_json) {
  if (as_json) return answer("{}\n", job.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  const auto s = client::read_status(job);
  if (!s) return;
  std::uint64_t failed = 0;
  for (const auto& [code, count] : s->numbers.errors) failed += count;
  answer("{:<28}  {:<9}  {:>11}  {:>9}  {:>11}  {:<20}  {}\n", config::printable(s->id), config::printable(s->state), count_text(s->numbers.books.pages), count_text(failed),
         count_text(s->numbers.books.queued), config::printable(to_seconds(s->submitted_at)), config::printable(s->name));
}

asio::awaitable<int> list(const client::api_client& client, const jobs_arguments& given) {
  std::size_t left = given.limit == 0 ? SIZE_MAX : given.limit;
  std::string cursor;
  for (bool is_first = true;; is_first = false) {
    auto page = co_await client.jobs(given.which, std::min(left, largest_page), cursor);
    if (!page) co_return tell_failure("jobs", page.error());
    const auto jobs = page->find("jobs");
    if (jobs == page->end() || !jobs->is_array()) co_return tell_failure("jobs", {failure::kind::malformed, "the service's answer is no list of jobs"});
    if (is_first && !given.as_json) print_head();
    for (const auto& job : *jobs) print_job(job, given.as_json);
    left -= std::min(left, jobs->size());
    const auto next = page->find("next");
    if (left == 0 || next == page->end() || !next->is_string()) co_return 0;
    cursor = next->get<std::string>();
  }
}

/// Each of them, whatever becomes of the others; the first exit code that is not 0.
asio::awaitable<int> control(const client::api_client& client, const char* verb, const control_arguments& given) {
  int code = 0;
  for (const std::string& id : given.ids) {
    auto got = co_await client.tell(id, verb);
    if (got) {
      answer("{}: {}\n", config::printable(id), config::printable(got->value("state", std::string("done"))));
      continue;
    }
    got.error().message = config::printable(id) + ": " + got.error().message;
    const int wrong = tell_failure(verb, got.error());
    if (code == 0) code = wrong;
  }
  co_return code;
}

command_body set_up_control(CLI::App& arguments, const char* verb) {
  auto given = std::make_shared<control_arguments>();
  arguments.add_option("id", given->ids, "the job, as submit and jobs name it; several are done one after the other")->required();
  return [given, verb] { return run_client(verb, [&](const client::api_client& client) { return control(client, verb, *given); }); };
}

}  // namespace

command_body set_up_jobs(CLI::App& arguments) {
  auto given = std::make_shared<jobs_arguments>();
  arguments.add_option("--state", given->which.state, "queued, running, paused, completed, failed or cancelled");
  arguments.add_option("--name", given->which.name, "only jobs of this name");
  arguments.add_option("-n,--limit", given->limit, "so many at most, the newest first; 0: all")->capture_default_str();
  arguments.add_flag("--json", given->as_json, "each job's status, one JSON object a line");
  return [given] { return run_client("jobs", [&](const client::api_client& client) { return list(client, *given); }); };
}

command_body set_up_pause(CLI::App& arguments) { return set_up_control(arguments, "pause"); }
command_body set_up_resume(CLI::App& arguments) { return set_up_control(arguments, "resume"); }
command_body set_up_cancel(CLI::App& arguments) { return set_up_control(arguments, "cancel"); }

}  // namespace trawl::server
