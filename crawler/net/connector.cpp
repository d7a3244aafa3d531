#include "crawler/net/connector.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace trawl::net {

using std::chrono::steady_clock;

namespace {
constexpr auto descriptor_poll = std::chrono::milliseconds(50);
}

connector::connector(asio::io_context& context, const config::fetch& settings, egress_policy egress, std::function<void()> out_of_descriptors)
    : context_(context),
      resolver_(context, settings.resolve),
      egress_(std::move(egress)),
      verify_(settings.tls.verify),
      tls_(asio::ssl::context::tls_client),
      out_of_descriptors_(std::move(out_of_descriptors)) {
  SSL_CTX_set_min_proto_version(tls_.native_handle(), settings.tls.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  tls_.set_default_verify_paths();
  boost::system::error_code ec;
  if (settings.tls.ca_file) tls_.load_verify_file(*settings.tls.ca_file, ec);
  if (ec) throw std::runtime_error("fetch.tls.ca_file " + *settings.tls.ca_file + ": " + ec.message());
}

asio::awaitable<result<connection_ptr>> connector::open(const url::url& target, steady_clock::duration limit, steady_clock::time_point total) {
  const std::uint16_t port = target.effective_port();
  if (is_bad_port(port)) co_return fail(errc::connect_blocked_address, "port " + std::to_string(port) + " is not for web pages (Fetch Standard, 2.8)");
  const auto connect_until = steady_clock::now() + limit;
  const auto deadline = std::min(connect_until, total);
  const errc late = connect_until <= total ? errc::connect_timeout : errc::timeout_total;
  const auto found = co_await resolver_.resolve(*target.host);
  if (!found) co_return std::unexpected(found.error());
  error last{errc::connect_blocked_address, "not a globally reachable address"};
  for (const asio::ip::address& address : *found) {
    if (!egress_.allows(*target.host, port, address)) continue;
    auto c = std::make_shared<connection>(context_.get_executor());
    c->deadline(deadline, late);
    auto ok = co_await connect(*c, {address, port}, deadline);
    if (ok && target.scheme == "https") ok = co_await c->handshake(tls_, *target.host, verify_);
    if (ok) co_return c;
    last = ok.error();
    if (last.code == errc::cancelled || last.code == errc::tls_certificate || steady_clock::now() >= deadline) break;
  }
  co_return std::unexpected(last);
}

/// Out of file descriptors is our trouble and not the host's: idle connections are closed, and what is in flight is waited for.
asio::awaitable<result<void>> connector::connect(connection& c, asio::ip::tcp::endpoint to, steady_clock::time_point until) {
  for (;;) {
    auto ok = co_await c.connect(to);
    if (ok || ok.error().code != errc::internal || steady_clock::now() >= until) co_return ok;
    out_of_descriptors_();
    asio::steady_timer pause(context_, descriptor_poll);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace trawl::net
