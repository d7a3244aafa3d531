// Staying with a job of the service: its progress until it is over, its records as they are made.
#pragma once
#include <chrono>
#include <string>

#include "server/client/api_client.hpp"
#include "server/client/result_reader.hpp"
#include "server/crawl/progress_view.hpp"

namespace trawl::server {

struct watch_wish {
  std::string command;  ///< whose messages these are
  std::string id;
  progress_style style = progress_style::none;
  bool tells_end = true;   ///< the summary, on stderr
  bool as_json = false;    ///< the last status, on stdout
  std::chrono::nanoseconds patience = std::chrono::minutes(1);
};
/// Asks once a second until the job is over: its exit code, 0 completed, 1 failed, 3 cancelled. A service that is lost is tried again.
/// The client outlives the call.
boost::asio::awaitable<int> watch_job(const client::api_client& client, watch_wish wish);

struct print_wish {
  std::string command;
  client::result_wish what;
  bool is_quiet = false;
  std::chrono::nanoseconds patience = std::chrono::minutes(1);
};
/// Records to stdout, each once. 0 when they are all there, also where the reader of stdout has enough; 1 where some are lost or stdout
/// fails. The client outlives the call.
boost::asio::awaitable<int> print_results(const client::api_client& client, print_wish wish);

/// Live on a terminal, else logged; none where it was not wanted.
progress_style wanted_style(bool is_silent) noexcept;

}  // namespace trawl::server
