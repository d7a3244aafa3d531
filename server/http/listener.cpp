#include "server/http/listener.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <stdexcept>

namespace trawl::server::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr int send_buffer = 256 << 10;  // what the kernel holds for a reader who does not read; it may double it
constexpr auto breath = std::chrono::milliseconds(100);

/// Half of the descriptors stay for the crawl.
std::size_t descriptors_for_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 10'000;
  return std::max<std::size_t>(limit.rlim_cur / 2, 16);
}

std::string text_of(const tcp::endpoint& at) { return fmt::format(fmt::runtime(at.address().is_v6() ? "[{}]:{}" : "{}:{}"), at.address().to_string(), at.port()); }

void turn_away(tcp::socket socket) {
  static constexpr std::string_view sorry =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nServer: trawl\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 105\r\n\r\n"
      R"({"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections at once"})";
  static_assert(sorry.size() - sorry.find("{") == 105);
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(sorry), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

tcp::endpoint parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::runtime_error("listen: expected address:port, found '" + std::string(text) + "'");
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (wrong != std::errc() || end != digits.data() + digits.size()) throw std::runtime_error("listen: '" + std::string(digits) + "' is no port");
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) throw std::runtime_error("listen: '" + host + "' is no address");
  return {address, port};
}

listener::listener(asio::io_context& loop, const tcp::endpoint& at, async::gate& gate, site& where)
    : acceptor_(loop), gate_(gate), where_(where), most_(std::min(where.limits.connections, descriptors_for_clients())) {
  error_code ec;
  acceptor_.open(at.protocol(), ec);
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_.bind(at, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) throw std::runtime_error(fmt::format("listen {}: {}", text_of(at), ec.message()));
}

asio::awaitable<void> listener::run() {
  while (acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(token);
    if (!acceptor_.is_open()) co_return;
    if (ec) {  // out of descriptors or memory, or the client went already: others may still come
      if (ec != asio::error::connection_aborted) spdlog::warn("a connection can't be accepted: {}", ec.message());
      asio::steady_timer timer(acceptor_.get_executor(), breath);
      co_await timer.async_wait(token);
      continue;
    }
    if (!has_room()) {
      ++where_.refused_connections;
      if (!where_.tls) turn_away(std::move(socket));  // over TLS it would be told nothing before a handshake: it is closed
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    socket.set_option(asio::socket_base::send_buffer_size(send_buffer), ec);
    gate_.spawn(run_session(std::move(socket), where_));
  }
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace trawl::server::http
