// trawl serve and trawl token on the command line: the server file mapped onto what the service is started with.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/load.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/serve.hpp"
#include "server/console.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

struct server_arguments {
  std::string config;
  std::vector<std::string> sets;
};

permission to_permission(config::token_scope scope) noexcept {
  switch (scope) {
    case config::token_scope::read: return permission::read;
    case config::token_scope::write: return permission::write;
    case config::token_scope::admin: return permission::admin;
  }
  return permission::read;
}

token_source to_source(const config::token& token) {
  token_source out{token.name, token.file.value_or(""), token.sha256.value_or(""), {}};
  for (const config::token_scope scope : token.scopes) out.permissions.push_back(to_permission(scope));
  return out;
}

server_options to_options(const config::server& file) {
  server_options out;
  out.listen = file.listen;
  out.data = file.data;
  for (const config::token& token : file.auth.tokens) out.tokens.push_back(to_source(token));
  out.tls_cert = file.tls.cert.value_or("");
  out.tls_key = file.tls.key.value_or("");
  out.shards = file.shards;
  out.running = file.jobs.running;
  out.keep = file.jobs.keep;
  out.defaults = file.defaults;
  const config::ceilings& c = file.ceilings;
  out.ceilings = {c.max_pages, c.concurrency, c.duration, c.robots_ignore, c.tls_unverified, c.resolve, c.proxies, file.egress.proxies};
  out.egress_allow = file.egress.allow;
  out.jobs_dir = file.jobs.dir.value_or("");
  return out;
}

/// The file that was named, or the defaults; with --set over it. Every problem is said.
std::optional<config::server> load(const server_arguments& given) {
  config::load_options options;
  options.sets = given.sets;
  const auto loaded = given.config.empty() ? config::load_server_text("", "command line", options) : config::load_server_file(given.config, options);
  for (const config::problem& p : loaded.problems) tell("{}\n", to_string(p));
  if (loaded.problems.empty()) return loaded.server;
  tell("trawl: nothing was started\n");
  return std::nullopt;
}

std::shared_ptr<server_arguments> declare(CLI::App& arguments) {
  auto given = std::make_shared<server_arguments>();
  arguments.add_option("--config", given->config, "the server file; without one its defaults");
  arguments.add_option("--set", given->sets, "KEY=VALUE over what the file says; repeatable")->allow_extra_args(false);
  return given;
}

}  // namespace

command_body set_up_serve(CLI::App& arguments) {
  return [given = declare(arguments)] {
    const auto file = load(*given);
    if (!file) return 2;
    if (const auto logging = set_up_logging({file->log.level, file->log.format, ""}); !logging) {
      tell("trawl: {}\n", logging.error());
      return 2;
    }
    return serve_command(to_options(*file));
  };
}

command_body set_up_token(CLI::App& arguments) {
  return [given = declare(arguments)] {
    const auto file = load(*given);
    return file ? token_command(to_options(*file)) : 2;
  };
}

}  // namespace trawl::server
