#include "crawler/net/proxy/tunnel.hpp"

#include "crawler/net/http1.hpp"
#include "crawler/net/proxy/socks5.hpp"

namespace trawl::net {
namespace {

constexpr std::size_t largest_head = 64 * 1024;

/// Bytes in c.buffer, at least `size`.
asio::awaitable<result<void>> need(connection& c, std::size_t size) {
  while (c.buffer.size() < size) {
    const auto got = co_await c.read(c.buffer);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return fail(errc::proxy_refused, "the proxy ended the connection");
  }
  co_return result<void>{};
}

/// Writes `message` and reads as much; the bytes are taken out of c.buffer.
asio::awaitable<result<std::string>> ask(connection& c, std::string message, std::size_t reply_size) {
  const auto sent = co_await c.write(message);
  if (!sent) co_return std::unexpected(sent.error());
  const auto come = co_await need(c, reply_size);
  if (!come) co_return std::unexpected(come.error());
  std::string reply = c.buffer.substr(0, reply_size);
  c.buffer.erase(0, reply_size);
  co_return reply;
}

asio::awaitable<result<void>> socks5_tunnel(connection& c, const proxy_server& proxy, std::string host, std::uint16_t port) {
  const auto method = co_await ask(c, socks5::greeting(proxy), 2);
  if (!method) co_return std::unexpected(method.error());
  const auto wants_password = socks5::read_method(*method, proxy);
  if (!wants_password) co_return std::unexpected(wants_password.error());
  if (*wants_password) {
    auto password = socks5::credentials(proxy);
    if (!password) co_return std::unexpected(password.error());
    const auto verdict = co_await ask(c, std::move(*password), 2);
    if (!verdict) co_return std::unexpected(verdict.error());
    if (const auto good = socks5::read_verdict(*verdict); !good) co_return good;
  }
  auto wish = socks5::connect(host, port);
  if (!wish) co_return std::unexpected(wish.error());
  constexpr std::size_t reply_begin = 5;
  const auto reply = co_await ask(c, std::move(*wish), reply_begin);
  if (!reply) co_return std::unexpected(reply.error());
  const auto rest = socks5::read_reply(*reply);
  if (!rest) co_return std::unexpected(rest.error());
  const auto come = co_await need(c, *rest);
  if (!come) co_return come;
  c.buffer.erase(0, *rest);
  co_return result<void>{};
}

result<void> read_verdict(const response_head& head) {
  if (head.status == 407 || head.status == 401) return fail(errc::proxy_auth, "the proxy answered " + std::to_string(head.status));  // tinyproxy's 401: a wrong password
  if (head.status < 200 || head.status > 299) return fail(errc::proxy_refused, "the proxy answered CONNECT with " + std::to_string(head.status));
  return {};
}

asio::awaitable<result<void>> http_tunnel(connection& c, const proxy_server& proxy, std::string host, std::uint16_t port) {
  const std::string authority = host + ":" + std::to_string(port), credentials = basic_credentials(proxy);
  std::string wish = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!credentials.empty()) wish += "Proxy-Authorization: " + credentials + "\r\n";
  wish += "\r\n";
  const auto sent = co_await c.write(wish);
  if (!sent) co_return std::unexpected(sent.error());
  for (std::size_t from = 0;;) {
    const auto come = co_await need(c, from + 1);
    if (!come) co_return come;
    if (!has_empty_line(c.buffer, from) && c.buffer.size() <= largest_head) {
      from = c.buffer.size();
      continue;
    }
    std::size_t size = 0;
    const auto head = read_head(c.buffer, "CONNECT", largest_head, size);
    if (!head) co_return fail(errc::proxy_refused, "the proxy's answer is not HTTP");
    from = c.buffer.size();
    if (!*head) continue;
    c.buffer.erase(0, size);
    co_return read_verdict(**head);
  }
}

}  // namespace

asio::awaitable<result<void>> tunnel(connection& c, const proxy_server& proxy, std::string host, std::uint16_t port) {
  result<void> done;
  if (proxy.speaks == proxy_kind::socks5) {
    done = co_await socks5_tunnel(c, proxy, std::move(host), port);
  } else {
    done = co_await http_tunnel(c, proxy, std::move(host), port);
  }
  if (done && !c.buffer.empty()) co_return fail(errc::proxy_refused, "the proxy sent more than its answer");
  co_return done;
}

}  // namespace trawl::net
