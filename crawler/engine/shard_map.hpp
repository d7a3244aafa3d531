// Which shard owns a host. One registrable domain lives in one shard, so that its cookies, `www` hops and budgets need no lock.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "crawler/url/url.hpp"

namespace trawl::engine {

/// One thread's copy; all give the same answers within a process.
class shard_map {
 public:
  explicit shard_map(std::size_t shards) : shards_(static_cast<std::uint32_t>(shards)) {}
  /// By the registrable domain; addresses and bare names by host and port. `host_port` is target.host_port().
  std::uint32_t of(const url::url& target, const std::string& host_port);
  /// nullopt where it is no host's name.
  std::optional<std::uint32_t> of(const std::string& host_port);

 private:
  std::uint32_t shards_;
  std::unordered_map<std::string, std::uint32_t> known_;  ///< bounded; looking the domain up costs more
};

}  // namespace trawl::engine
