// What the service is started with, as plain values. The server file (config) is mapped onto this; tests fill it by hand.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/document/node.hpp"

namespace trawl::server {

/// What a token may do.
enum class permission : std::uint8_t {
  read,   ///< look at jobs, results, metrics
  write,  ///< submit, cancel, delete, scrape
  admin,  ///< everything
};

/// One accepted token: its secret stands in a file, or only the SHA-256 of it is known.
struct token_source {
  std::string name;
  std::filesystem::path file;             ///< first line is the token; empty where `sha256` is given
  std::string sha256;                     ///< 64 hex digits
  std::vector<permission> permissions;    ///< empty: none
};

/// What a submitted job may ask for; 0 and false as in the server file.
struct job_ceilings {
  std::uint64_t max_pages = 0;                    ///< 0: no ceiling
  std::uint32_t concurrency = 0;                  ///< 0: no ceiling
  std::chrono::nanoseconds duration{0};           ///< 0: no ceiling
  bool robots_ignore = false, tls_unverified = false, resolve = false, proxies = false;
  std::vector<std::string> usual_proxies = {};    ///< that a job goes through which names none of its own: egress.proxies
};

/// Bounds of the service itself. They are no keys of the server file; tests make them small.
struct service_limits {
  std::size_t connections = 10'000;               ///< open at once; more are told 503. Never above half of the file descriptors
  std::size_t head_bytes = 32u << 10;
  std::size_t head_fields = 100;
  std::size_t target_bytes = 8u << 10;
  std::size_t body_bytes = 8u << 20;
  std::size_t bodies_bytes = 128u << 20;          ///< of all requests being read
  std::size_t active_jobs = 100;                  ///< queued and running
  std::size_t scrapes = 16;                       ///< at once
  std::size_t stored_jobs = 1'000;                ///< named ones, those of files included
  std::size_t stored_bytes = 128u << 20;          ///< of their documents
  std::uint32_t requests_per_connection = 1'000;
  std::chrono::milliseconds handshake_time{10'000};  ///< TLS
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{60'000};
  std::chrono::milliseconds idle_time{60'000};    ///< between two requests
  std::chrono::milliseconds write_time{60'000};   ///< without a byte taken
  std::chrono::milliseconds heartbeat{15'000};    ///< empty lines of a followed result stream
  std::chrono::milliseconds scrape_time{120'000};
  std::chrono::milliseconds schedule_tick{1'000}; ///< between two looks at what is due
  std::chrono::milliseconds directory_tick{3'000}; ///< between two looks into jobs.dir
  std::chrono::milliseconds drain_time{5'000};    ///< for requests in flight when the service stops
};

struct server_options {
  std::string listen = "127.0.0.1:8080";          ///< address:port or [address]:port; localhost is 127.0.0.1; port 0: any free one
  std::filesystem::path data = "trawl-data";
  std::vector<token_source> tokens;
  std::filesystem::path tls_cert, tls_key;        ///< PEM; empty: plain HTTP
  unsigned shards = 0;                            ///< 0: one a core
  unsigned running = 4;                           ///< jobs at once; more are queued
  std::chrono::nanoseconds keep{0};               ///< how long a job that is over stays; 0: for ever
  job_ceilings ceilings;
  config::node defaults;                          ///< a partial job under every submitted one; null: none
  std::vector<std::string> egress_allow;          ///< CIDR:port reachable beside public addresses
  std::filesystem::path jobs_dir;                 ///< job files that run by their schedule; empty: none
  std::function<std::chrono::system_clock::time_point()> clock;  ///< that schedules go by; empty: the system's
  service_limits limits;

  /// `defaults` where there are any.
  const config::node* partial_job() const noexcept { return defaults.is == config::node::kind::null ? nullptr : &defaults; }
};

}  // namespace trawl::server
