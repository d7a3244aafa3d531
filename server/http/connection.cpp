#include "server/http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/status.hpp>
#include <cerrno>
#include <cstdio>
#include <ctime>

namespace trawl::server::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_read = 64u << 10;  // bytes of one read of a body
constexpr std::size_t linger_bytes = 32u << 20;  // of an unread body, taken so that the client sees the answer and no reset
constexpr auto linger_time = std::chrono::seconds(2);

/// On every answer: nothing of ours is framed, sniffed, cached or used from another site's pages.
constexpr std::pair<const char*, const char*> guards[] = {
    {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"}, {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"}, {"Cache-Control", "no-store"}, {"Server", "trawl"}};

/// IMF-fixdate, as an origin server with a clock must send it (RFC 9110, 5.6.7 and 6.6.1).
std::string now_as_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

constexpr const char* https_only = "max-age=31536000";  // RFC 6797, 6.1.1; only where TLS is spoken, as 7.2 wants it

void put_field(std::string& to, std::string_view name, std::string_view value) { to.append(name).append(": ").append(value).append("\r\n"); }

/// What is known of a body before it is sent.
struct body_length {
  std::optional<std::size_t> bytes;  ///< nullopt: not known
  bool is_chunked = false;
};

std::string head_of(const answer& out, body_length length, bool closes, bool is_secure) {
  const auto phrase = beast::http::obsolete_reason(static_cast<beast::http::status>(out.status));
  std::string head = "HTTP/1.1 " + std::to_string(out.status) + ' ' + std::string(phrase) + "\r\n";
  put_field(head, "Date", now_as_date());
  if (!out.content_type.empty()) put_field(head, "Content-Type", out.content_type);
  const auto is_replaced = [&](std::string_view name) { return std::ranges::any_of(out.fields, [&](const auto& f) { return f.first == name; }); };
  for (const auto& [name, value] : guards)
    if (!is_replaced(name)) put_field(head, name, value);
  if (is_secure) put_field(head, "Strict-Transport-Security", https_only);
  for (const auto& [name, value] : out.fields) put_field(head, name, value);
  if (length.bytes) put_field(head, "Content-Length", std::to_string(*length.bytes));
  if (length.is_chunked) put_field(head, "Transfer-Encoding", "chunked");
  if (length.is_chunked && out.trailers) put_field(head, "Trailer", "Trawl-Next, Trawl-Complete, Trawl-Missing");
  if (closes) put_field(head, "Connection", "close");
  return head + "\r\n";
}

}  // namespace

void deadline::within(std::chrono::milliseconds time) {
  state_->is_over = false;
  timer_.expires_after(time);
  timer_.async_wait([state = state_, turn = ++state_->turn](error_code ec) {
    if (ec || state->socket == nullptr || state->turn != turn) return;  // also one that was replaced when it had fired already
    state->is_over = true;
    error_code ignored;
    state->socket->cancel(ignored);
  });
}

void deadline::none() {
  ++state_->turn;
  state_->is_over = false;
  timer_.cancel();
}

connection::connection(tcp::socket s, std::shared_ptr<asio::ssl::context> tls, const service_limits& limits)
    : stream(std::move(s), std::move(tls)), limit(stream.socket()), buffer(limits.head_bytes + 2 * largest_read), limits_(limits) {}

asio::awaitable<bool> connection::begin() {
  if (!stream.is_secure()) co_return true;
  limit.within(limits_.handshake_time);
  const error_code failed = co_await stream.handshake();
  if (client_stream::is_plain_http(failed)) co_await refuse_plain_http();
  const bool is_late = limit.is_over();
  limit.none();
  co_return !failed && !is_late;
}

/// On the bare socket: nothing has been sent yet.
asio::awaitable<void> connection::refuse_plain_http() {
  const answer out = problem(400, "this port speaks HTTPS");
  const std::string text = head_of(out, {out.body.size()}, true, false) + out.body;
  co_await asio::async_write(stream.socket(), asio::buffer(text), token);
}

asio::awaitable<bool> connection::read(std::size_t most) {
  const std::size_t room = std::min(most, buffer.max_size() - buffer.size());
  if (room == 0) co_return false;
  const auto [failed, count] = co_await stream.read_some(buffer.prepare(room));
  buffer.commit(count);
  co_return !failed;
}

asio::awaitable<bool> connection::send_continue() {
  static constexpr std::string_view go = "HTTP/1.1 100 Continue\r\n\r\n";
  co_return co_await write_all({asio::buffer(go)});
}

asio::awaitable<bool> connection::send(answer out, framing how) {
  if (!out.blocks) co_return co_await send_text(out, how);
  const bool stays = !how.closes && how.takes_chunks;
  const std::string head = head_of(out, {std::nullopt, how.takes_chunks}, !stays, stream.is_secure());
  const bool has_begun = co_await write_all({asio::buffer(head)});
  if (!has_begun) co_return false;
  if (how.skips_body) co_return stays;
  const auto whole = co_await unless(send_blocks(out, how.takes_chunks), reset());
  co_return whole.value_or(false) && stays;
}

asio::awaitable<bool> connection::send_text(const answer& out, framing how) {
  const std::optional<std::size_t> length = out.status == 204 || out.status == 304 ? std::nullopt : std::optional(out.body.size());
  const std::string head = head_of(out, {length}, how.closes, stream.is_secure());
  const bool sent = co_await write_all({asio::buffer(head), how.skips_body ? asio::const_buffer() : asio::buffer(out.body)});
  co_return sent && !how.closes;
}

/// Pulls the blocks as the socket takes them: nothing is made for a reader who does not read.
asio::awaitable<bool> connection::send_blocks(answer& out, bool is_chunked) {
  while (auto block = co_await out.blocks->next()) {
    if (block->empty()) continue;
    char size[20];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", block->size());
    const pieces chunk = {asio::buffer(size, static_cast<std::size_t>(digits)), asio::buffer(*block), asio::buffer("\r\n", 2)};
    const bool sent = co_await write_all(is_chunked ? chunk : pieces{asio::buffer(*block)});
    if (!sent) co_return false;
  }
  if (!is_chunked) co_return true;
  std::string last = "0\r\n";
  if (out.trailers)
    for (const auto& [name, value] : out.trailers()) put_field(last, name, value);
  last += "\r\n";
  co_return co_await write_all({asio::buffer(last)});
}

/// The limit is on the time without progress, not on the whole.
asio::awaitable<bool> connection::write_all(pieces bytes) {
  beast::buffers_suffix<pieces> rest(bytes);
  while (beast::buffer_bytes(rest) > 0) {
    limit.within(limits_.write_time);
    const auto [failed, count] = co_await stream.write_some(rest);
    if (failed || limit.is_over()) co_return false;
    written += count;
    rest.consume(count);
  }
  limit.none();
  co_return true;
}

/// Ends when the client has closed its side. While bytes of a next request wait, that can't be seen; a write shows it then.
asio::awaitable<void> connection::gone() {
  if (buffer.size() == 0 && stream.is_secure()) {  // what has come may be TLS's own: only reading tells
    const bool more = co_await read(1);
    if (!more) co_return;
  } else if (buffer.size() == 0) {
    const auto [failed] = co_await stream.socket().async_wait(tcp::socket::wait_read, token);
    char byte = 0;
    const ssize_t count = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (failed || count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) co_return;
  }
  asio::steady_timer never(stream.socket().get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(token);
}

/// Ends when the connection is broken. A client that has only closed its own side (RFC 9293, 3.6) still reads: one that went answers the
/// next write with a reset.
asio::awaitable<void> connection::reset() { co_await stream.socket().async_wait(tcp::socket::wait_error, token); }

asio::awaitable<void> connection::linger() {
  limit.within(linger_time);
  co_await stream.say_goodbye();
  error_code ec;
  stream.socket().shutdown(tcp::socket::shutdown_send, ec);
  if (ec || !unread) co_return;
  buffer.clear();
  for (std::size_t taken = 0; taken < linger_bytes && !limit.is_over();) {  // past TLS: nobody looks at it
    const auto [failed, count] = co_await stream.socket().async_read_some(buffer.prepare(largest_read), token);
    if (failed) co_return;
    taken += count;
  }
}

}  // namespace trawl::server::http
