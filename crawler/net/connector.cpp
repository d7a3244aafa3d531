#include "crawler/net/connector.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "crawler/net/proxy/tunnel.hpp"

namespace trawl::net {

using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

constexpr auto descriptor_poll = std::chrono::milliseconds(50);
const std::string http1_only("\x08http/1.1", 9), http2_or_1("\x02h2\x08http/1.1", 12);

error blocked() { return {errc::connect_blocked_address, "not a globally reachable address"}; }

/// What a page's own address would be called is the proxy's trouble here, and named so. A deadline keeps its code.
error proxy_trouble(const proxy_server& proxy, error why) {
  switch (why.code) {
    case errc::cancelled: case errc::timeout_total: case errc::proxy_refused: case errc::proxy_auth: case errc::internal: return why;
    default: break;
  }
  const bool keeps_code = why.code == errc::connect_timeout || why.code == errc::connect_blocked_address;
  return {keeps_code ? why.code : errc::proxy_refused, "the proxy " + proxy.name() + " can't be used: " + (why.detail.empty() ? std::string(to_string(why.code)) : why.detail)};
}

/// Of what goes wrong in a tunnel, only the proxy's own trouble makes another proxy worth a try: not that it can't reach the target.
bool is_own_trouble(const error& e) noexcept { return e.code == errc::proxy_auth || e.code == errc::connect_reset; }

/// Of each address that is tried a permit, until one of them has won.
class address_permits {
 public:
  /// Leaves the endpoints that have room; where none has, it says when to come again.
  std::optional<steady_clock::time_point> take(std::vector<tcp::endpoint>& among, const address_rule& rule, const route& to) {
    const auto now = steady_clock::now();
    auto turn = steady_clock::time_point::max();
    std::vector<tcp::endpoint> free;
    const std::string who = to.key();
    for (const tcp::endpoint& e : among) {
      auto got = rule.slots->take(e.address().to_string(), who, rule.limit, now);
      if (!got) turn = std::min(turn, got.error());
      if (!got) continue;
      held_.push_back(std::move(*got));
      free.push_back(e);
    }
    among = std::move(free);
    return among.empty() ? std::optional(turn) : std::nullopt;
  }
  async::address_slots::permit of(std::string_view address) {
    const auto found = std::ranges::find_if(held_, [&](const auto& p) { return p.is_for(address); });
    return found == held_.end() ? async::address_slots::permit() : std::move(*found);
  }

 private:
  std::vector<async::address_slots::permit> held_;
};

}  // namespace

std::string route::key() const {
  if (is_absolute_form()) return "proxy " + via->id;
  std::string out = scheme + "://" + host + ":" + std::to_string(port);
  if (via != nullptr) out += " by " + via->id;
  return out;
}

connector::connector(asio::io_context& context, const config::fetch& settings, egress_policy egress, std::function<void()> out_of_descriptors, const std::string& name_servers)
    : context_(context), resolver_(context, {.fixed = settings.resolve, .servers = name_servers}), egress_(std::move(egress)), tls_(settings.tls), out_of_descriptors_(std::move(out_of_descriptors)) {}

/// A name that a proxy resolves can't be checked here; what stands there as an address, or is loopback by its name, can.
result<void> connector::check(const route& to) const {
  if (is_bad_port(to.port)) return fail(errc::connect_blocked_address, "port " + std::to_string(to.port) + " is not for web pages (Fetch Standard, 2.8)");
  if (to.via == nullptr) return {};
  const auto literal = literal_addresses(to.host);
  if (literal && std::ranges::none_of(*literal, [&](const asio::ip::address& a) { return egress_.allows(to.host, to.port, a); })) return std::unexpected(blocked());
  return {};
}

asio::awaitable<result<std::vector<tcp::endpoint>>> connector::endpoints(std::string host, std::uint16_t port, const proxy_server* proxy, open_limits limits) {
  if (proxy != nullptr && !proxy->by_operator && is_bad_port(port)) co_return fail(errc::connect_blocked_address, "no proxy is asked at port " + std::to_string(port));
  std::optional<phase_timer> timer(std::in_place, limits.times, phase::dns);
  const auto found = co_await resolver_.resolve(host, limits.until);
  timer.reset();
  if (!found) co_return std::unexpected(found.error());
  std::vector<tcp::endpoint> out;
  for (const asio::ip::address& address : in_turns(*found, families_.prefers_v4(steady_clock::now())))
    if ((proxy != nullptr && proxy->by_operator) || egress_.allows(host, port, address)) out.emplace_back(address, port);
  if (out.empty()) co_return std::unexpected(blocked());
  co_return out;
}

/// Out of file descriptors is our trouble and not the host's: idle connections are closed, and what is in flight is waited for.
asio::awaitable<result<tcp::socket>> connector::connect(std::vector<tcp::endpoint> to, open_limits limits) {
  const phase_timer timer(limits.times, phase::connect);
  for (;;) {
    auto socket = co_await connect_first(to, limits.until, limits.late);
    if (socket || socket.error().code != errc::internal || steady_clock::now() >= limits.until) co_return socket;
    out_of_descriptors_();
    asio::steady_timer pause(context_, descriptor_poll);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
  }
}

/// From a bare connection to one that is ready: TLS to the proxy, the tunnel, TLS to the target, each where there is one.
asio::awaitable<opened> connector::speak(connection_ptr c, const route& to, phase_times* times) {
  if (to.via != nullptr && to.via->speaks == proxy_kind::https) {
    const phase_timer timer(times, phase::tls);
    const auto secured = co_await c->secure(tls_, to.via->host, "proxy " + to.via->id, http1_only);
    if (!secured) co_return opened{std::unexpected(proxy_trouble(*to.via, secured.error())), true};
  }
  if (to.via != nullptr && !to.is_absolute_form()) {
    const auto through = co_await tunnel(*c, *to.via, to.host, to.port);
    if (!through) co_return opened{std::unexpected(proxy_trouble(*to.via, through.error())), is_own_trouble(through.error())};
  }
  if (to.scheme == "https") {
    const phase_timer timer(times, phase::tls);
    const auto secured = co_await c->secure(tls_, to.host, to.key(), to.offers_http2 ? http2_or_1 : http1_only);
    if (!secured) co_return opened{std::unexpected(secured.error())};
  }
  co_return opened{std::move(c)};
}

asio::awaitable<opened> connector::open(route to, open_limits limits) {
  if (const auto allowed = check(to); !allowed) co_return opened{std::unexpected(allowed.error())};
  const auto as_told = [&](error e) { return to.via == nullptr ? std::move(e) : proxy_trouble(*to.via, std::move(e)); };
  const std::string& host = to.via == nullptr ? to.host : to.via->host;
  auto left = co_await endpoints(host, to.via == nullptr ? to.port : to.via->port, to.via, limits);
  if (!left) co_return opened{std::unexpected(as_told(left.error())), to.via != nullptr};
  address_permits slots;
  if (limits.addresses.applies_to(to))
    if (const auto turn = slots.take(*left, limits.addresses, to)) co_return opened{.connection = fail(errc::cancelled), .turn = turn};
  for (;;) {
    auto socket = co_await connect(*left, limits);
    if (!socket) co_return opened{std::unexpected(as_told(socket.error())), to.via != nullptr};
    boost::system::error_code gone;
    const tcp::endpoint winner = socket->remote_endpoint(gone);
    if (!gone) families_.learn(*left, winner, steady_clock::now());
    auto c = std::make_shared<connection>(std::move(*socket));
    c->deadline(limits.until, limits.late);
    auto ready = co_await speak(std::move(c), to, limits.times);
    if (ready.connection) {
      ready.slot = slots.of(winner.address().to_string());
      co_return ready;
    }
    const errc why = ready.connection.error().code;
    const bool may_differ_elsewhere = to.via == nullptr && (why == errc::tls_handshake || why == errc::connect_reset);
    std::erase(*left, winner);
    if (!may_differ_elsewhere || left->empty() || steady_clock::now() >= limits.until) co_return ready;
  }
}

}  // namespace trawl::net
