// The open door: accepts connections, holds each session in a gate, and turns away what is too much.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "crawler/async/gate.hpp"
#include "server/http/session.hpp"

namespace trawl::server::http {

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080", "0.0.0.0:0". Throws std::runtime_error on anything else.
boost::asio::ip::tcp::endpoint parse_listen(std::string_view text);

class listener {
 public:
  /// Binds at once; throws std::runtime_error, "listen ADDRESS: why", where it can't. `gate` and `where` outlive it.
  listener(boost::asio::io_context& loop, const boost::asio::ip::tcp::endpoint& at, async::gate& gate, site& where);

  boost::asio::ip::tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
  /// Accepts until closed; spawned once.
  boost::asio::awaitable<void> run();
  void close();

 private:
  bool has_room() const noexcept { return where_.connections < most_; }

  boost::asio::ip::tcp::acceptor acceptor_;
  async::gate& gate_;
  site& where_;
  std::size_t most_;
};

}  // namespace trawl::server::http
