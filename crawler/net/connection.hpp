// One connection to one origin or proxy, plain or with TLS on top (twice where TLS goes through a TLS proxy), with one deadline at a time.
// Moves bytes; knows nothing of HTTP.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "crawler/model/error.hpp"
#include "crawler/net/h2/byte_stream.hpp"
#include "crawler/net/rate_window.hpp"
#include "crawler/net/tls/tls_context.hpp"

namespace trawl::net {

namespace asio = boost::asio;

/// What is spoken on a connection, as ALPN has chosen it (RFC 7301).
enum class protocol : std::uint8_t {
  http1,  ///< also where nothing was chosen
  http2,
};

/// Owner shard's thread only. Shared, because the deadline's handler may run after the owner is gone.
class connection final : public h2::byte_stream, public std::enable_shared_from_this<connection> {
 public:
  /// `socket` is connected.
  explicit connection(asio::ip::tcp::socket socket);
  ~connection() override;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// TLS on top of what there is; `host` is whom the certificate must be for, the rest as tls_context::prepare has it. At most twice.
  asio::awaitable<result<void>> secure(tls_context& tls, std::string host, std::string key, std::string protocols);
  asio::awaitable<result<void>> write(const std::string& bytes) override;
  /// Reads what there is behind `buffer`; 0: the peer has ended.
  asio::awaitable<result<std::size_t>> read(std::string& buffer) override;
  /// The same, but no more than `at_most` bytes, which is not 0.
  asio::awaitable<result<std::size_t>> read(std::string& into, std::size_t at_most);

  /// From now on the deadline ends whatever is under way, with this code. Replaces the one before.
  void deadline(std::chrono::steady_clock::time_point at, errc code);
  /// No deadline and no least rate any more.
  void no_deadline();
  /// The deadline and the least rate stand still until `resume`. Nothing is read or written meanwhile.
  void pause();
  void resume();
  /// From now on what comes slower than this, in bytes a second over `window`, ends with timeout.too_slow.
  void least_rate(std::uint64_t bytes_per_second, std::chrono::steady_clock::duration window);
  void close() noexcept override;
  /// Nothing arrived while it was idle, neither bytes nor an end: it may be used again.
  bool is_quiet();
  std::string peer() const override { return peer_; }
  protocol speaks() const noexcept { return speaks_; }

  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now(), idle_since{};
  std::chrono::steady_clock::duration may_idle = std::chrono::steady_clock::duration::max();  ///< as the server has promised
  std::uint32_t exchanges = 0;
  std::string buffer;  ///< bytes read and not yet used

 private:
  using tls_stream = asio::ssl::stream<asio::ip::tcp::socket&>;
  using tunnelled_stream = asio::ssl::stream<tls_stream&>;

  error to_error(boost::system::error_code ec, errc otherwise) const;
  void expire(errc code);
  void wake_at(std::chrono::steady_clock::time_point at);
  void look_at_deadline();
  void watch_rate();

  asio::ip::tcp::socket socket_;
  std::unique_ptr<tls_stream> tls_;         ///< destroyed before what it lies on
  std::unique_ptr<tunnelled_stream> inner_;
  asio::steady_timer timer_, rate_timer_;
  std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();  ///< the deadline; timer_ rings by then, or earlier
  errc late_ = errc::internal;                                                                 ///< what is said once it has passed
  bool is_waiting_ = false;                                                                    ///< timer_ will ring
  std::chrono::steady_clock::time_point paused_at_{}, due_before_{};                           ///< of `pause`
  std::optional<errc> expired_;
  std::optional<rate_window> rate_;
  protocol speaks_ = protocol::http1;
  std::string peer_;
};

using connection_ptr = std::shared_ptr<connection>;

}  // namespace trawl::net
