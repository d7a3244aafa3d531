// How long a body may get before more memory has to be taken for it, and the taking: the lease that its request brings, of the job's account.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>

#include "crawler/async/byte_budget.hpp"

namespace trawl::net {

/// One body's. Owner shard's thread. Account and lease outlive it.
class body_room {
 public:
  /// No room is counted where there is no account or no lease. The lease grows to little more than `max_body`; `longest_wait` bounds all
  /// waits together.
  body_room(async::byte_account* account, byte_lease* lease, std::size_t max_body, std::chrono::steady_clock::duration longest_wait)
      : account_(lease == nullptr ? nullptr : account), lease_(lease), max_body_(max_body), patience_(longest_wait) {}

  /// Bytes that the body may have now.
  std::size_t size() const noexcept;
  /// More room, if it need not be waited for.
  bool try_grow() noexcept;
  /// More room. Waiting for it is no time of the server's, so whoever calls this stops its clocks meanwhile.
  /// errors  timeout_total: the waits of this body were longer than they may be; cancelled
  /// cancel  terminal
  boost::asio::awaitable<result<void>> grow();
  /// How long this body has waited.
  std::chrono::steady_clock::duration waited() const noexcept { return waited_; }

 private:
  std::uint64_t next_step() const noexcept;

  async::byte_account* account_;
  byte_lease* lease_;
  std::uint64_t max_body_;
  std::chrono::steady_clock::duration patience_, waited_{};
};

}  // namespace trawl::net
