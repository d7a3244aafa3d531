// The words, bounds and readiness of every key of the server file.
#pragma once
#include "config/describe.hpp"
#include "config/job_doc.hpp"
#include "config/server.hpp"

namespace trawl::config {

template <>
struct described<token> {
  static constexpr row rows[] = {
      {"name", "who holds it; for logs", 0, no_limit, trust::local, state::ready, false, true},
      {"file", "file that holds the token", 0, no_limit, trust::local},
      {"sha256", "SHA-256 of the token, 64 hex digits, in place of a file", 0, no_limit, trust::local, state::ready, true},
      {"scopes", "what it allows: read, write, admin"},
  };
};

template <>
struct described<server_auth> {
  static constexpr row rows[] = {{"tokens", "tokens the API takes; without any, off loopback, one is made in data/token"}};
};

template <>
struct described<server_tls> {
  static constexpr row rows[] = {
      {"cert", "certificate chain, PEM file; SIGHUP reads both again", 0, no_limit, trust::local},
      {"key", "its private key, PEM file without a password", 0, no_limit, trust::local},
  };
};

template <>
struct described<server_jobs> {
  static constexpr row rows[] = {
      {"dir", "directory of job files that run by their schedule, trusted as local files", 0, no_limit, trust::local},
      {"running", "jobs that run at the same time; others wait in the queue", 1, 1000},
      {"keep", "how long a finished job and its results stay; 0 is for ever", 0, 3650 * day},
  };
};

template <>
struct described<ceilings> {
  static constexpr row rows[] = {
      {"max_pages", "largest scope.max_pages, and that of jobs that set none; 0 is no ceiling", 0, 1e12},
      {"concurrency", "largest fetch.concurrency; 0 is no ceiling", 0, 100000},
      {"duration", "largest limits.duration, and that of jobs that set none; 0 is no ceiling", 0, 3650 * day},
      {"robots_ignore", "jobs may set politeness.robots: ignore"},
      {"tls_unverified", "jobs may set fetch.tls.verify: false"},
      {"resolve", "jobs may set fetch.resolve"},
      {"proxies", "jobs may set fetch.proxies"},
  };
};

template <>
struct described<server_egress> {
  static constexpr row rows[] = {
      {"allow", "networks reachable beside public addresses: 10.0.0.0/8, 10.1.2.3:8080, [fd00::]/8:443"},
      {"proxies", "proxies that every job goes through which names none of its own", 0, no_limit, trust::local},
  };
};

template <>
struct described<webhooks> {
  static constexpr row rows[] = {{"secret_file", "file with the key that signs webhooks", 0, no_limit, trust::local, state::later}};
};

template <>
struct described<server_log> {
  static constexpr row rows[] = {
      {"level", "least level that is written"},
      {"format", "lines of text or JSON objects"},
  };
};

template <>
struct described<server> {
  static constexpr row rows[] = {
      {"listen", "address and port: 127.0.0.1:8080, [::1]:8080, 0.0.0.0:80"},
      {"data", "directory of jobs, results and the token"},
      {"auth", "who may call the API"},
      {"tls", "HTTPS of the API"},
      {"shards", "threads that crawl; 0 is one for each core", 0, 1024},
      {"jobs", "how jobs are run and kept"},
      {"defaults", "a partial job under every submitted one"},
      {"ceilings", "what a submitted job may ask for"},
      {"egress", "ways out beside public addresses"},
      {"webhooks", "calls to others when a job ends"},
      {"log", "what is logged, and how"},
  };
};

}  // namespace trawl::config
