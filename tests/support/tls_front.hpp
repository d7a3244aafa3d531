// TLS in front of a plain service on loopback: makes an https proxy of an http one.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <thread>

#include "tests/site/tls.hpp"

namespace trawl::testing {

/// Runs on a thread of its own from construction to destruction.
class tls_front {
 public:
  /// Passes on to 127.0.0.1:`behind`.
  tls_front(const site::identity& id, std::uint16_t behind);
  ~tls_front();
  tls_front(const tls_front&) = delete;
  tls_front& operator=(const tls_front&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context loop_{1};
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t behind_, port_;
  std::jthread thread_;
};

}  // namespace trawl::testing
