#include "crawler/net/connection.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "crawler/net/failure.hpp"

namespace trawl::net {
namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 64 * 1024;

/// A session whose connection ends without a close_notify is thrown away by OpenSSL; ours end by close(), and theirs stay good.
void keep_session_of(SSL* ssl) noexcept {
  if (SSL_is_init_finished(ssl) == 1) SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

protocol chosen(const SSL* ssl) noexcept {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &name, &length);
  return length == 2 && name[0] == 'h' && name[1] == '2' ? protocol::http2 : protocol::http1;
}

}  // namespace

connection::connection(asio::ip::tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()), rate_timer_(socket_.get_executor()) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  const auto endpoint = socket_.remote_endpoint(ignored);
  if (!ignored) peer_ = endpoint.address().to_string();
}

connection::~connection() {
  if (inner_) keep_session_of(inner_->native_handle());
  inner_.reset();
  if (tls_) keep_session_of(tls_->native_handle());
}

error connection::to_error(boost::system::error_code ec, errc otherwise) const {
  if (expired_) return {*expired_, *expired_ == errc::timeout_too_slow ? "slower than fetch.min_rate" : "the deadline passed"};
  return failure_of(ec, otherwise);
}

asio::awaitable<result<void>> connection::secure(tls_context& tls, std::string host, std::string key, std::string protocols) {
  SSL* ssl = nullptr;
  boost::system::error_code ec;
  if (tls_) {
    inner_ = std::make_unique<tunnelled_stream>(*tls_, tls.native());
    ssl = inner_->native_handle();
    tls.prepare(ssl, host, key, protocols);
    std::tie(ec) = co_await inner_->async_handshake(asio::ssl::stream_base::client, token);
  } else {
    tls_ = std::make_unique<tls_stream>(socket_, tls.native());
    ssl = tls_->native_handle();
    tls.prepare(ssl, host, key, protocols);
    std::tie(ec) = co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  }
  if (expired_) co_return fail(*expired_, "the TLS handshake did not end in time");
  if (ec) co_return std::unexpected(tls.failure(ssl, ec));
  speaks_ = chosen(ssl);
  co_return result<void>{};
}

asio::awaitable<result<void>> connection::write(const std::string& bytes) {
  boost::system::error_code ec;
  if (inner_) {
    std::tie(ec, std::ignore) = co_await asio::async_write(*inner_, asio::buffer(bytes), token);
  } else if (tls_) {
    std::tie(ec, std::ignore) = co_await asio::async_write(*tls_, asio::buffer(bytes), token);
  } else {
    const std::size_t sent = socket_.write_some(asio::buffer(bytes), ec);  // a request nearly always fits, and then nobody waits
    const bool is_full = ec == asio::error::would_block || (!ec && sent < bytes.size());
    if (is_full) std::tie(ec, std::ignore) = co_await asio::async_write(socket_, asio::buffer(bytes) + sent, token);
  }
  if (ec) co_return std::unexpected(to_error(ec, errc::connect_reset));
  co_return result<void>{};
}

asio::awaitable<result<std::size_t>> connection::read(std::string& into) { return read(into, read_size); }

asio::awaitable<result<std::size_t>> connection::read(std::string& into, std::size_t at_most) {
  const std::size_t before = into.size(), room = std::min(at_most, read_size);
  into.resize_and_overwrite(before + room, [](char*, std::size_t size) { return size; });  // not zeroed: it is written over or cut off
  boost::system::error_code ec;
  std::size_t got = 0;
  const auto space = asio::buffer(into.data() + before, room);
  if (inner_) {
    std::tie(ec, got) = co_await inner_->async_read_some(space, token);
  } else if (tls_) {
    std::tie(ec, got) = co_await tls_->async_read_some(space, token);
  } else {
    std::tie(ec, got) = co_await socket_.async_read_some(space, token);
  }
  into.resize(before + got);
  if (rate_) rate_->add(got);
  if (!ec || got > 0) co_return got;
  if (ec == asio::error::eof) co_return std::size_t{0};
  co_return std::unexpected(to_error(ec, errc::connect_reset));
}

void connection::expire(errc code) {
  expired_ = code;
  close();
}

/// Each exchange has two, and nearly none of them comes to pass: the timer is set back when it rings, not when they are replaced.
void connection::deadline(std::chrono::steady_clock::time_point at, errc code) {
  due_ = at;
  late_ = code;
  if (!is_waiting_ || at < timer_.expiry()) wake_at(at);
}

void connection::wake_at(std::chrono::steady_clock::time_point at) {
  is_waiting_ = true;
  timer_.expires_at(at);
  timer_.async_wait([self = weak_from_this()](boost::system::error_code ec) {
    if (const auto me = self.lock(); me && !ec) me->look_at_deadline();
  });
}

void connection::look_at_deadline() {
  const auto now = std::chrono::steady_clock::now();
  if (timer_.expiry() > now) return;  // it was set anew as it rang
  is_waiting_ = false;
  if (due_ <= now) return expire(late_);
  if (due_ != std::chrono::steady_clock::time_point::max()) wake_at(due_);
}

void connection::no_deadline() {
  due_ = std::chrono::steady_clock::time_point::max();
  rate_.reset();
  rate_timer_.cancel();
}

void connection::pause() {
  paused_at_ = std::chrono::steady_clock::now();
  due_before_ = std::exchange(due_, std::chrono::steady_clock::time_point::max());
  rate_timer_.cancel();
}

void connection::resume() {
  const auto paused = std::chrono::steady_clock::now() - paused_at_;
  if (due_before_ != std::chrono::steady_clock::time_point::max()) deadline(due_before_ + paused, late_);
  if (!rate_) return;
  rate_timer_.expires_at(rate_timer_.expiry() + paused);
  watch_rate();
}

void connection::least_rate(std::uint64_t bytes_per_second, std::chrono::steady_clock::duration window) {
  rate_.emplace(bytes_per_second, window);
  rate_timer_.expires_after(rate_->step_length());
  watch_rate();
}

void connection::watch_rate() {
  rate_timer_.async_wait([self = weak_from_this()](boost::system::error_code ec) {
    const auto me = self.lock();
    if (ec || !me || !me->rate_) return;
    if (me->rate_->step()) return me->expire(errc::timeout_too_slow);
    me->rate_timer_.expires_at(me->rate_timer_.expiry() + me->rate_->step_length());
    me->watch_rate();
  });
}

void connection::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool connection::is_quiet() {
  if (!socket_.is_open() || !buffer.empty()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace trawl::net
