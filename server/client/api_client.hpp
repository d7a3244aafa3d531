// The calls of the API that the client commands make, each on a connection of its own; what the service refuses comes as a failure.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/client/exchange.hpp"

namespace trawl::server::client {

/// A submission as its call has it.
struct submission_call {
  std::string job;               ///< JSON
  std::string idempotency_key;   ///< sent with each try: the service makes one job of them
  bool only_checks = false;
};

/// Which jobs; empty: all.
struct job_filter {
  std::string state, name;
};

/// One thread, the executor's; usable for any number of calls.
class api_client {
 public:
  api_client(boost::asio::any_io_executor on, service_address to, time_limits limits = {}) : on_(std::move(on)), to_(std::move(to)), limits_(limits) {}

  const service_address& address() const noexcept { return to_; }
  boost::asio::any_io_executor executor() const { return on_; }

  /// The JSON object that a call answers with, 64 MiB at most.
  /// errors  `refused` for a status of 300 and above
  boost::asio::awaitable<outcome<nlohmann::json>> object(call what) const;
  /// The answer's head is read and well; its body is the caller's to pull.
  boost::asio::awaitable<outcome<exchange>> open(call what) const;

  boost::asio::awaitable<outcome<nlohmann::json>> submit(const submission_call& what) const;
  boost::asio::awaitable<outcome<nlohmann::json>> status(const std::string& id) const;
  boost::asio::awaitable<outcome<nlohmann::json>> document(const std::string& id) const;
  /// `verb`: pause, resume, cancel.
  boost::asio::awaitable<outcome<nlohmann::json>> tell(const std::string& id, const std::string& verb) const;
  /// A page of jobs, newest first; `cursor` is the `next` of the page before.
  boost::asio::awaitable<outcome<nlohmann::json>> jobs(const job_filter& which, std::size_t limit, const std::string& cursor) const;

 private:
  boost::asio::any_io_executor on_;
  const service_address to_;
  const time_limits limits_;
};

/// "/api/v1/jobs/ID" + `rest`, with the id escaped.
std::string job_target(const std::string& id, std::string_view rest = "");

}  // namespace trawl::server::client
