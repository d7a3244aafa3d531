#include "server/http/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

#include "server/http/connection.hpp"
#include "server/http/gzip.hpp"
#include "server/logging.hpp"

namespace trawl::server::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t read_size = 8u << 10, body_read_size = 64u << 10;

constexpr unsigned client_went = 499;  // in the log alone; nginx's number for it

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

/// A body in pieces of what the socket has; it has to keep coming.
class arriving_body final : public body_stream {
 public:
  arriving_body(connection& line, const service_limits& limits, const head_facts& facts, const std::string& head, std::uint64_t most) : line_(line), limits_(limits), facts_(facts) {
    reader_.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    reader_.body_limit(most);
    reader_.eager(true);
    error_code ec;
    reader_.put(asio::buffer(head), ec);
    if (ec) failed_ = 400;
  }

  asio::awaitable<std::optional<std::string>> next() override {
    if (failed_ != 0 || reader_.is_done()) co_return std::nullopt;
    if (!std::exchange(has_begun_, true) && facts_.expects_continue && line_.buffer.size() == 0) {
      const bool goes_on = co_await line_.send_continue();
      if (!goes_on) failed_ = 400;
    }
    std::string piece(body_read_size, '\0');
    auto& body = reader_.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    line_.limit.within(limits_.body_time);
    while (failed_ == 0 && !reader_.is_done() && body.size > 0) {
      take_what_is_there();
      const bool has_some = body.size < piece.size();
      if (failed_ != 0 || reader_.is_done() || has_some) break;
      const bool more = co_await line_.read(body_read_size);
      if (line_.limit.is_over()) failed_ = 408;
      else if (!more) failed_ = 400;
    }
    line_.limit.none();
    piece.resize(piece.size() - body.size);
    if (failed_ != 0 || (piece.empty() && reader_.is_done())) co_return std::nullopt;
    co_return piece;
  }

  unsigned failed() const noexcept override { return failed_; }
  bool is_over() const { return reader_.is_done(); }
  std::string_view why() const noexcept { return failed_ == 413 ? "the body is larger than this server takes" : failed_ == 408 ? "the body did not come in time" : "the body is malformed"; }

 private:
  void take_what_is_there() {
    error_code ec;
    while (!ec && line_.buffer.size() > 0 && !reader_.is_done() && reader_.get().body().size > 0) line_.buffer.consume(reader_.put(line_.buffer.data(), ec));
    if (ec == beast::http::error::body_limit) failed_ = 413;
    else if (ec && ec != beast::http::error::need_more && ec != beast::http::error::need_buffer) failed_ = 400;
  }

  connection& line_;
  const service_limits& limits_;
  const head_facts& facts_;
  beast::http::request_parser<beast::http::buffer_body> reader_;
  unsigned failed_ = 0;
  bool has_begun_ = false;
};

/// An answer, and whether the connection ends behind it.
struct verdict {
  answer out;
  bool closes = false;
};

class session {
 public:
  session(tcp::socket socket, site& where) : line_(std::move(socket), where.tls, where.limits), where_(where), peer_(address_of(line_.stream.socket())) {}

  asio::awaitable<void> run() {
    bool goes_on = co_await line_.begin();
    for (std::uint32_t count = 1; goes_on; ++count) {
      const bool another = co_await exchange(count >= where_.limits.requests_per_connection);
      goes_on = another;
    }
    co_await line_.linger();
  }

 private:
  using parser = beast::http::request_parser<beast::http::string_body>;

  asio::awaitable<bool> exchange(bool is_last) {
    const auto length = co_await read_head();
    if (length && *length == 0) co_return false;
    const auto facts = length ? check_head(received().substr(0, *length), head_limits()) : std::unexpected(length.error());
    call_record call;
    if (!facts) {
      line_.unread = true;
      co_return co_await send(problem(facts.error().status, facts.error().why), {}, call, true);
    }
    std::optional<verdict> v = co_await answer_to(*facts, *length, call);
    if (!v) {
      call.status = client_went;
      log_call(call, peer_, 0);
      co_return false;
    }
    co_return co_await send(std::move(v->out), *facts, call, v->closes || is_last || where_.stopping || !facts->keeps_alive || facts->minor == 0);
  }

  /// What is counted and logged of a call is known when its answer is; how much went out, and how long it took, when it has been sent.
  asio::awaitable<bool> send(answer out, const head_facts& facts, call_record& call, bool closes) {
    if (call.id.empty()) call.id = request_id_of({});
    call.status = out.status;
    where_.calls.note(call);
    compress(out, call.takes_gzip);
    out.fields.emplace_back("X-Request-Id", call.id);
    const std::uint64_t before = line_.written;
    const bool goes_on = co_await line_.send(std::move(out), {.skips_body = facts.method == "HEAD", .takes_chunks = facts.minor == 1, .closes = closes});
    log_call(call, peer_, line_.written - before);
    co_return goes_on;
  }

  std::string_view received() const noexcept { return {static_cast<const char*>(line_.buffer.data().data()), line_.buffer.size()}; }
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
    line_.limit.within(where_.limits.idle_time);
    bool began = false;
    std::optional<idle_mark> idle(where_);
    for (;;) {
      if (!began && received().starts_with("\r\n")) line_.buffer.consume(2);  // RFC 9112, 2.2: an empty line in front is passed over
      if (!began && line_.buffer.size() > 0 && received() != "\r") {
        began = true;
        idle.reset();
        line_.limit.within(where_.limits.head_time);
      }
      if (began) {
        const auto length = head_length(received(), head_limits());
        if (!length || *length > 0) co_return length;
      }
      const bool more = co_await line_.read(read_size);
      if (line_.limit.is_over() && began) co_return std::unexpected(head_refusal{408, "the request head did not come in time"});
      if (!more || line_.limit.is_over()) co_return 0;
    }
  }

  /// Everything between a good head and its answer. The body is read only for a request that is going to be handled. nullopt: the
  /// client went.
  asio::awaitable<std::optional<verdict>> answer_to(const head_facts& facts, std::size_t head_length, call_record& call) {
    request r;
    const route* to = nullptr;
    parser reader;
    reader.header_limit(static_cast<std::uint32_t>(where_.limits.head_bytes));
    reader.body_limit(boost::none);  // what is announced is judged by `admit`
    error_code ec;
    const std::string head(received().substr(0, head_length));
    reader.put(asio::buffer(head), ec);
    line_.buffer.consume(head_length);
    line_.unread = facts.has_body();
    line_.limit.none();
    if (ec || !reader.is_header_done()) co_return verdict{problem(400, "the request head is malformed"), true};
    r.method = facts.method;
    r.host = facts.host;
    for (const auto& field : reader.get()) r.fields.emplace_back(field.name_string(), field.value());
    r.id = request_id_of(r);
    const route* meant = nullptr;
    auto refusal = admit(facts, r, to, meant);
    call.take(r, meant);
    call.takes_gzip = accepts_gzip(r);
    if (refusal) co_return verdict{std::move(*refusal), line_.unread};

    if (to->takes) co_return co_await take_in_pieces(facts, r, *to, head);

    const std::size_t share = facts.chunked ? where_.limits.body_bytes : facts.content_length.value_or(0);
    if (where_.body_bytes + share > where_.limits.bodies_bytes) co_return verdict{busy("too many request bodies at once"), line_.unread};
    const body_share held(where_, share);
    if (line_.unread) {
      const unsigned failed = co_await read_body(facts, reader);
      if (failed != 0) co_return verdict{problem(failed, failed == 413 ? "the body is larger than this server takes" : failed == 408 ? "the body did not come in time" : "the body is malformed"), true};
      line_.unread = false;
      r.body = std::move(reader.get().body());
    }
    std::optional<answer> done;
    if (to->ends_with_peer) done = co_await line_.unless_gone(handle(to->handle, to->pattern, r));
    else done = co_await handle(to->handle, to->pattern, r);
    if (!done) co_return std::nullopt;
    co_return verdict{std::move(*done), facts.chunked};  // nothing is read behind a chunked body: no second request can hide there
  }

  /// A body that is handled while it comes. Where the handler has left some of it unread the connection ends.
  asio::awaitable<std::optional<verdict>> take_in_pieces(const head_facts& facts, const request& r, const route& to, const std::string& head) {
    arriving_body body(line_, where_.limits, facts, head, to.most_bytes);
    std::optional<answer> done = co_await handle([&to, &body](const request& asked) { return to.takes(asked, body); }, to.pattern, r);
    line_.limit.none();
    if (body.failed() != 0) co_return verdict{problem(body.failed(), body.why()), true};
    line_.unread = !body.is_over();
    co_return verdict{std::move(*done), facts.chunked || line_.unread};
  }

  /// The checks that need no body. What is returned is the answer; nullopt: the request may be handled by `to`. `meant` is the route also
  /// where it is not taken.
  std::optional<answer> admit(const head_facts& facts, request& r, const route*& to, const route*& meant) {
    if (where_.checks_host && !names_this_machine(facts.host)) return problem(421, "this server answers to localhost, 127.0.0.1 and [::1]; off loopback, or under another name, it needs a token");
    const bool is_safe = facts.method == "GET" || facts.method == "HEAD" || facts.method == "OPTIONS";
    if (!is_safe && !is_same_origin(r.header("Sec-Fetch-Site"), r.header("Origin"), facts.host)) return problem(403, "a page of another site may not call this server");
    if (facts.target == "*") return options("GET, HEAD, POST, DELETE, OPTIONS");
    if (!split_target(facts.target, r)) return problem(400, "the request target has a broken escape");
    auto found = where_.routes.find(facts.method, r.path);
    meant = found.to;
    const bool is_open = found.to != nullptr && found.to->is_open;
    if (auto refusal = identify(r, is_open, found.to)) return refusal;
    if (found.allow.empty()) return problem(404, "there is nothing under this path");
    if (facts.method == "OPTIONS") return options(found.allow);
    if (found.to == nullptr) {
      answer out = problem(405, "this path knows: " + found.allow);
      out.fields.emplace_back("Allow", found.allow);
      return out;
    }
    if (auto refusal = check_query(r, *found.to)) return refusal;
    if (facts.content_length.value_or(0) > (found.to->takes ? found.to->most_bytes : where_.limits.body_bytes)) return problem(413, "the body is larger than this server takes");
    r.parts = std::move(found.parts);
    to = found.to;
    return std::nullopt;
  }

  /// A misspelt parameter must not do something else than was meant.
  static std::optional<answer> check_query(const request& r, const route& to) {
    if (to.any_parameters) return std::nullopt;
    for (auto at = r.query.begin(); at != r.query.end(); ++at) {
      const std::string& name = at->first;
      if (std::ranges::find(to.parameters, name) == to.parameters.end()) return problem(400, fmt::format("there is no parameter '{}' here; there are: {}", name, to.parameters.empty() ? "none" : fmt::format("{}", fmt::join(to.parameters, ", "))));
      if (std::any_of(r.query.begin(), at, [&](const auto& other) { return other.first == name; })) return problem(400, fmt::format("the parameter '{}' stands twice", name));
    }
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
    r.sees_all = who->may(permission::admin);
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
    reader.body_limit(where_.limits.body_bytes);
    reader.eager(true);
    if (facts.expects_continue && line_.buffer.size() == 0) {
      const bool told = co_await line_.send_continue();
      if (!told) co_return 400;
    }
    line_.limit.within(where_.limits.body_time);
    while (!reader.is_done()) {
      error_code ec;
      if (line_.buffer.size() > 0) line_.buffer.consume(reader.put(line_.buffer.data(), ec));
      if (ec == beast::http::error::body_limit) co_return 413;
      if (ec && ec != beast::http::error::need_more) co_return 400;
      if (reader.is_done()) break;
      const bool more = co_await line_.read(body_read_size);
      if (line_.limit.is_over()) co_return 408;
      if (!more) co_return 400;
    }
    line_.limit.none();
    if (line_.buffer.size() == 0) line_.buffer.shrink_to_fit();  // an idle connection holds no memory of a past body
    co_return 0;
  }

  /// The wall that exceptions of handlers end at.
  asio::awaitable<answer> handle(handler by, std::string_view route, const request& r) {
    std::string what;
    try {
      co_return co_await by(r);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) throw;  // the session is being ended
      what = e.what();
    } catch (const std::exception& e) {
      what = e.what();
    }
    const log_field fields[] = {{"request_id", r.id}, {"method", r.method}, {"route", route}};
    log_event(config::log_level::error, "a request failed: " + what, fields);
    co_return problem(500, "a fault of the server's own; its log says more");
  }

  static std::string address_of(const tcp::socket& socket) {
    error_code ec;
    const auto at = socket.remote_endpoint(ec);
    return ec ? "" : at.address().to_string();
  }

  connection line_;
  site& where_;
  const std::string peer_;
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
