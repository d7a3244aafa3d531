#include "server/http/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
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

using head = beast::http::response<beast::http::empty_body>;

head head_of(const answer& out, bool closes) {
  head h(static_cast<beast::http::status>(out.status), 11);
  h.set(beast::http::field::date, now_as_date());
  if (!out.content_type.empty()) h.set(beast::http::field::content_type, out.content_type);
  for (const auto& [name, value] : guards) h.set(name, value);
  for (const auto& [name, value] : out.fields) h.set(name, value);
  h.keep_alive(!closes);
  return h;
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

connection::connection(tcp::socket s, const service_limits& limits) : socket(std::move(s)), limit(socket), buffer(limits.head_bytes + 2 * largest_read), limits_(limits) {}

asio::awaitable<bool> connection::send(answer out, framing how) {
  if (!out.blocks) co_return co_await send_text(out, how);
  const bool stays = !how.closes && how.takes_chunks;
  head h = head_of(out, !stays);
  if (how.takes_chunks) h.chunked(true);
  if (how.takes_chunks && out.trailers) h.set(beast::http::field::trailer, "Trawl-Next, Trawl-Complete, Trawl-Missing");
  beast::http::response_serializer<beast::http::empty_body> writer(h);
  limit.within(limits_.write_time);
  const auto [failed, count] = co_await beast::http::async_write_header(socket, writer, token);
  if (failed || limit.is_over()) co_return false;
  limit.none();
  if (how.skips_body) co_return stays;
  const auto whole = co_await unless(send_blocks(out, how.takes_chunks), reset());
  co_return whole.value_or(false) && stays;
}

asio::awaitable<bool> connection::send_text(const answer& out, framing how) {
  head h = head_of(out, how.closes);
  if (out.status != 204 && out.status != 304) h.content_length(out.body.size());
  beast::http::response_serializer<beast::http::empty_body> writer(h);
  limit.within(limits_.write_time);
  const auto [failed, count] = co_await beast::http::async_write_header(socket, writer, token);
  if (failed || limit.is_over()) co_return false;
  if (how.skips_body) co_return !how.closes;
  const bool sent = co_await write_all(asio::buffer(out.body));
  co_return sent && !how.closes;
}

/// Pulls the blocks as the socket takes them: nothing is made for a reader who does not read.
asio::awaitable<bool> connection::send_blocks(answer& out, bool is_chunked) {
  while (auto block = co_await out.blocks->next()) {
    if (block->empty()) continue;
    bool sent = false;
    if (is_chunked) sent = co_await write_all(beast::http::make_chunk(asio::buffer(*block)));
    else sent = co_await write_all(asio::buffer(*block));
    if (!sent) co_return false;
  }
  if (!is_chunked) co_return true;
  beast::http::fields last;
  if (out.trailers)
    for (const auto& [name, value] : out.trailers()) last.set(name, value);
  const bool sent = co_await write_all(beast::http::make_chunk_last(last));
  co_return sent;
}

/// The limit is on the time without progress, not on the whole.
template <class Buffers>
asio::awaitable<bool> connection::write_all(Buffers bytes) {
  beast::buffers_suffix<Buffers> rest(bytes);
  while (beast::buffer_bytes(rest) > 0) {
    limit.within(limits_.write_time);
    const auto [failed, count] = co_await socket.async_write_some(rest, token);
    if (failed || limit.is_over()) co_return false;
    rest.consume(count);
  }
  limit.none();
  co_return true;
}

/// Ends when the client has closed its side. While bytes of a next request wait, that can't be seen; a write shows it then.
asio::awaitable<void> connection::gone() {
  if (buffer.size() == 0) {
    const auto [failed] = co_await socket.async_wait(tcp::socket::wait_read, token);
    char byte = 0;
    const ssize_t count = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (failed || count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) co_return;
  }
  asio::steady_timer never(socket.get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(token);
}

/// Ends when the connection is broken. A client that has only closed its own side (RFC 9293, 3.6) still reads: one that went answers the
/// next write with a reset.
asio::awaitable<void> connection::reset() { co_await socket.async_wait(tcp::socket::wait_error, token); }

asio::awaitable<void> connection::linger() {
  error_code ec;
  socket.shutdown(tcp::socket::shutdown_send, ec);
  if (ec || !unread) co_return;
  limit.within(linger_time);
  buffer.clear();
  for (std::size_t taken = 0; taken < linger_bytes && !limit.is_over();) {
    const auto [failed, count] = co_await socket.async_read_some(buffer.prepare(largest_read), token);
    if (failed) co_return;
    taken += count;
  }
}

}  // namespace trawl::server::http
