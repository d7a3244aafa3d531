// The HTTP client of one job on one shard: exchanges over pooled connections. One request, one response; no redirects, no retries.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/job.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/connection.hpp"
#include "crawler/net/egress.hpp"
#include "crawler/net/http1.hpp"
#include "crawler/net/resolver.hpp"
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

  /// Sends the request and reads the answer. A kept connection that turns out to be dead is replaced once, unseen.
  asio::awaitable<result<response>> exchange(request r, const exchange_options& options);
  void close_idle();

 private:
  using connection_ptr = std::shared_ptr<connection>;
  struct attempt {
    result<response> answer;
    bool stale = false;  ///< a reused connection ended before any byte of the answer, or said what is none
  };
  connection_ptr take_idle(const std::string& origin);
  void give_back(const std::string& origin, connection_ptr c);
  asio::awaitable<result<connection_ptr>> open(const url::url& target, const exchange_options& options, std::chrono::steady_clock::time_point total);
  asio::awaitable<result<void>> connect(connection& c, asio::ip::tcp::endpoint to, std::chrono::steady_clock::time_point until);
  void sweep();
  asio::awaitable<attempt> talk(const connection_ptr& c, const request& r, const url::url& target, const exchange_options& options,
                                std::chrono::steady_clock::time_point total, bool reused);

  asio::io_context& context_;
  resolver resolver_;
  egress_policy egress_;
  bool verify_;
  asio::ssl::context tls_;
  std::unordered_map<std::string, std::vector<connection_ptr>> idle_;
  std::size_t idle_count_ = 0;
};

}  // namespace trawl::net
