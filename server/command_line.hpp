// The frame of the command line: a table of subcommands, help, and one clear line for whatever is wrong.
#pragma once
#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace trawl::server {

/// What a subcommand does once its arguments are read; gives the process's exit code: 0 done, 1 ran but what was expected did not come,
/// 2 wrong usage or configuration, nothing was started, 3 interrupted with state saved.
using command_body = std::function<int()>;

/// A subcommand. `set_up` declares its arguments; the body it gives owns what they are read into. Without one the command is known and
/// not available in this version.
struct command {
  const char* name;
  const char* summary;
  command_body (*set_up)(CLI::App& arguments) = nullptr;
};

/// Reads the arguments and runs the command they name.
int run_command_line(std::span<const command> commands, int argc, char** argv);

}  // namespace trawl::server
