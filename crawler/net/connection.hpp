// One connection to one origin, plain or TLS, with one deadline at a time. Moves bytes; knows nothing of HTTP.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "crawler/model/error.hpp"

namespace trawl::net {

namespace asio = boost::asio;

/// Owner shard's thread only. Shared, because the deadline's handler may run after the owner is gone.
class connection : public std::enable_shared_from_this<connection> {
 public:
  explicit connection(asio::any_io_executor executor) : socket_(executor), timer_(executor) {}

  /// Connects to exactly this endpoint.
  asio::awaitable<result<void>> connect(asio::ip::tcp::endpoint to);
  /// TLS on top; `name` is the host that the certificate must be for.
  asio::awaitable<result<void>> handshake(asio::ssl::context& context, const std::string& name, bool verify);
  asio::awaitable<result<void>> write(const std::string& bytes);
  /// Reads what there is behind `buffer`; 0: the peer has ended.
  asio::awaitable<result<std::size_t>> read(std::string& buffer);

  /// From now on the deadline ends whatever is under way, with this code. Replaces the one before.
  void deadline(std::chrono::steady_clock::time_point at, errc code);
  void no_deadline();
  void close() noexcept;
  /// Nothing arrived while it was idle, neither bytes nor an end: it may be used again.
  bool is_quiet();
  std::string peer() const;

  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now(), idle_since{};
  std::chrono::steady_clock::duration may_idle = std::chrono::steady_clock::duration::max();  ///< as the server has promised
  std::uint32_t exchanges = 0;
  std::string buffer;  ///< bytes read and not yet used

 private:
  error to_error(boost::system::error_code ec, errc otherwise) const;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  asio::steady_timer timer_;
  std::optional<errc> expired_;
};

}  // namespace trawl::net
