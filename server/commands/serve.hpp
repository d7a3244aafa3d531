// trawl serve and trawl token: their doors for the command line, which maps the server file onto `server_options`.
#pragma once
#include "server/options.hpp"

namespace trawl::server {

/// Serves until SIGINT or SIGTERM, then ends within ten seconds; a second signal ends it at once. SIGHUP reads the certificate again.
/// 0; 1 after a second signal; 2 where it can't start.
int serve_command(const server_options& options);
/// Prints the token that the service makes for itself in `options.data`, and makes it where it is not there yet. 2 where it can't, or the
/// server file names tokens of its own.
int token_command(const server_options& options);

}  // namespace trawl::server
