// What name servers have said, for as long as it holds. Pure: the time is given.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crawler/model/error.hpp"

namespace trawl::net {

namespace asio = boost::asio;
using addresses = std::vector<asio::ip::address>;

/// Addresses are kept by their TTL, but at least a minute, so that a name that changes with each answer (DNS rebinding) stays where it was
/// checked, and at most an hour. That there is none is kept a minute. Failures of servers are not for here: they may pass.
inline constexpr std::chrono::seconds shortest_kept{60}, longest_kept{3600}, none_kept{60};

/// Bounded: a full cache forgets what has passed, and if that is nothing, the half that ends first. One thread.
class name_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  explicit name_cache(std::size_t most = 50'000) : most_(most) {}

  /// Null where nothing is known, or no longer. Valid until the next `put`.
  const result<addresses>* find(const std::string& name, time_point now) const;
  void put(const std::string& name, addresses found, std::chrono::seconds ttl, time_point now);
  /// The name does not exist, or has no address.
  void put_none(const std::string& name, error why, time_point now);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    result<addresses> answer;
    time_point expires;
  };
  void keep(const std::string& name, entry e, time_point now);
  std::size_t most_;
  std::unordered_map<std::string, entry> entries_;
};

}  // namespace trawl::net
