// What the client commands have in common: the service of the environment, a loop to wait on, signals, and how failures are told.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "server/client/api_client.hpp"

namespace CLI {
class App;
}

namespace trawl::server {

using client_body = std::function<boost::asio::awaitable<int>(const client::api_client&)>;

/// Reads TRAWL_URL and the like and runs `body` to its end, which is the exit code. 2 where the environment is wrong, 3 after SIGINT or
/// SIGTERM: what the service does goes on.
int run_client(std::string_view command, const client_body& body);

/// Says it on stderr; the exit code that belongs to it.
int tell_failure(std::string_view command, const client::failure& why);

/// --give-up-after: how long a service that was lost is tried again.
struct patience_flag {
  std::string text = "1m";
  /// As read; a word that is no duration ends the reading of the command line.
  std::chrono::nanoseconds value() const;
};
void add_patience(CLI::App& arguments, patience_flag& to);

}  // namespace trawl::server
