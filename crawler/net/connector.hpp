// Opens connections: the name resolved, the address checked by the egress rule, TCP to exactly that address, TLS where the scheme wants it.
// The one place from which anything is connected to.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>

#include "config/job.hpp"
#include "crawler/net/connection_pool.hpp"
#include "crawler/net/egress.hpp"
#include "crawler/net/resolver.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// Owner shard's thread only.
class connector {
 public:
  /// `out_of_descriptors` is called when none is free: it closes what can be spared. Throws std::runtime_error where the TLS settings
  /// can't be used (a CA file that can't be read).
  connector(asio::io_context& context, const config::fetch& settings, egress_policy egress, std::function<void()> out_of_descriptors);

  /// A connection to the target's origin, ready for a request, within `limit` and before `total`, whichever is first.
  asio::awaitable<result<connection_ptr>> open(const url::url& target, std::chrono::steady_clock::duration limit, std::chrono::steady_clock::time_point total);
  /// Whether certificates are checked.
  bool verifies() const noexcept { return verify_; }

 private:
  asio::awaitable<result<void>> connect(connection& c, asio::ip::tcp::endpoint to, std::chrono::steady_clock::time_point until);

  asio::io_context& context_;
  resolver resolver_;
  egress_policy egress_;
  bool verify_;
  asio::ssl::context tls_;
  std::function<void()> out_of_descriptors_;
};

}  // namespace trawl::net
