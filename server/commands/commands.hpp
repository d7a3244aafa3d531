// The subcommands of trawl, one file each: what main.cpp puts into its table.
#pragma once
#include "server/command_line.hpp"

namespace trawl::server {

command_body set_up_crawl(CLI::App& arguments);
command_body set_up_validate(CLI::App& arguments);
command_body set_up_schema(CLI::App& arguments);
command_body set_up_init(CLI::App& arguments);
command_body set_up_inspect(CLI::App& arguments);

}  // namespace trawl::server
