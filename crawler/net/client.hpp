// The HTTP client of one job on one shard: exchanges over pooled connections. One request, one response; no redirects, no retries.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/async/byte_budget.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/connection_pool.hpp"
#include "crawler/net/connector.hpp"
#include "crawler/net/h2/multiplex_pool.hpp"
#include "crawler/net/h2/shared_dials.hpp"
#include "crawler/net/http1.hpp"
#include "crawler/net/proxy/proxy_list.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// What one exchange may cost and wants.
struct exchange_options {
  config::timeout timeout;
  std::size_t max_body = 16U << 20, max_header = 256U << 10;
  std::vector<std::string> content_types;  ///< globs; empty: every body is read
  std::uint64_t min_rate = 0;              ///< of an answer behind its head, bytes a second over `rate_window`; 0: none
  std::chrono::steady_clock::duration rate_window = std::chrono::seconds(30);
  phase_times* times = nullptr;            ///< where it is noted how long each phase took; outlives the client
  async::byte_account* memory = nullptr;   ///< what bodies are counted against, where the request brings a lease of it; outlives the client
  address_rule addresses = {};
};

/// Owner shard's thread only.
class client {
 public:
  /// Throws std::runtime_error where the settings can't be used: a CA file that can't be read, a proxy of the environment that is none.
  client(asio::io_context& context, const config::fetch& settings, egress_policy egress);
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Sends the request and reads the answer. A kept connection that turns out to be dead is replaced once, unnoticed. What an HTTP/2
  /// server has not looked at fails with error::unseen: asking again is for whoever keeps the host's pace. Where its address is full, nothing
  /// is sent, and `turn` (of the caller, or null) says when to ask again; the result means nothing then.
  asio::awaitable<result<response>> exchange(request r, const exchange_options& options, std::optional<std::chrono::steady_clock::time_point>* turn = nullptr);
  void close_idle();

 private:
  struct attempt {
    result<response> answer;
    bool stale = false;   ///< a reused connection ended before any byte of the answer, or said what is none
    bool unsent = false;  ///< nothing of the request was on the wire (HTTP/2)
    bool may_be_kept = false;  ///< the connection is ready for another request (HTTP/1.1)
  };
  /// Where it is put when an address that is full will have room, or nowhere.
  using turn_slot = std::optional<std::chrono::steady_clock::time_point>*;
  /// What an exchange goes over: one of the two.
  struct way {
    connection_ptr own;
    h2::multiplex_ptr shared;
    bool reused = false;  ///< `own` has served before
    async::address_slots::permit slot;  ///< where a new one took it
  };
  /// What an HTTP/1.1 exchange hears its answer by.
  struct hearing;
  /// A way that is there, or that somebody is about to open, or a new one. `by` is set to the route.
  asio::awaitable<result<way>> find_way(const url::url& target, route& by, const exchange_options& options, std::chrono::steady_clock::time_point total, bool may_be_reused, turn_slot full);
  /// A new way, which others may wait for.
  asio::awaitable<result<way>> dial(const url::url& target, route& by, const exchange_options& options, open_limits limits, turn_slot full);
  /// A new connection, through the next proxy in turn where there are any; one that can't be used is passed over. `by` is set to the route.
  asio::awaitable<opened> open(const url::url& target, route& by, open_limits limits);
  asio::awaitable<attempt> talk(const connection_ptr& c, const request& r, const url::url& target, const route& by, const exchange_options& options,
                                std::chrono::steady_clock::time_point total, bool reused);
  /// Sends and hears at the same time: a server may answer, and close, before it has read all (RFC 9112, 9.5 and 9.6).
  asio::awaitable<attempt> talk_both_ways(const connection_ptr& c, const hearing& as);
  asio::awaitable<attempt> hear(const connection_ptr& c, const hearing& as);
  /// The same over a connection that others use at the same time. `by` offers no HTTP/2 any more where the server wants HTTP/1.1.
  asio::awaitable<attempt> talk_h2(h2::multiplex_ptr over, const request& r, const url::url& target, route& by, const exchange_options& options,
                                   std::chrono::steady_clock::time_point total);

  proxy_list proxies_;
  connection_pool pool_;
  h2::multiplex_pool multiplexed_;
  h2::shared_dials dials_;
  asio::io_context& context_;
  bool http2_;
  connector connector_;
};

}  // namespace trawl::net
