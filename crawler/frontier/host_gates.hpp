// The gates of all hosts a shard owns, and what their robots.txt say.
#pragma once
#include <string>
#include <unordered_map>

#include "crawler/frontier/host_gate.hpp"

namespace trawl::frontier {

/// Owner shard's thread only. References stay valid as long as the table.
class host_gates {
 public:
  /// Memory that the rules of all robots.txt files may take, in bytes: a file's half a megabyte takes ten times as much when it is read.
  static constexpr std::size_t rules_budget = std::size_t{64} << 20;

  /// The gate of a politeness key (name and port); made open when it is new.
  host_gate& gate(const std::string& host);
  /// What is known of an origin's robots.txt; `unknown` when it is new.
  origin_robots& robots(const std::string& origin);
  /// Takes up what has become known. Beyond the budget the rules that were used longest ago are forgotten, and asked for again when they
  /// are needed.
  void keep(const std::string& origin, origin_robots found);
  /// A job has ended: its terms hold for no host any more.
  void leave(const void* job);
  bool contains(const std::string& host) const { return gates_.contains(host); }
  std::size_t size() const noexcept { return gates_.size(); }

 private:
  void forget_rules(const origin_robots& but);
  std::unordered_map<std::string, host_gate> gates_;
  std::unordered_map<std::string, origin_robots> robots_;
  std::size_t rules_memory_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace trawl::frontier
