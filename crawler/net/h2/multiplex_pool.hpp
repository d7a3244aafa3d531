// One HTTP/2 connection a route, and the routes that want HTTP/1.1.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "crawler/net/h2/multiplex.hpp"

namespace trawl::net::h2 {

using multiplex_ptr = std::shared_ptr<multiplex>;  ///< shared by the pool and the exchanges that run on it

/// Owner shard's thread only. Bounded. A connection that takes no more requests leaves the pool and closes when its last exchange has ended.
class multiplex_pool {
 public:
  explicit multiplex_pool(std::size_t most_connections = 512, std::size_t most_marks = 10'000) : most_(most_connections), most_marks_(most_marks) {}

  /// The route's connection; null if there is none that takes requests.
  multiplex_ptr take(const std::string& route);
  /// Keeps a fresh connection and returns the one to use: another that was opened at the same time, and came first, wins.
  multiplex_ptr keep(const std::string& route, multiplex_ptr fresh);
  /// The server wants HTTP/1.1 here: HTTP/2 is not offered again.
  void mark_http1(const std::string& route);
  bool wants_http1(const std::string& route) const { return http1_.contains(route); }
  /// Closes those on which nothing runs.
  void close_idle();
  std::size_t size() const noexcept { return kept_.size(); }

 private:
  void sweep();

  std::size_t most_, most_marks_;
  std::unordered_map<std::string, multiplex_ptr> kept_;
  std::unordered_set<std::string> http1_;
};

}  // namespace trawl::net::h2
