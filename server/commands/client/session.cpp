#include "server/commands/client/session.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <optional>

#include "config/server.hpp"
#include "config/units.hpp"
#include "server/console.hpp"

namespace trawl::server {

int tell_failure(std::string_view command, const client::failure& why) {
  tell("trawl {}: {}\n", command, why.message);
  return why.exit_code();
}

int run_client(std::string_view command, const client_body& body) {
  namespace asio = boost::asio;
  auto address = client::read_address([](const std::string& name) { return std::getenv(name.c_str()); }, std::filesystem::path(config::server{}.data) / "token");
  if (!address) {
    tell("trawl {}: {}\n", command, address.error());
    return 2;
  }
  std::optional<int> code;
  std::exception_ptr thrown;
  asio::io_context loop(1);
  const client::api_client client(loop.get_executor(), std::move(*address));
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&loop](boost::system::error_code ec, int) {
    if (!ec) loop.stop();
  });
  asio::co_spawn(loop, body(client), [&](const std::exception_ptr& failure, int given) {
    thrown = failure;
    code = given;
    signals.cancel();
  });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  if (code) return *code;
  tell("\ntrawl {}: interrupted; what the service does goes on\n", command);
  return 3;
}

std::chrono::nanoseconds patience_flag::value() const { return config::parse_duration(text).value_or(std::chrono::nanoseconds(0)); }

void add_patience(CLI::App& arguments, patience_flag& to) {
  arguments.add_option("--give-up-after", to.text, "how long a service that was lost is tried again")->capture_default_str()->check([](const std::string& text) {
    return config::parse_duration(text) ? std::string() : "'" + text + "' is no duration such as 30s or 5m";
  });
}

}  // namespace trawl::server
