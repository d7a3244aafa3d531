// A client's socket with what belongs to it: time limits, the bytes read ahead, and the writing of answers at the client's pace.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "server/http/client_stream.hpp"
#include "server/http/message.hpp"
#include "server/options.hpp"

namespace trawl::server::http {

/// A time limit on a socket's operations that leaves the socket usable: what waits is cancelled, and the late client can still be
/// told. One limit at a time, on the socket's thread; the socket outlives it.
class deadline {
 public:
  explicit deadline(boost::asio::ip::tcp::socket& socket) : state_(std::make_shared<state>(state{&socket, 0, false})), timer_(socket.get_executor()) {}
  ~deadline() { state_->socket = nullptr; }
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  /// From now on; replaces the limit before.
  void within(std::chrono::milliseconds time);
  void none();
  bool is_over() const noexcept { return state_->is_over; }

 private:
  struct state {
    boost::asio::ip::tcp::socket* socket;
    std::uint64_t turn;
    bool is_over;
  };
  std::shared_ptr<state> state_;  // shared with the timer's handler, which may run after the deadline is gone
  boost::asio::steady_timer timer_;
};

/// How an answer is framed for the one who asked.
struct framing {
  bool skips_body = false;    ///< the answer to HEAD
  bool takes_chunks = true;   ///< HTTP/1.1
  bool closes = false;        ///< the connection ends behind it
};

/// The loop's thread only. `limits` outlive it.
class connection {
 public:
  /// `tls` null: plain HTTP.
  connection(boost::asio::ip::tcp::socket s, std::shared_ptr<boost::asio::ssl::context> tls, const service_limits& limits);

  /// Before the first request. False: the client speaks no TLS that we do, or took too long.
  boost::asio::awaitable<bool> begin();
  /// Takes at most `most` bytes more into the buffer; false: none came, and none will, or there is no room.
  boost::asio::awaitable<bool> read(std::size_t most);
  /// Tells the client to send its body (RFC 9110, 10.1.1). False: it went.
  boost::asio::awaitable<bool> send_continue();
  /// Writes an answer, a stream of blocks as the socket takes them. True: the connection takes another request.
  boost::asio::awaitable<bool> send(answer out, framing how);
  /// Closes so that the client sees the last answer: what it still sends is taken for a while (RFC 9112, 9.6).
  boost::asio::awaitable<void> linger();

  /// Runs `work` and gives its value; nullopt when the client closed its side first, and `work` was cancelled.
  template <class T>
  boost::asio::awaitable<std::optional<T>> unless_gone(boost::asio::awaitable<T> work) {
    return unless(std::move(work), gone());
  }

  client_stream stream;
  deadline limit;
  boost::beast::flat_buffer buffer;  ///< read, and not used yet
  bool unread = false;               ///< a request was answered without its body
  std::uint64_t written = 0;         ///< bytes, TLS not counted

 private:
  boost::asio::awaitable<bool> send_text(const answer& out, framing how);
  boost::asio::awaitable<bool> send_blocks(answer& out, bool is_chunked);
  boost::asio::awaitable<bool> write_all(pieces bytes);
  boost::asio::awaitable<void> refuse_plain_http();
  boost::asio::awaitable<void> gone();
  boost::asio::awaitable<void> reset();

  /// Whichever of the two ends first cancels the other.
  template <class T>
  boost::asio::awaitable<std::optional<T>> unless(boost::asio::awaitable<T> work, boost::asio::awaitable<void> event) {
    namespace asio = boost::asio;
    const auto executor = stream.socket().get_executor();
    auto [order, failure, value, no_failure] =
        co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred), asio::co_spawn(executor, std::move(event), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(asio::cancellation_type::terminal), asio::use_awaitable);
    if (order[0] == 1) co_return std::nullopt;
    if (failure) std::rethrow_exception(failure);
    co_return std::optional<T>(std::move(value));
  }

  const service_limits& limits_;
};

}  // namespace trawl::server::http
