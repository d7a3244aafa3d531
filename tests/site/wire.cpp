#include "tests/site/wire.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace trawl::site {

using asio::ip::tcp;

namespace {
constexpr auto token = asio::as_tuple(asio::use_awaitable);
}

wire::wire(tcp::socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

asio::awaitable<bool> wire::handshake(seen_connection& seen) {
  if (!tls_) co_return true;
  seen.tls = true;
  const auto [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  SSL* ssl = tls_->native_handle();
  if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) seen.sni = name;
  if (ec) co_return false;
  seen.handshake_done = true;
  seen.resumed = SSL_session_reused(ssl) == 1;
  seen.tls_version = SSL_get_version(ssl);
  co_return true;
}

asio::awaitable<bool> wire::read(std::string& buffer) {
  std::array<char, 16384> part;
  boost::system::error_code ec;
  std::size_t got = 0;
  if (tls_) {
    std::tie(ec, got) = co_await tls_->async_read_some(asio::buffer(part), token);
  } else {
    std::tie(ec, got) = co_await socket_.async_read_some(asio::buffer(part), token);
  }
  buffer.append(part.data(), got);
  peer_closed_ = ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::ssl::error::stream_truncated;
  co_return !ec || got > 0;
}

bool wire::has_input() {
  boost::system::error_code ignored;
  return socket_.is_open() && socket_.available(ignored) > 0;
}

asio::awaitable<bool> wire::write(std::string_view bytes) {
  boost::system::error_code ec;
  if (tls_) {
    std::tie(ec, std::ignore) = co_await asio::async_write(*tls_, asio::buffer(bytes), token);
  } else {
    std::tie(ec, std::ignore) = co_await asio::async_write(socket_, asio::buffer(bytes), token);
  }
  if (ec) peer_closed_ = true;
  co_return !ec;
}

asio::awaitable<bool> wire::write_in_pieces(const step& s) {
  const std::string_view all = s.bytes;
  const std::size_t piece = s.piece == 0 ? std::max<std::size_t>(all.size(), 1) : s.piece;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    const bool sent = co_await write(all.substr(at, piece));
    if (!sent) co_return false;
    if (s.pause.count() > 0) co_await sleep(s.pause);
  }
  co_return true;
}

asio::awaitable<void> wire::sleep(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(token);
}

asio::awaitable<void> wire::end_politely() {
  if (!tls_) co_return;
  // Our close_notify goes out at once; the client's is not waited for, as most servers do.
  SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
  co_await tls_->async_shutdown(token);
}

asio::awaitable<bool> wire::obey(const step& s) {
  boost::system::error_code ignored;
  switch (s.what) {
    case step::act::send: co_return co_await write_in_pieces(s);
    case step::act::pause: co_await sleep(s.pause); co_return true;
    case step::act::take_body: co_return true;
    case step::act::half_close: socket_.shutdown(tcp::socket::shutdown_send, ignored); co_return true;
    case step::act::close: co_await end_politely(); socket_.close(ignored); co_return false;
    case step::act::cut: socket_.close(ignored); co_return false;
    case step::act::reset:
      socket_.set_option(asio::socket_base::linger(true, 0), ignored);
      socket_.close(ignored);
      co_return false;
    case step::act::hang: break;
  }
  std::string thrown_away;
  for (bool open = true; open; thrown_away.clear()) open = co_await read(thrown_away);
  co_return false;
}

}  // namespace trawl::site
