// The server file as structs: what an operator may set, with the defaults. The words about each key stand in server_doc.hpp.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/document/node.hpp"
#include "config/units.hpp"

namespace trawl::config {

enum class token_scope { read, write, admin };
enum class log_level { debug, info, warn, error };
enum class log_format { text, json };
BOOST_DESCRIBE_ENUM(token_scope, read, write, admin)
BOOST_DESCRIBE_ENUM(log_level, debug, info, warn, error)
BOOST_DESCRIBE_ENUM(log_format, text, json)

/// Who may call the API: the token itself in a file, or its hash here.
struct token {
  std::string name;
  std::optional<std::string> file, sha256;
  std::vector<token_scope> scopes = {token_scope::read};
  friend bool operator==(const token&, const token&) = default;
};
BOOST_DESCRIBE_STRUCT(token, (), (name, file, sha256, scopes))

struct server_auth {
  std::vector<token> tokens;
};
BOOST_DESCRIBE_STRUCT(server_auth, (), (tokens))

struct server_tls {
  std::optional<std::string> cert, key;
};
BOOST_DESCRIBE_STRUCT(server_tls, (), (cert, key))

struct server_jobs {
  std::optional<std::string> dir;
  std::uint32_t running = 4;
  duration keep = std::chrono::hours(24 * 30);
};
BOOST_DESCRIBE_STRUCT(server_jobs, (), (dir, running, keep))

/// What a submitted job may ask for.
struct ceilings {
  std::uint64_t max_pages = 0;
  std::uint32_t concurrency = 0;
  config::duration duration{};
  bool robots_ignore = false;
  bool tls_unverified = false;
  bool resolve = false;
  bool proxies = false;
};
BOOST_DESCRIBE_STRUCT(ceilings, (), (max_pages, concurrency, duration, robots_ignore, tls_unverified, resolve, proxies))

struct server_egress {
  std::vector<std::string> allow;
  std::vector<std::string> proxies;
};
BOOST_DESCRIBE_STRUCT(server_egress, (), (allow, proxies))

struct webhooks {
  std::optional<std::string> secret_file;
};
BOOST_DESCRIBE_STRUCT(webhooks, (), (secret_file))

struct server_log {
  log_level level = log_level::info;
  log_format format = log_format::json;
};
BOOST_DESCRIBE_STRUCT(server_log, (), (level, format))

struct server {
  std::string listen = "127.0.0.1:8080";
  std::string data = "trawl-data";
  server_auth auth;
  server_tls tls;
  std::uint32_t shards = 0;
  server_jobs jobs;
  node defaults;  ///< a partial job, checked as one
  config::ceilings ceilings;
  server_egress egress;
  config::webhooks webhooks;
  server_log log;
};
BOOST_DESCRIBE_STRUCT(server, (), (listen, data, auth, tls, shards, jobs, defaults, ceilings, egress, webhooks, log))

/// A "host:port" or "[v6]:port" taken apart; nullopt when it is neither.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};
std::optional<endpoint> parse_endpoint(std::string_view text);

/// An entry of egress.allow: addresses of `network`/`bits`, at `port` alone where it is not 0.
struct network {
  std::string address;
  int bits = 0;
  std::uint16_t port = 0;
};
/// "10.0.0.0/8", "10.1.2.3:8080", "10.1.0.0/16:*", "[fd00::]/8:443", "[fd00::/8]:443"; nullopt when it is none. What is accepted here the
/// crawler's egress rule (net::parse_allowed_network) reads in the same way.
std::optional<network> parse_network(std::string_view text);

}  // namespace trawl::config
