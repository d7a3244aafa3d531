// The subcommands of trawl, one file each: what main.cpp puts into its table.
#pragma once
#include <string>
#include <vector>

#include "server/command_line.hpp"

namespace trawl::server {

command_body set_up_crawl(CLI::App& arguments);
command_body set_up_validate(CLI::App& arguments);
command_body set_up_schema(CLI::App& arguments);
command_body set_up_init(CLI::App& arguments);
command_body set_up_inspect(CLI::App& arguments);
command_body set_up_explain(CLI::App& arguments);
command_body set_up_plan(CLI::App& arguments);
command_body set_up_state(CLI::App& arguments);
command_body set_up_serve(CLI::App& arguments);
command_body set_up_token(CLI::App& arguments);

// The API's client; under client/.
command_body set_up_submit(CLI::App& arguments);
command_body set_up_jobs(CLI::App& arguments);
command_body set_up_watch(CLI::App& arguments);
command_body set_up_results(CLI::App& arguments);
command_body set_up_pause(CLI::App& arguments);
command_body set_up_resume(CLI::App& arguments);
command_body set_up_cancel(CLI::App& arguments);

/// Flags of `trawl inspect page`, as given.
struct inspect_page_flags {
  std::string page;  ///< a file; - is standard input
  std::string url, content_type, job, select;
  std::vector<std::string> sets;
};
/// The record that a crawl would write of a saved page, or each match of --select, on a line.
int inspect_page_command(const inspect_page_flags& flags);

}  // namespace trawl::server
