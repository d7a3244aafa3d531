// A lease that grows in steps with what it counts, such as a body that is being read.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>

#include "crawler/async/byte_budget.hpp"

namespace trawl::async {

/// How long a body may get before more memory has to be taken for it, and the taking. One thread. Account and lease outlive it.
class growing_lease {
 public:
  /// No room is counted where there is no account or no lease. The lease grows to little more than `largest`; `longest_wait` bounds all
  /// waits together.
  growing_lease(byte_account* account, byte_lease* lease, std::uint64_t largest, std::chrono::steady_clock::duration longest_wait)
      : account_(lease == nullptr ? nullptr : account), lease_(lease), largest_(largest), patience_(longest_wait) {}

  /// Bytes that there may be now.
  std::size_t size() const noexcept;
  /// More room, if it need not be waited for.
  bool try_grow() noexcept;
  /// More room. A wait is no time of whom the bytes come from: the caller stops its clocks meanwhile.
  /// errors  timeout_total: the waits were longer in all than they may be; cancelled
  /// cancel  terminal
  asio::awaitable<result<void>> grow();
  /// How long the waits were so far.
  std::chrono::steady_clock::duration waited() const noexcept { return waited_; }

 private:
  std::uint64_t next_step() const noexcept;

  byte_account* account_;
  byte_lease* lease_;
  std::uint64_t largest_;
  std::chrono::steady_clock::duration patience_, waited_{};
};

}  // namespace trawl::async
