#include "server/http/client_stream.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <boost/asio/ssl/error.hpp>

namespace trawl::server::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr auto token = asio::as_tuple(asio::use_awaitable);
}

client_stream::client_stream(asio::ip::tcp::socket s, std::shared_ptr<asio::ssl::context> tls) : socket_(std::move(s)), context_(std::move(tls)) {
  if (context_) tls_ = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket&>>(socket_, *context_);
}

asio::awaitable<error_code> client_stream::handshake() {
  const auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  co_return failed;
}

bool client_stream::is_plain_http(const error_code& ec) noexcept {
  return ec.category() == asio::error::get_ssl_category() && ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_HTTP_REQUEST;
}

asio::awaitable<void> client_stream::say_goodbye() {
  if (tls_) co_await tls_->async_shutdown(token);
}

}  // namespace trawl::server::http
