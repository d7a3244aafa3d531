#include "crawler/net/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <exception>
#include <optional>

#include "crawler/net/body.hpp"

namespace trawl::net {

using std::chrono::steady_clock;

namespace {

constexpr auto soon_enough = std::chrono::seconds(1);  // a kept connection that ends later than this had taken the request: asking again is another try
constexpr std::size_t most_at_once = 16 * 1024;  // bytes that a socket takes without waiting: Linux has room for so many ahead (tcp_wmem)
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

/// Makes `slot` one of the address that a connection leads to, unless it is already. Else says when to come again.
std::optional<steady_clock::time_point> take_slot(async::address_slots::permit& slot, const std::string& peer, const route& by, const address_rule& rule) {
  if (!rule.applies_to(by) || slot.is_for(peer)) return std::nullopt;
  auto got = rule.slots->take(peer, by.key(), rule.limit, steady_clock::now());
  if (!got) return got.error();
  slot = std::move(*got);
  return std::nullopt;
}

}  // namespace

client::client(asio::io_context& context, const config::fetch& settings, egress_policy egress)
    : proxies_(settings.proxies, egress.private_proxies), context_(context), http2_(settings.http2), connector_(context, settings, std::move(egress), [this] { close_idle(); }) {}

void client::close_idle() {
  pool_.close_idle();
  multiplexed_.close_idle();
}

asio::awaitable<opened> client::open(const url::url& target, route& by, open_limits limits) {
  for (std::size_t tried = 1;; ++tried) {
    opened done = co_await connector_.open(by, limits);
    if (by.via != nullptr && done.connection) proxies_.worked(*by.via);
    const bool is_out_of_time = !done.connection && (done.connection.error().code == errc::cancelled || (limits.late == errc::timeout_total && steady_clock::now() >= limits.until));
    if (!done.proxy_failed || is_out_of_time) co_return done;
    proxies_.failed(*by.via, steady_clock::now());
    if (tried >= proxies_.size() || steady_clock::now() >= limits.until) co_return done;
    by.via = proxies_.choose(target, steady_clock::now());
  }
}

asio::awaitable<result<client::way>> client::dial(const url::url& target, route& by, const exchange_options& options, open_limits limits, turn_slot full) {
  std::optional<h2::shared_dials::turn> turn;
  if (by.offers_http2) turn.emplace(dials_.begin(by.key()));
  const proxy_server* const asked = by.via;
  opened fresh = co_await open(target, by, limits);
  if (fresh.turn && full != nullptr) *full = fresh.turn;
  if (!fresh.connection) {
    if (turn) turn->end(fresh.connection.error().code == errc::cancelled ? h2::dial_end::abandoned : h2::dial_end::failed);
    co_return std::unexpected(std::move(fresh.connection.error()));
  }
  connection_ptr made = std::move(*fresh.connection);
  way out;
  out.slot = std::move(fresh.slot);
  if (made->speaks() == protocol::http2) {
    made->no_deadline();
    out.shared = multiplexed_.keep(by.key(), std::make_shared<h2::multiplex>(context_.get_executor(), std::move(made), h2::session_limits{.max_header = options.max_header}));
  } else {
    out.own = std::move(made);
  }
  if (turn && by.via != asked) turn->end(h2::dial_end::failed);  // through another proxy, which is another route
  if (turn && by.via == asked) turn->end(out.shared ? h2::dial_end::http2 : h2::dial_end::http1);
  co_return out;
}

asio::awaitable<result<client::way>> client::find_way(const url::url& target, route& by, const exchange_options& options, steady_clock::time_point total, bool may_be_reused, turn_slot full) {
  const auto connect_until = steady_clock::now() + options.timeout.connect;
  const open_limits limits{std::min(connect_until, total), connect_until <= total ? errc::connect_timeout : errc::timeout_total, options.addresses, options.times};
  for (bool is_on_its_own = false;;) {
    way there;
    if (by.offers_http2) there.shared = multiplexed_.take(by.key());
    if (!there.shared && may_be_reused) there.own = pool_.take(by.key());
    there.reused = there.own != nullptr;
    if (there.shared || there.own) co_return std::move(there);
    if (is_on_its_own || !by.offers_http2 || !dials_.is_under_way(by.key())) break;
    const auto came = co_await dials_.outcome(by.key(), limits.until);
    if (!came) co_return fail(came.error().code == errc::cancelled ? errc::cancelled : limits.late, came.error().detail);
    is_on_its_own = *came == h2::dial_end::failed;
  }
  co_return co_await dial(target, by, options, limits, full);
}

asio::awaitable<result<response>> client::exchange(request r, const exchange_options& options, std::optional<steady_clock::time_point>* turn) {
  const auto target = url::parse(r.url);
  if (!target || !target->is_http() || !target->host) co_return fail(errc::url_invalid, "not an http URL");
  route by(*target, proxies_.choose(*target, steady_clock::now()));
  if (const auto allowed = connector_.check(by); !allowed) co_return std::unexpected(allowed.error());
  const auto total = steady_clock::now() + options.timeout.total;
  by.offers_http2 = http2_ && target->scheme == "https" && !multiplexed_.wants_http1(by.key());
  std::size_t refused = 0;  // proxies that wanted other credentials
  for (int asked = 0;; ++asked) {
    auto over = co_await find_way(*target, by, options, total, asked == 0, turn);
    if (!over) co_return std::unexpected(std::move(over.error()));
    if (const auto full = take_slot(over->slot, over->shared ? over->shared->peer() : over->own->peer(), by, options.addresses)) {
      if (!over->shared) pool_.give_back(by.key(), over->own);
      if (turn != nullptr) *turn = full;
      co_return fail(errc::cancelled);
    }
    attempt done{fail(errc::internal)};
    if (over->shared) {
      done = co_await talk_h2(std::move(over->shared), r, *target, by, options, total);
    } else {
      done = co_await talk(over->own, r, *target, by, options, total, over->reused);
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

struct client::hearing {
  const request& r;
  const url::url& target;
  const route& by;
  const exchange_options& options;
  steady_clock::time_point total;
  bool reused;
  const std::string& message;
  steady_clock::time_point begin = steady_clock::now();

  /// Nothing of an answer has come, and the connection has served before: it may have been closed as we wrote.
  bool is_stale(const connection& c) const { return reused && c.buffer.empty() && steady_clock::now() - begin < soon_enough; }
  bool is_stale(const connection& c, const error& why) const { return why.code == errc::connect_reset && is_stale(c); }
};

asio::awaitable<client::attempt> client::talk(const connection_ptr& c, const request& r, const url::url& target, const route& by, const exchange_options& options, steady_clock::time_point total, bool reused) {
  std::string message = write_request(r, target);
  if (by.is_absolute_form()) message = in_absolute_form(std::move(message), target, *by.via);
  const hearing as{r, target, by, options, total, reused, message};
  const auto first_byte = as.begin + options.timeout.first_byte;
  c->deadline(std::min(first_byte, total), first_byte <= total ? errc::timeout_first_byte : errc::timeout_total);
  attempt done{fail(errc::internal)};
  if (message.size() > most_at_once && !r.body.empty()) {
    done = co_await talk_both_ways(c, as);
  } else {
    const auto sent = co_await c->write(message);
    const bool may_have_answered = sent || (!reused && sent.error().code == errc::connect_reset);  // a fresh one: it did so unasked, and closed
    if (!may_have_answered) co_return attempt{std::unexpected(sent.error()), as.is_stale(*c, sent.error())};
    done = co_await hear(c, as);
    done.may_be_kept = done.may_be_kept && sent;
  }
  if (done.may_be_kept) pool_.give_back(by.key(), c);
  co_return done;
}

namespace {

/// The answer ends the sending. The end of the sending, be it a failure, ends nothing: the answer may be on its way.
struct when_answered {
  template <class Answer>
  asio::cancellation_type operator()(const std::exception_ptr&, const Answer&) const noexcept { return asio::cancellation_type::all; }
  asio::cancellation_type operator()(const std::exception_ptr&, const result<void>&) const noexcept { return asio::cancellation_type::none; }
};

}  // namespace

asio::awaitable<client::attempt> client::talk_both_ways(const connection_ptr& c, const hearing& as) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, c->write(as.message), asio::deferred), asio::co_spawn(executor, hear(c, as), asio::deferred));
  auto [order, not_sent, sent, not_heard, heard] = co_await both.async_wait(when_answered(), asio::use_awaitable);
  if (not_heard) std::rethrow_exception(not_heard);
  heard.may_be_kept = heard.may_be_kept && !not_sent && sent;
  co_return std::move(heard);
}

asio::awaitable<client::attempt> client::hear(const connection_ptr& c, const hearing& as) {
  const exchange_options& options = as.options;
  std::optional<response_head> head;
  std::size_t head_size = 0;
  while (!head) {
    const auto got = co_await c->read(c->buffer);
    if (!got) co_return attempt{std::unexpected(got.error()), as.is_stale(*c, got.error())};
    if (*got == 0) co_return attempt{fail(errc::connect_reset, "closed before a response"), as.is_stale(*c)};
    const bool may_be_garbage = c->buffer.size() - *got < enough_to_tell;
    if (!may_be_garbage && c->buffer.size() <= options.max_header && !has_empty_line(c->buffer, c->buffer.size() - *got)) continue;
    auto read = read_head(c->buffer, as.r.method, options.max_header, head_size);
    // What a kept connection says first may be the rest of the answer before, come late: this request is owed one of its own.
    if (!read) co_return attempt{std::unexpected(read.error()), as.reused && read.error().code == errc::http_malformed};
    if (*read) head = std::move(*read);
  }
  if (as.by.is_absolute_form() && head->status == 407) co_return attempt{fail(errc::proxy_auth, "the proxy answered 407")};
  response out;
  out.latency = steady_clock::now() - as.begin;
  out.status = head->status;
  out.http_version = head->minor == 0 ? "1.0" : "1.1";
  if (as.by.via == nullptr) out.ip = c->peer();  // else it is the proxy's
  out.tls_verified = as.target.scheme != "https" || connector_.verifies();
  out.final_url = as.r.url;
  c->deadline(as.total, errc::timeout_total);
  if (options.min_rate > 0) c->least_rate(options.min_rate, options.rate_window);
  const body_limits limits{options.max_body, options.max_header - std::min(head_size, options.max_header), options.content_types, as.total};
  const auto reusable = co_await read_body(*c, *head, head_size, limits, async::growing_lease(options.memory, as.r.memory, options.max_body, options.timeout.total), out);
  if (!reusable) co_return attempt{std::unexpected(reusable.error())};
  if (const auto promised = keep_alive_timeout(head->headers)) c->may_idle = *promised;
  out.headers = std::move(head->headers);
  attempt done{std::move(out)};
  done.may_be_kept = *reusable;
  co_return done;
}

}  // namespace trawl::net
