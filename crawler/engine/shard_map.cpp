#include "crawler/engine/shard_map.hpp"

#include <functional>

#include "crawler/url/domain.hpp"
#include "crawler/url/host.hpp"

namespace trawl::engine {
namespace {

constexpr std::size_t most_known = 50'000;

}  // namespace

std::uint32_t shard_map::of(const url::url& target, const std::string& host_port) {
  if (shards_ == 1) return 0;
  if (const auto it = known_.find(host_port); it != known_.end()) return it->second;
  const std::string& host = *target.host;
  const std::string_view domain = url::registrable_domain(host);
  const bool is_domain = domain != host || host.find('.') != std::string::npos;
  const std::string_view key = is_domain && !url::is_address(host) ? domain : std::string_view(host_port);
  if (known_.size() >= most_known) known_.clear();
  return known_[host_port] = static_cast<std::uint32_t>(std::hash<std::string_view>{}(key) % shards_);
}

std::optional<std::uint32_t> shard_map::of(const std::string& host_port) {
  if (const auto it = known_.find(host_port); it != known_.end()) return it->second;
  const auto target = url::parse("http://" + host_port + '/');
  return target && target->host ? std::optional(of(*target, host_port)) : std::nullopt;
}

}  // namespace trawl::engine
