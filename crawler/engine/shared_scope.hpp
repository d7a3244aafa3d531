// The scope of a job that runs on several shards: each has its own, and what joins one joins all.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crawler/policy/scope.hpp"

namespace trawl::engine {

/// What has joined the scope so far, in order. Any thread.
class scope_board {
 public:
  void add(const url::url& target);
  /// Joins to `own` what came since `read`, and moves `read` on. Free when nothing did.
  void catch_up(policy::scope& own, std::size_t& read) const;

 private:
  mutable std::mutex mutex_;
  std::vector<url::url> joined_;
  std::atomic<std::size_t> size_{0};
};

/// Hosts and ports that somebody named. Any thread.
class host_list {
 public:
  void add(const std::string& host, std::uint16_t port);
  bool contains(const std::string& host, std::uint16_t port) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::pair<std::string, std::uint16_t>> hosts_;
};

/// One shard's view; its thread only.
class shared_scope {
 public:
  shared_scope(const config::scope& settings, scope_board& board) : own_(settings), board_(board) {}
  /// As policy::scope::admits.
  policy::scope::verdict admits(const url::url& target, std::uint32_t depth, bool is_seed);
  void join(const url::url& target);

 private:
  void tell(std::size_t before, const url::url& target);
  policy::scope own_;
  scope_board& board_;
  std::size_t read_ = 0;
};

}  // namespace trawl::engine
