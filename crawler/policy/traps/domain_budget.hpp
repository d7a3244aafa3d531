// What links may bring in of one registrable domain: a name server that has an address for every name makes a site of endless hosts, each of
// them new and harmless by itself.
#pragma once
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "crawler/url/url.hpp"

namespace trawl::policy {

/// Of one registrable domain (public suffix list), in one job.
struct domain_limits {
  std::uint32_t hosts = 1000;       ///< a host is a name and port
  std::uint64_t urls = 200'000;     ///< of all these hosts together
};

/// Of one job. Any thread. Hosts that seeds name are exempt and are not counted; nor are URLs of theirs. Memory goes with the hosts.
class domain_budget {
 public:
  explicit domain_budget(domain_limits limits = {}) noexcept : limits_(limits) {}
  domain_budget(const domain_budget&) = delete;
  domain_budget& operator=(const domain_budget&) = delete;

  enum class verdict : std::uint8_t {
    admitted,  ///< its host is known, or counted from now on
    refused,   ///< the domain has what it may have
    first,     ///< refused, as the first of its domain: worth saying
  };
  /// Of the URL of a link.
  verdict admits(const url::url& target);
  /// A seed names this host, now or after links did.
  void exempt(std::string_view host_port);
  /// A URL that a link has named is new to the job. `host_port` has been admitted.
  void count(std::string_view host_port);
  /// A host that an earlier run knows, with so many URLs that links have named.
  void resume(const url::url& host, std::uint64_t urls);
  /// Would a link there be refused? Counts nothing.
  bool is_over(const url::url& target) const;

 private:
  struct host_entry {
    std::uint64_t domain = 0, urls = 0;
    bool is_exempt = false;
  };
  struct domain_entry {
    std::uint64_t urls = 0;
    std::uint32_t hosts = 0;
    bool is_told = false;
  };
  bool is_full(const domain_entry& d, bool for_new_host) const noexcept { return d.urls >= limits_.urls || (for_new_host && d.hosts >= limits_.hosts); }

  const domain_limits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, host_entry> hosts_;      ///< by the hash of name and port; under mutex_
  std::unordered_map<std::uint64_t, domain_entry> domains_;  ///< by the hash of the domain; under mutex_
};

}  // namespace trawl::policy
