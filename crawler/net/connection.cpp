#include "crawler/net/connection.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace trawl::net {
namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 64 * 1024;

}  // namespace

error connection::to_error(boost::system::error_code ec, errc otherwise) const {
  if (expired_) return {*expired_, "the deadline passed"};
  if (ec == asio::error::operation_aborted) return {errc::cancelled, ""};
  if (ec == asio::error::connection_reset) return {errc::connect_reset, "reset by the server"};  // also while it connects
  if (ec == asio::error::connection_refused) return {errc::connect_refused, "connection refused"};
  if (ec == asio::error::host_unreachable || ec == asio::error::network_unreachable) return {errc::connect_unreachable, ec.message()};
  if (ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system) return {errc::internal, "no file descriptor is free"};
  if (ec == asio::error::timed_out) return {errc::connect_timeout, "connection timed out"};
  return {otherwise, ec.message()};
}

asio::awaitable<result<void>> connection::connect(asio::ip::tcp::endpoint to) {
  const auto [ec] = co_await socket_.async_connect(to, token);
  if (ec) co_return std::unexpected(to_error(ec, errc::connect_unreachable));
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return result<void>{};
}

asio::awaitable<result<void>> connection::handshake(asio::ssl::context& context, const std::string& name, bool verify) {
  tls_.emplace(socket_, context);
  SSL* ssl = tls_->native_handle();
  const std::string bare = name.starts_with('[') ? name.substr(1, name.size() - 2) : name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
  boost::system::error_code not_address;
  asio::ip::make_address(bare, not_address);
  if (not_address) {
    SSL_set_tlsext_host_name(ssl, bare.c_str());  // never for an address (RFC 6066, 3)
    SSL_set1_host(ssl, bare.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), bare.c_str());
  }
  SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const auto [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (!ec) co_return result<void>{};
  const long why = SSL_get_verify_result(ssl);
  if (verify && why != X509_V_OK && !expired_) co_return fail(errc::tls_certificate, X509_verify_cert_error_string(why));
  co_return std::unexpected(to_error(ec, errc::tls_handshake));
}

asio::awaitable<result<void>> connection::write(const std::string& bytes) {
  boost::system::error_code ec;
  if (tls_) {
    std::tie(ec, std::ignore) = co_await asio::async_write(*tls_, asio::buffer(bytes), token);
  } else {
    std::tie(ec, std::ignore) = co_await asio::async_write(socket_, asio::buffer(bytes), token);
  }
  if (ec) co_return std::unexpected(to_error(ec, errc::connect_reset));
  co_return result<void>{};
}

asio::awaitable<result<std::size_t>> connection::read(std::string& into) {
  const std::size_t before = into.size();
  into.resize_and_overwrite(before + read_size, [](char*, std::size_t size) { return size; });  // not zeroed: it is written over or cut off
  boost::system::error_code ec;
  std::size_t got = 0;
  if (tls_) {
    std::tie(ec, got) = co_await tls_->async_read_some(asio::buffer(into.data() + before, read_size), token);
  } else {
    std::tie(ec, got) = co_await socket_.async_read_some(asio::buffer(into.data() + before, read_size), token);
  }
  into.resize(before + got);
  if (!ec || got > 0) co_return got;
  if (ec == asio::error::eof) co_return std::size_t{0};
  co_return std::unexpected(to_error(ec, errc::connect_reset));
}

void connection::deadline(std::chrono::steady_clock::time_point at, errc code) {
  timer_.expires_at(at);
  timer_.async_wait([self = weak_from_this(), code](boost::system::error_code ec) {
    const auto me = self.lock();
    if (ec || !me || me->timer_.expiry() > std::chrono::steady_clock::now()) return;
    me->expired_ = code;
    me->close();
  });
}

void connection::no_deadline() { timer_.expires_at(asio::steady_timer::time_point::max()); }

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

std::string connection::peer() const {
  boost::system::error_code ec;
  const auto endpoint = socket_.remote_endpoint(ec);
  return ec ? std::string() : endpoint.address().to_string();
}

}  // namespace trawl::net
