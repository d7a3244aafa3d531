// Opens connections: the name resolved, the address checked by the egress rule, TCP to exactly that address, a proxy asked and TLS spoken
// where the route wants it. The one place from which anything is connected to.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/async/address_slots.hpp"
#include "crawler/model/latency_histogram.hpp"
#include "crawler/net/connection.hpp"
#include "crawler/net/dns/resolver.hpp"
#include "crawler/net/egress.hpp"
#include "crawler/net/happy_eyeballs.hpp"
#include "crawler/net/proxy/proxy_server.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// Where a request goes, and through whom.
struct route {
  std::string scheme, host;
  std::uint16_t port = 0;
  const proxy_server* via = nullptr;  ///< null: straight; outlives the route
  bool offers_http2 = false;          ///< to the target, by ALPN

  route(const url::url& target, const proxy_server* proxy) : scheme(target.scheme), host(*target.host), port(target.effective_port()), via(proxy) {}
  /// The proxy itself fetches (absolute-form); else it only passes bytes on.
  bool is_absolute_form() const noexcept { return via != nullptr && via->speaks != proxy_kind::socks5 && scheme == "http"; }
  /// What connections and TLS sessions may be shared by: the origin and the proxy, or the proxy alone where it fetches.
  std::string key() const;
};

/// politeness.per_ip. Through a proxy it does not apply: the address that is asked then is not known.
struct address_rule {
  async::address_slots* slots = nullptr;  ///< outlives the exchange
  std::uint32_t limit = 0;                ///< requests in flight to one address; 0: none, and nothing is counted
  bool applies_to(const route& by) const noexcept { return slots != nullptr && limit > 0 && by.via == nullptr; }
};

/// By when. The later code is that of the deadline that comes first.
struct open_limits {
  std::chrono::steady_clock::time_point until;
  errc late = errc::connect_timeout;
  address_rule addresses = {};
  phase_times* times = nullptr;  ///< where it is noted how long each step took; null: nowhere
};

/// What came of it.
struct opened {
  result<connection_ptr> connection;
  bool proxy_failed = false;  ///< the proxy itself could not be used; another may do
  async::address_slots::permit slot = {};  ///< of the address it leads to, where the limits ask for it
  std::optional<std::chrono::steady_clock::time_point> turn = {};  ///< instead of a connection: all addresses are full until then
};

/// Owner shard's thread only.
class connector {
 public:
  /// `out_of_descriptors` is called when none is free: it closes what can be spared. Throws std::runtime_error where the TLS settings
  /// can't be used (a CA file that can't be read). `name_servers`: "address:port,…"; empty: the system's.
  connector(asio::io_context& context, const config::fetch& settings, egress_policy egress, std::function<void()> out_of_descriptors, const std::string& name_servers = "");

  /// A connection ready for a request; its deadline is still that of the opening. Says by ALPN what is spoken on it.
  /// errors  dns.*, connect.*, tls.*, proxy.*, and limits.late
  asio::awaitable<opened> open(route to, open_limits limits);
  /// What can be said of a route before anything is connected to: fails on ports that are not for web pages, and on what a proxy would be
  /// asked for that is no public address by its text. Also to be asked where a kept connection is used, which a proxy's may be for any host.
  result<void> check(const route& to) const;
  /// Whether certificates are checked.
  bool verifies() const noexcept { return tls_.verifies(); }

 private:
  /// A name's addresses with a port, those that may be connected to, in the order to try them.
  asio::awaitable<result<std::vector<asio::ip::tcp::endpoint>>> endpoints(std::string host, std::uint16_t port, const proxy_server* proxy, open_limits limits);
  asio::awaitable<result<asio::ip::tcp::socket>> connect(std::vector<asio::ip::tcp::endpoint> to, open_limits limits);
  asio::awaitable<opened> speak(connection_ptr c, const route& to, phase_times* times);

  asio::io_context& context_;
  resolver resolver_;
  egress_policy egress_;
  tls_context tls_;
  family_memory families_;
  std::function<void()> out_of_descriptors_;
};

}  // namespace trawl::net
