#include "crawler/net/client.hpp"

#include <algorithm>
#include <charconv>

#include "crawler/net/body.hpp"

namespace trawl::net {

using std::chrono::steady_clock;

namespace {

constexpr auto soon_enough = std::chrono::seconds(1);  // a kept connection that ends later than this had taken the request: asking again is another try
constexpr int most_unsent = 3;  // connections that take no request, one after the other

/// How long the server says that it keeps an idle connection ("Keep-Alive: timeout=5, max=100", RFC 2068, 19.7.1.1), less a second so
/// that our next request does not cross its end.
std::optional<std::chrono::seconds> keep_alive_timeout(const header_list& headers) {
  constexpr std::string_view key = "timeout=";
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "keep-alive")) continue;
    const std::size_t at = value.find(key);
    unsigned seconds = 0;
    if (at == std::string::npos || std::from_chars(value.data() + at + key.size(), value.data() + value.size(), seconds).ec != std::errc()) continue;
    return std::chrono::seconds(seconds == 0 ? 0 : seconds - 1);
  }
  return std::nullopt;
}

}  // namespace

client::client(asio::io_context& context, const config::fetch& settings, egress_policy egress)
    : proxies_(settings.proxies, egress.private_proxies), context_(context), http2_(settings.http2), connector_(context, settings, std::move(egress), [this] { close_idle(); }) {}

void client::close_idle() {
  pool_.close_idle();
  multiplexed_.close_idle();
}

asio::awaitable<result<connection_ptr>> client::open(const url::url& target, route& by, const exchange_options& options, steady_clock::time_point total) {
  const auto connect_until = steady_clock::now() + options.timeout.connect;
  const open_limits limits{std::min(connect_until, total), connect_until <= total ? errc::connect_timeout : errc::timeout_total, options.times};
  for (std::size_t tried = 1;; ++tried) {
    opened done = co_await connector_.open(by, limits);
    if (by.via != nullptr && done.connection) proxies_.worked(*by.via);
    const bool is_out_of_time = !done.connection && (done.connection.error().code == errc::cancelled || steady_clock::now() >= total);
    if (!done.proxy_failed || is_out_of_time) co_return std::move(done.connection);
    proxies_.failed(*by.via, steady_clock::now());
    if (tried >= proxies_.size() || steady_clock::now() >= limits.until) co_return std::move(done.connection);
    by.via = proxies_.choose(target, steady_clock::now());
  }
}

asio::awaitable<result<response>> client::exchange(request r, const exchange_options& options) {
  const auto target = url::parse(r.url);
  if (!target || !target->is_http() || !target->host) co_return fail(errc::url_invalid, "not an http URL");
  route by(*target, proxies_.choose(*target, steady_clock::now()));
  if (const auto allowed = connector_.check(by); !allowed) co_return std::unexpected(allowed.error());
  const auto total = steady_clock::now() + options.timeout.total;
  by.offers_http2 = http2_ && target->scheme == "https" && !multiplexed_.wants_http1(by.key());
  std::size_t refused = 0;  // proxies that wanted other credentials
  for (int asked = 0;; ++asked) {
    h2::multiplex_ptr shared = by.offers_http2 ? multiplexed_.take(by.key()) : nullptr;
    connection_ptr c = shared == nullptr && asked == 0 ? pool_.take(by.key()) : nullptr;
    const bool reused = c != nullptr;
    if (!c && !shared) {
      auto fresh = co_await open(*target, by, options, total);
      if (!fresh) co_return std::unexpected(fresh.error());
      c = std::move(*fresh);
      if (c->speaks() == protocol::http2) {
        c->no_deadline();
        shared = multiplexed_.keep(by.key(), std::make_shared<h2::multiplex>(context_.get_executor(), std::move(c), h2::session_limits{.max_header = options.max_header}));
      }
    }
    attempt done{fail(errc::internal)};
    if (shared) {
      done = co_await talk_h2(std::move(shared), r, *target, by, options, total);
    } else {
      done = co_await talk(c, r, *target, by, options, total, reused);
    }
    if (by.is_absolute_form() && !done.answer && done.answer.error().code == errc::proxy_auth) {
      proxies_.failed(*by.via, steady_clock::now());
      if (++refused < proxies_.size()) {  // the site has seen nothing of it
        by.via = proxies_.choose(*target, steady_clock::now());
        continue;
      }
    }
    if (done.stale && r.idempotent && asked == 0) continue;  // the server closed it as we wrote (RFC 9112, 9.3.1): asked again on a fresh one
    if (done.unsent && asked < most_unsent) continue;
    co_return std::move(done.answer);
  }
}

asio::awaitable<client::attempt> client::talk_h2(h2::multiplex_ptr over, const request& r, const url::url& target, route& by, const exchange_options& options, steady_clock::time_point total) {
  h2::exchange_terms terms{.first_byte = steady_clock::now() + options.timeout.first_byte, .total = total, .max_body = options.max_body,
                           .wants_body = [&options](const header_list& headers) { return wants_body(headers, options.content_types); },
                           .min_rate = options.min_rate, .rate_span = options.rate_window, .memory = options.memory, .longest_wait = options.timeout.total};
  h2::outcome done = co_await over->exchange(r, target, std::move(terms));
  if (done.may_be_asked == h2::again::over_http1) {
    multiplexed_.mark_http1(by.key());
    by.offers_http2 = false;
  }
  if (done.answer) {
    done.answer->tls_verified = connector_.verifies();
    if (by.via != nullptr) done.answer->ip.clear();  // it is the proxy's
  }
  if (!done.answer) done.answer.error().unseen = done.may_be_asked == h2::again::at_once || done.may_be_asked == h2::again::later || done.may_be_asked == h2::again::over_http1;
  co_return attempt{std::move(done.answer), done.may_be_asked == h2::again::if_idempotent, done.may_be_asked == h2::again::at_once};
}

asio::awaitable<client::attempt> client::talk(const connection_ptr& c, const request& r, const url::url& target, const route& by, const exchange_options& options, steady_clock::time_point total, bool reused) {
  const auto begin = steady_clock::now();
  const auto first_byte = begin + options.timeout.first_byte;
  c->deadline(std::min(first_byte, total), first_byte <= total ? errc::timeout_first_byte : errc::timeout_total);
  const auto is_stale = [&] { return reused && c->buffer.empty() && steady_clock::now() - begin < soon_enough; };
  std::string message = write_request(r, target);
  if (by.is_absolute_form()) message = in_absolute_form(std::move(message), target, *by.via);
  if (auto sent = co_await c->write(message); !sent) co_return attempt{std::unexpected(sent.error()), is_stale() && sent.error().code == errc::connect_reset};

  response out;
  std::optional<response_head> head;
  std::size_t head_size = 0;
  while (!head) {
    const auto got = co_await c->read(c->buffer);
    if (!got) co_return attempt{std::unexpected(got.error()), is_stale() && got.error().code == errc::connect_reset};
    if (*got == 0) co_return attempt{fail(errc::connect_reset, "closed before a response"), is_stale()};
    const bool may_be_garbage = c->buffer.size() - *got < enough_to_tell;
    if (!may_be_garbage && c->buffer.size() <= options.max_header && !has_empty_line(c->buffer, c->buffer.size() - *got)) continue;
    auto read = read_head(c->buffer, r.method, options.max_header, head_size);
    // What a kept connection says first may be the rest of the answer before, come late: this request is owed one of its own.
    if (!read) co_return attempt{std::unexpected(read.error()), reused && read.error().code == errc::http_malformed};
    if (*read) head = std::move(*read);
  }
  if (by.is_absolute_form() && head->status == 407) co_return attempt{fail(errc::proxy_auth, "the proxy answered 407")};
  out.latency = steady_clock::now() - begin;
  out.status = head->status;
  out.http_version = head->minor == 0 ? "1.0" : "1.1";
  if (by.via == nullptr) out.ip = c->peer();  // else it is the proxy's
  out.tls_verified = target.scheme != "https" || connector_.verifies();
  out.final_url = r.url;
  c->deadline(total, errc::timeout_total);
  if (options.min_rate > 0) c->least_rate(options.min_rate, options.rate_window);
  const body_limits limits{options.max_body, options.max_header - std::min(head_size, options.max_header), options.content_types, total};
  const auto reusable = co_await read_body(*c, *head, head_size, limits, async::growing_lease(options.memory, r.memory, options.max_body, options.timeout.total), out);
  if (!reusable) co_return attempt{std::unexpected(reusable.error())};
  if (const auto promised = keep_alive_timeout(head->headers)) c->may_idle = *promised;
  out.headers = std::move(head->headers);
  if (*reusable) pool_.give_back(by.key(), c);
  co_return attempt{std::move(out)};
}

}  // namespace trawl::net
