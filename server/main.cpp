// trawl: the command line. Each subcommand has its own file under commands/.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <exception>

#include "server/allocator.hpp"
#include "server/command_line.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"

namespace {

constexpr trawl::server::command commands[] = {
    {"crawl", "run a crawl to its end: a job file, URLs, or a list", trawl::server::set_up_crawl},
    {"plan", "what a crawl would meet: robots.txt and sitemaps only", trawl::server::set_up_plan},
    {"init", "print a commented job file to start from", trawl::server::set_up_init},
    {"validate", "every problem of job files", trawl::server::set_up_validate},
    {"schema", "JSON Schema of the job file, the server file, the record", trawl::server::set_up_schema},
    {"inspect", "what trawl sees in a URL, a robots.txt, a page", trawl::server::set_up_inspect},
    {"extract", "run a job's extraction over saved pages"},
    {"explain", "why a URL was taken up or left out", trawl::server::set_up_explain},
    {"state", "what a state directory holds; a copy of it", trawl::server::set_up_state},
    {"serve", "the service over HTTP", trawl::server::set_up_serve},
    {"token", "the service's token", trawl::server::set_up_token},
    {"submit", "give a job to a service", trawl::server::set_up_submit},
    {"jobs", "the jobs of a service", trawl::server::set_up_jobs},
    {"watch", "follow a job of a service", trawl::server::set_up_watch},
    {"results", "the records of a service's job", trawl::server::set_up_results},
    {"pause", "hold a service's job", trawl::server::set_up_pause},
    {"resume", "go on with a service's job", trawl::server::set_up_resume},
    {"cancel", "end a service's job", trawl::server::set_up_cancel},
};

}  // namespace

int main(int argc, char** argv) {
  trawl::server::give_back_large_blocks();
  trawl::server::take_closed_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of the write, not the end of the process
  spdlog::set_default_logger(spdlog::stderr_logger_mt("trawl"));
  try {
    return trawl::server::close_answers(trawl::server::run_command_line(commands, argc, argv));
  } catch (const std::exception& e) {
    trawl::server::tell("trawl: {}\n", e.what());
    return 2;
  }
}
