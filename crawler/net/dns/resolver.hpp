// Names to addresses: as the job says, from the hosts file, from the cache, from DNS.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "crawler/net/dns/dns_client.hpp"
#include "crawler/net/dns/hosts_file.hpp"
#include "crawler/net/dns/name_cache.hpp"

namespace trawl::net {

/// Where names are looked up.
struct resolver_settings {
  std::map<std::string, std::string> fixed = {};  ///< name to address, as the job's `resolve`
  std::string servers = {};                       ///< "address:port,…"; empty: the system's
  std::string hosts_file = "/etc/hosts";          ///< read once
};

/// What a host, as a URL writes it, is without asking: an address, or loopback by its name (RFC 6761, 6.3).
std::optional<addresses> literal_addresses(std::string_view host);

/// One shard's thread only.
class resolver {
 public:
  /// Throws std::runtime_error where c-ares can't start.
  resolver(asio::io_context& context, resolver_settings settings);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Addresses of a host as a URL writes it, at least one. Questions for one name at the same time are one question; a slow name delays
  /// no other. An answer that lacks one family waits 50 ms for it (RFC 8305, 3).
  /// errors  dns.not_found, dns.failed, dns.timeout (also at `until`), cancelled
  asio::awaitable<result<addresses>> resolve(std::string host, std::chrono::steady_clock::time_point until);

 private:
  class lookup;
  std::shared_ptr<lookup> ask(const std::string& host);
  void settle(const std::string& host, lookup& l);

  asio::io_context& context_;
  std::unordered_map<std::string, addresses> fixed_;
  host_table hosts_;
  name_cache cache_;
  std::unordered_map<std::string, std::shared_ptr<lookup>> lookups_;  // shared: c-ares and waiters hold one at once
  dns_client servers_;  ///< its end drops the questions that refer to all of the above
};

}  // namespace trawl::net
