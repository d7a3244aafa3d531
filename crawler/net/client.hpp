// The HTTP client of one job on one shard: exchanges over pooled connections. One request, one response; no redirects, no retries.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/connection_pool.hpp"
#include "crawler/net/connector.hpp"
#include "crawler/net/http1.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// What one exchange may cost and wants.
struct exchange_options {
  config::timeout timeout;
  std::size_t max_body = 16U << 20, max_header = 256U << 10;
  std::vector<std::string> content_types;  ///< globs; empty: every body is read
};

/// Owner shard's thread only.
class client {
 public:
  /// Throws std::runtime_error where the TLS settings can't be used (a CA file that can't be read).
  client(asio::io_context& context, const config::fetch& settings, egress_policy egress);
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Sends the request and reads the answer. A kept connection that turns out to be dead is replaced once, unseen.
  asio::awaitable<result<response>> exchange(request r, const exchange_options& options);
  void close_idle();

 private:
  struct attempt {
    result<response> answer;
    bool stale = false;  ///< a reused connection ended before any byte of the answer
  };
  asio::awaitable<attempt> talk(const connection_ptr& c, const request& r, const url::url& target, const exchange_options& options,
                                std::chrono::steady_clock::time_point total, bool reused);
  asio::awaitable<result<bool>> read_body(connection& c, const response_head& head, std::size_t trailer_room, const exchange_options& options, response& out);

  connection_pool pool_;
  connector connector_;
};

}  // namespace trawl::net
