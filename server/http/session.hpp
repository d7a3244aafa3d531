// One connection of the service: heads in, strictly checked; answers out, at the client's pace. What it may cost is bounded in every
// direction, and an exception ends here.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>

#include "server/auth.hpp"
#include "server/http/access.hpp"
#include "server/http/head_check.hpp"
#include "server/http/router.hpp"
#include "server/options.hpp"

namespace trawl::server::http {

/// What all sessions of a service share. The loop's thread only.
struct site {
  const service_limits& limits;
  const keyring& keys;
  const router& routes;
  bool checks_host = false;   ///< open on loopback: only names of this machine may stand in Host
  bool stopping = false;      ///< every answer is the connection's last
  std::size_t body_bytes = 0; ///< of all requests being read
  std::size_t connections = 0;
  std::size_t idle = 0;       ///< of them: between two requests
  std::uint64_t refused_connections = 0;
  call_book calls = {};       ///< what was asked, and how it was answered
  std::shared_ptr<boost::asio::ssl::context> tls = nullptr;  ///< for connections that come from now on; null: plain HTTP
};

/// Serves the connection to its end. Cancellable (terminal): a stream of results is cut, an exchange is not finished.
boost::asio::awaitable<void> run_session(boost::asio::ip::tcp::socket socket, site& where);

}  // namespace trawl::server::http
