// One accepted connection, plain or TLS: reads bytes and obeys the steps of a script.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <string>

#include "tests/site/script.hpp"
#include "tests/site/seen.hpp"

namespace trawl::site {

namespace asio = boost::asio;

/// The server's thread only.
class wire {
 public:
  /// `tls`: null for a plain connection; outlives the wire.
  wire(asio::ip::tcp::socket socket, asio::ssl::context* tls);

  /// The TLS handshake, and what came of it; at once on a plain connection. False: it failed.
  asio::awaitable<bool> handshake(seen_connection& seen);
  /// Appends what comes to `buffer`; false when the client has ended.
  asio::awaitable<bool> read(std::string& buffer);
  /// One step; false when the connection is over. `take_body` is not for this class and does nothing.
  asio::awaitable<bool> obey(const step& s);
  /// Bytes of a next request are there already.
  bool has_input();
  bool peer_closed() const noexcept { return peer_closed_; }

 private:
  asio::awaitable<bool> write(std::string_view bytes);
  asio::awaitable<bool> write_in_pieces(const step& s);
  asio::awaitable<void> sleep(std::chrono::milliseconds length);
  asio::awaitable<void> end_politely();
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  bool peer_closed_ = false;
};

}  // namespace trawl::site
