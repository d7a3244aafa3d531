// The gates of all hosts a shard owns, and what their robots.txt say.
#pragma once
#include <string>
#include <unordered_map>

#include "crawler/frontier/host_gate.hpp"

namespace trawl::frontier {

/// Owner shard's thread only. References stay valid as long as the table.
class host_gates {
 public:
  /// The gate of a politeness key (name and port); made open when it is new.
  host_gate& gate(const std::string& host);
  /// What is known of an origin's robots.txt; `unknown` when it is new.
  origin_robots& robots(const std::string& origin);
  bool contains(const std::string& host) const { return gates_.contains(host); }
  std::size_t size() const noexcept { return gates_.size(); }

 private:
  std::unordered_map<std::string, host_gate> gates_;
  std::unordered_map<std::string, origin_robots> robots_;
};

}  // namespace trawl::frontier
