#include "tests/support/tls_front.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>

namespace trawl::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto token = asio::as_tuple(asio::use_awaitable);

struct pair {
  pair(tcp::socket in, asio::ssl::context& tls) : outside(std::move(in), tls), inside(outside.get_executor()) {}
  asio::ssl::stream<tcp::socket> outside;
  tcp::socket inside;
};

template <class From, class To>
asio::awaitable<void> pump(std::shared_ptr<pair> held, From& from, To& to) {
  std::array<char, 16384> part;
  for (;;) {
    const auto [ec, got] = co_await from.async_read_some(asio::buffer(part), token);
    if (ec && got == 0) break;
    const auto [failed, sent] = co_await asio::async_write(to, asio::buffer(part, got), token);
    if (failed) break;
  }
  boost::system::error_code ignored;
  held->inside.close(ignored);
  held->outside.lowest_layer().close(ignored);
}

}  // namespace

tls_front::tls_front(const site::identity& id, std::uint16_t behind) : acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}), behind_(behind), port_(acceptor_.local_endpoint().port()) {
  tls_.use_certificate_chain(asio::buffer(id.certificate));
  tls_.use_private_key(asio::buffer(id.key), asio::ssl::context::pem);
  asio::co_spawn(loop_, accept(), asio::detached);
  thread_ = std::jthread([this] { loop_.run(); });
}

tls_front::~tls_front() { loop_.stop(); }

asio::awaitable<void> tls_front::accept() {
  for (;;) {
    auto [ec, socket] = co_await acceptor_.async_accept(token);
    if (ec) co_return;
    asio::co_spawn(loop_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> tls_front::serve(tcp::socket socket) {
  const auto both = std::make_shared<pair>(std::move(socket), tls_);
  const auto [failed] = co_await both->outside.async_handshake(asio::ssl::stream_base::server, token);
  if (failed) co_return;
  const auto [refused] = co_await both->inside.async_connect({asio::ip::address_v4::loopback(), behind_}, token);
  if (refused) co_return;
  asio::co_spawn(loop_, pump(both, both->outside, both->inside), asio::detached);
  co_await pump(both, both->inside, both->outside);
}

}  // namespace trawl::testing
