// Connections that wait for their next exchange, by route: where they lead, and through which proxy. Bounded; hands out no connection that
// is too old, was idle for too long, or on which something has happened since.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "crawler/net/connection.hpp"

namespace trawl::net {

/// How long and how many connections are kept. Servers close idle ones after about a minute; RFC 9112, 9.5 leaves it to each side.
struct pool_limits {
  std::chrono::steady_clock::duration idle = std::chrono::seconds(60);  ///< longest time without an exchange
  std::chrono::steady_clock::duration age = std::chrono::minutes(5);    ///< longest life: after it the name is asked for anew
  std::uint32_t exchanges = 1000;                                       ///< on one connection
  std::size_t connections = 512;                                        ///< idle ones in all
};

/// Owner shard's thread only.
class connection_pool {
 public:
  explicit connection_pool(pool_limits limits = {}) : limits_(limits) {}

  /// The connection of this route that was used last and is still good; null if there is none.
  connection_ptr take(const std::string& route);
  /// Keeps a connection after a whole exchange, unless it has served long enough. Its deadline is lifted.
  void give_back(const std::string& route, connection_ptr c);
  void close_idle();
  std::size_t size() const noexcept { return count_; }

 private:
  void sweep();

  pool_limits limits_;
  std::unordered_map<std::string, std::vector<connection_ptr>> idle_;
  std::size_t count_ = 0;
};

}  // namespace trawl::net
