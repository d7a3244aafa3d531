// A client's socket: bare, or with TLS on it. Reading and writing go straight to whichever it is; a bare one pays for nothing.
#pragma once
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <cstddef>
#include <memory>
#include <tuple>

namespace trawl::server::http {

/// What is written in one go: a head and a body, a chunk with its frame; parts may be empty.
using pieces = std::array<boost::asio::const_buffer, 3>;

/// The loop's thread only. One read and one write at a time.
class client_stream {
 public:
  using progress = boost::asio::awaitable<std::tuple<boost::system::error_code, std::size_t>>;

  /// `tls` null: the socket stays bare.
  client_stream(boost::asio::ip::tcp::socket s, std::shared_ptr<boost::asio::ssl::context> tls);
  client_stream(const client_stream&) = delete;
  client_stream& operator=(const client_stream&) = delete;

  boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
  bool is_secure() const noexcept { return tls_ != nullptr; }

  /// Before all else where the stream is secure. The error of a client that speaks no TLS is `is_plain_http`.
  boost::asio::awaitable<boost::system::error_code> handshake();
  static bool is_plain_http(const boost::system::error_code& ec) noexcept;
  /// Says that nothing follows (TLS), and waits for the client to say so too; on a bare socket nothing.
  boost::asio::awaitable<void> say_goodbye();

  progress read_some(boost::asio::mutable_buffer to) {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    return tls_ ? tls_->async_read_some(to, token) : socket_.async_read_some(to, token);
  }
  progress write_some(const boost::beast::buffers_suffix<pieces>& from) {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    return tls_ ? tls_->async_write_some(from, token) : socket_.async_write_some(from, token);
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;  // shared: a reload gives later connections another one
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace trawl::server::http
