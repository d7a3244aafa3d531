#include "server/http/session.hpp"

#include <spdlog/spdlog.h>

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>

#include "server/http/deadline.hpp"

namespace trawl::server::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto token = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_size = 8u << 10;
constexpr std::size_t largest_read = 64u << 10;       // bytes of one read of a body
constexpr std::size_t linger_bytes = 32u << 20;       // of an unread body, taken so that the client sees the answer and no reset
constexpr auto linger_time = std::chrono::seconds(2);

/// A share of the bytes that request bodies may take in all; given back when it goes.
class body_share {
 public:
  body_share(site& where, std::size_t bytes) : where_(where), bytes_(bytes) { where_.body_bytes += bytes_; }
  ~body_share() { where_.body_bytes -= bytes_; }
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

 private:
  site& where_;
  std::size_t bytes_;
};

/// An answer, and whether the connection ends behind it.
struct verdict {
  answer out;
  bool closes = false;
};

/// On every answer: nothing of ours is framed, sniffed, cached or used from another site's pages.
constexpr std::pair<const char*, const char*> guards[] = {
    {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"}, {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"}, {"Cache-Control", "no-store"}, {"Server", "trawl"}};

class session {
 public:
  session(tcp::socket socket, site& where) : socket_(std::move(socket)), where_(where), limit_(socket_), buffer_(where.limits.head_bytes + 2 * largest_read) {}

  asio::awaitable<void> run() {
    for (std::uint32_t count = 1;; ++count) {
      const bool goes_on = co_await exchange(count >= where_.limits.requests_per_connection);
      if (!goes_on) break;
    }
    co_await linger();
  }

 private:
  using parser = beast::http::request_parser<beast::http::string_body>;

  asio::awaitable<bool> exchange(bool is_last) {
    const auto length = co_await read_head();
    if (length && *length == 0) co_return false;
    const auto facts = length ? check_head(received().substr(0, *length), head_limits()) : std::unexpected(length.error());
    if (!facts) {
      unread_ = true;
      co_return co_await send(problem(facts.error().status, facts.error().why), {}, true);
    }
    std::optional<verdict> v = co_await answer_to(*facts, *length);
    if (!v) co_return false;
    co_return co_await send(std::move(v->out), *facts, v->closes || is_last || where_.stopping || !facts->keeps_alive || facts->minor == 0);
  }

  std::string_view received() const noexcept { return {static_cast<const char*>(buffer_.data().data()), buffer_.size()}; }
  http::head_limits head_limits() const noexcept { return {where_.limits.head_bytes, where_.limits.head_fields, where_.limits.target_bytes}; }

  /// Counted as idle while it lives.
  struct idle_mark {
    site& where;
    explicit idle_mark(site& s) : where(s) { ++where.idle; }
    ~idle_mark() { --where.idle; }
    idle_mark(const idle_mark&) = delete;
    idle_mark& operator=(const idle_mark&) = delete;
  };

  /// Length of the next head, which then stands whole in the buffer; 0: the client went, or was silent too long between two requests.
  asio::awaitable<std::expected<std::size_t, head_refusal>> read_head() {
    limit_.within(where_.limits.idle_time);
    bool began = false;
    std::optional<idle_mark> idle(where_);
    for (;;) {
      if (!began && received().starts_with("\r\n")) buffer_.consume(2);  // RFC 9112, 2.2: an empty line in front is passed over
      if (!began && buffer_.size() > 0 && received() != "\r") {
        began = true;
        idle.reset();
        limit_.within(where_.limits.head_time);
      }
      if (began) {
        const auto length = head_length(received(), head_limits());
        if (!length || *length > 0) co_return length;
      }
      const auto [failed, count] = co_await socket_.async_read_some(buffer_.prepare(read_size), token);
      buffer_.commit(count);
      if (limit_.is_over() && began) co_return std::unexpected(head_refusal{408, "the request head did not come in time"});
      if (failed || limit_.is_over()) co_return 0;
    }
  }

  /// Everything between a good head and its answer. The body is read only for a request that is going to be handled. nullopt: the
  /// client went.
  asio::awaitable<std::optional<verdict>> answer_to(const head_facts& facts, std::size_t head_length) {
    request r;
    const route* to = nullptr;
    parser reader;
    reader.header_limit(static_cast<std::uint32_t>(where_.limits.head_bytes));
    reader.body_limit(boost::none);  // what is announced is judged by `admit`
    error_code ec;
    reader.put(asio::buffer(received().substr(0, head_length)), ec);
    buffer_.consume(head_length);
    unread_ = facts.has_body();
    limit_.none();
    if (ec || !reader.is_header_done()) co_return verdict{problem(400, "the request head is malformed"), true};
    r.method = facts.method;
    r.host = facts.host;
    for (const auto& field : reader.get()) r.fields.emplace_back(field.name_string(), field.value());
    if (auto refusal = admit(facts, r, to)) co_return verdict{std::move(*refusal), unread_};

    const std::size_t share = facts.chunked ? where_.limits.body_bytes : facts.content_length.value_or(0);
    if (where_.body_bytes + share > where_.limits.bodies_bytes) co_return verdict{busy("too many request bodies at once"), unread_};
    const body_share held(where_, share);
    if (unread_) {
      const unsigned failed = co_await read_body(facts, reader);
      if (failed != 0) co_return verdict{problem(failed, failed == 413 ? "the body is larger than this server takes" : failed == 408 ? "the body did not come in time" : "the body is malformed"), true};
      unread_ = false;
      r.body = std::move(reader.get().body());
    }
    std::optional<answer> done;
    if (to->ends_with_peer) done = co_await unless_gone(handle(*to, r));
    else done = co_await handle(*to, r);
    if (!done) co_return std::nullopt;
    co_return verdict{std::move(*done), facts.chunked};  // nothing is read behind a chunked body: no second request can hide there
  }

  /// The checks that need no body. What is returned is the answer; nullopt: the request may be handled by `to`.
  std::optional<answer> admit(const head_facts& facts, request& r, const route*& to) {
    if (where_.checks_host && !names_this_machine(facts.host)) return problem(421, "this server answers to localhost, 127.0.0.1 and [::1]; off loopback, or under another name, it needs a token");
    const bool is_safe = facts.method == "GET" || facts.method == "HEAD" || facts.method == "OPTIONS";
    if (!is_safe && !is_same_origin(r.header("Sec-Fetch-Site"), r.header("Origin"), facts.host)) return problem(403, "a page of another site may not call this server");
    if (facts.target == "*") return options("GET, HEAD, POST, DELETE, OPTIONS");
    if (!split_target(facts.target, r)) return problem(400, "the request target has a broken escape");
    auto found = where_.routes.find(facts.method, r.path);
    const bool is_open = found.to != nullptr && found.to->is_open;
    if (auto refusal = identify(r, is_open, found.to)) return refusal;
    if (found.allow.empty()) return problem(404, "there is nothing under this path");
    if (facts.method == "OPTIONS") return options(found.allow);
    if (found.to == nullptr) {
      answer out = problem(405, "this path knows: " + found.allow);
      out.fields.emplace_back("Allow", found.allow);
      return out;
    }
    if (facts.content_length.value_or(0) > where_.limits.body_bytes) return problem(413, "the body is larger than this server takes");
    r.parts = std::move(found.parts);
    to = found.to;
    return std::nullopt;
  }

  std::optional<answer> identify(request& r, bool is_open, const route* to) const {
    if (where_.keys.empty() || is_open) return std::nullopt;
    const keyring::holder* who = where_.keys.identify(r.header("Authorization").value_or(""));
    if (who == nullptr) {
      answer out = problem(401, "a token is needed: Authorization: Bearer …");
      out.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"trawl\"");
      return out;
    }
    r.caller = who->name;
    if (to != nullptr && !who->may(to->needs)) return problem(403, "this token may not do that");
    return std::nullopt;
  }

  static answer options(std::string allow) {
    answer out;
    out.status = 204;
    out.content_type.clear();
    out.fields.emplace_back("Allow", std::move(allow));
    return out;
  }

  static answer busy(std::string_view why) {
    answer out = problem(503, why);
    out.fields.emplace_back("Retry-After", "1");
    return out;
  }

  /// 0, or the status to refuse with.
  asio::awaitable<unsigned> read_body(const head_facts& facts, parser& reader) {
    limit_.within(where_.limits.body_time);
    reader.body_limit(where_.limits.body_bytes);
    if (facts.expects_continue && buffer_.size() == 0) {
      static constexpr std::string_view go = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [failed, sent] = co_await asio::async_write(socket_, asio::buffer(go), token);
      if (failed) co_return 400;
    }
    const auto [failed, count] = co_await beast::http::async_read(socket_, buffer_, reader, token);
    if (limit_.is_over()) co_return 408;
    if (failed == beast::http::error::body_limit) co_return 413;
    limit_.none();
    if (buffer_.size() == 0) buffer_.shrink_to_fit();  // an idle connection holds no memory of a past body
    co_return failed ? 400 : 0;
  }

  /// The wall that exceptions of handlers end at.
  asio::awaitable<answer> handle(const route& to, const request& r) {
    std::string what;
    try {
      co_return co_await to.handle(r);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) throw;  // the session is being ended
      what = e.what();
    } catch (const std::exception& e) {
      what = e.what();
    }
    spdlog::error("a request of {} failed: {}", r.method, what);
    co_return problem(500, "a fault of the server's own; its log says more");
  }

  /// True: the connection takes another request.
  asio::awaitable<bool> send(answer out, const head_facts& facts, bool closes) {
    ++where_.answers[out.status];
    const bool is_head = facts.method == "HEAD";
    if (!out.blocks) co_return co_await send_text(std::move(out), is_head, closes);
    const bool is_chunked = facts.minor == 1;
    auto head = head_of(out, closes || !is_chunked);
    if (is_chunked) head.chunked(true);
    if (is_chunked && out.trailers) head.set(beast::http::field::trailer, "Trawl-Next, Trawl-Complete");
    beast::http::response_serializer<beast::http::empty_body> writer(head);
    limit_.within(where_.limits.write_time);
    const auto [failed, count] = co_await beast::http::async_write_header(socket_, writer, token);
    if (failed || limit_.is_over()) co_return false;
    if (is_head) co_return !closes && is_chunked;
    const auto whole = co_await unless_gone(send_blocks(out, is_chunked));
    co_return whole.value_or(false) && !closes && is_chunked;
  }

  asio::awaitable<bool> send_text(answer out, bool is_head, bool closes) {
    auto head = head_of(out, closes);
    if (out.status != 204) head.content_length(out.body.size());
    beast::http::response_serializer<beast::http::empty_body> writer(head);
    limit_.within(where_.limits.write_time);
    const auto [failed, count] = co_await beast::http::async_write_header(socket_, writer, token);
    if (failed || limit_.is_over()) co_return false;
    if (is_head) co_return !closes;
    const bool sent = co_await write_all(asio::buffer(out.body));
    co_return sent && !closes;
  }

  static beast::http::response<beast::http::empty_body> head_of(const answer& out, bool closes) {
    beast::http::response<beast::http::empty_body> head(static_cast<beast::http::status>(out.status), 11);
    if (!out.content_type.empty()) head.set(beast::http::field::content_type, out.content_type);
    for (const auto& [name, value] : guards) head.set(name, value);
    for (const auto& [name, value] : out.fields) head.set(name, value);
    head.keep_alive(!closes);
    return head;
  }

  /// Pulls the blocks as the socket takes them: nothing is made for a reader who does not read.
  asio::awaitable<bool> send_blocks(answer& out, bool is_chunked) {
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
  asio::awaitable<bool> write_all(Buffers bytes) {
    beast::buffers_suffix<Buffers> rest(bytes);
    while (beast::buffer_bytes(rest) > 0) {
      limit_.within(where_.limits.write_time);
      const auto [failed, count] = co_await socket_.async_write_some(rest, token);
      if (failed || limit_.is_over()) co_return false;
      rest.consume(count);
    }
    limit_.none();
    co_return true;
  }

  /// Runs `work` and gives its value; nullopt when the client closed its side first, and `work` was cancelled.
  template <class T>
  asio::awaitable<std::optional<T>> unless_gone(asio::awaitable<T> work) {
    const auto executor = socket_.get_executor();
    auto [order, failure, value, no_failure] =
        co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred), asio::co_spawn(executor, gone(), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(asio::cancellation_type::terminal), asio::use_awaitable);
    if (order[0] == 1) co_return std::nullopt;
    if (failure) std::rethrow_exception(failure);
    co_return std::optional<T>(std::move(value));
  }

  /// Ends when the client has closed its side. While bytes of a next request wait, that can't be seen; a write shows it then.
  asio::awaitable<void> gone() {
    if (buffer_.size() == 0) {
      const auto [failed] = co_await socket_.async_wait(tcp::socket::wait_read, token);
      char byte = 0;
      const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (failed || count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) co_return;
    }
    asio::steady_timer never(socket_.get_executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(token);
  }

  /// Closes so that the client sees the last answer: what it still sends is taken for a while (RFC 9112, 9.6).
  asio::awaitable<void> linger() {
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    if (ec || !unread_) co_return;
    limit_.within(linger_time);
    buffer_.clear();
    for (std::size_t taken = 0; taken < linger_bytes && !limit_.is_over();) {
      const auto [failed, count] = co_await socket_.async_read_some(buffer_.prepare(largest_read), token);
      if (failed) co_return;
      taken += count;
    }
  }

  tcp::socket socket_;
  site& where_;
  deadline limit_;
  beast::flat_buffer buffer_;
  bool unread_ = false;  ///< bytes of a request that was answered without them
};

}  // namespace

asio::awaitable<void> run_session(tcp::socket socket, site& where) {
  struct counted {
    site& where;
    ~counted() { --where.connections; }
  };
  ++where.connections;
  const counted held{where};
  session one(std::move(socket), where);
  co_await one.run();
}

}  // namespace trawl::server::http
