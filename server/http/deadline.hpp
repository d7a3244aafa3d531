// A time limit on a socket's operations that leaves the socket usable: what waits is cancelled, and the late client can still be told.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace trawl::server::http {

/// One limit at a time, on the socket's thread. The socket outlives it.
class deadline {
 public:
  explicit deadline(boost::asio::ip::tcp::socket& socket) : state_(std::make_shared<state>(state{&socket, 0, false})), timer_(socket.get_executor()) {}
  ~deadline() { state_->socket = nullptr; }
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  /// From now on; replaces the limit before.
  void within(std::chrono::milliseconds time) {
    state_->is_over = false;
    timer_.expires_after(time);
    timer_.async_wait([state = state_, turn = ++state_->turn](boost::system::error_code ec) {
      if (ec || state->socket == nullptr || state->turn != turn) return;  // also one that was replaced when it had fired already
      state->is_over = true;
      boost::system::error_code ignored;
      state->socket->cancel(ignored);
    });
  }
  void none() {
    ++state_->turn;
    state_->is_over = false;
    timer_.cancel();
  }
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

}  // namespace trawl::server::http
