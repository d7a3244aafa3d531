// The HTTP client of one job on one shard: exchanges over pooled connections. One request, one response; no redirects, no retries.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/async/byte_budget.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/connection_pool.hpp"
#include "crawler/net/connector.hpp"
#include "crawler/net/h2/multiplex_pool.hpp"
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
};

/// Owner shard's thread only.
class client {
 public:
  /// Throws std::runtime_error where the settings can't be used: a CA file that can't be read, a proxy of the environment that is none.
  client(asio::io_context& context, const config::fetch& settings, egress_policy egress);
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Sends the request and reads the answer. A kept connection that turns out to be dead is replaced once, unnoticed. What an HTTP/2
  /// server has not looked at fails with error::unseen: asking again is for whoever keeps the host's pace.
  asio::awaitable<result<response>> exchange(request r, const exchange_options& options);
  void close_idle();

 private:
  struct attempt {
    result<response> answer;
    bool stale = false;   ///< a reused connection ended before any byte of the answer, or said what is none
    bool unsent = false;  ///< nothing of the request was on the wire (HTTP/2)
  };
  /// A new connection, through the next proxy in turn where there are any; one that can't be used is passed over. `by` is set to the route.
  asio::awaitable<result<connection_ptr>> open(const url::url& target, route& by, const exchange_options& options, std::chrono::steady_clock::time_point total);
  asio::awaitable<attempt> talk(const connection_ptr& c, const request& r, const url::url& target, const route& by, const exchange_options& options,
                                std::chrono::steady_clock::time_point total, bool reused);
  /// The same over a connection that others use at the same time. `by` offers no HTTP/2 any more where the server wants HTTP/1.1.
  asio::awaitable<attempt> talk_h2(h2::multiplex_ptr over, const request& r, const url::url& target, route& by, const exchange_options& options,
                                   std::chrono::steady_clock::time_point total);

  proxy_list proxies_;
  connection_pool pool_;
  h2::multiplex_pool multiplexed_;
  asio::io_context& context_;
  bool http2_;
  connector connector_;
};

}  // namespace trawl::net
