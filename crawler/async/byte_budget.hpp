// The memory that bodies in flight may take: one budget a process, an account in it for each job. Who finds it used up waits, in order.
//
// A lease grows as its body does. It gets more at once where both its account and the budget have room and nobody waits; else it waits:
// those with a part of their body first, then those that have not begun; first come, first served, in each of the two. Half-read bodies
// that wait for each other would wait for ever, so each account has one favoured lease: the first with a part of its body that finds no
// room while there is none, or, where the account has nothing out, the first that has not begun. It never waits, whatever it takes,
// until it is given back; then the next in line is favoured. So something always goes on, and what is taken of an account is at most its
// limit and one body; of the budget, its limit and one body for each account.
#pragma once
#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "crawler/model/byte_lease.hpp"
#include "crawler/model/error.hpp"

namespace trawl::async {

namespace asio = boost::asio;

class byte_account;

/// What an exchange takes before it begins: enough for most pages, so that they are counted once.
inline constexpr std::uint64_t smallest_lease = 64U << 10;

/// Any thread. Outlives its accounts.
class byte_budget {
 public:
  explicit byte_budget(std::uint64_t limit) : limit_(limit) {}
  byte_budget(const byte_budget&) = delete;
  byte_budget& operator=(const byte_budget&) = delete;

  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_; }
  /// Leases that wait for more, in all accounts.
  std::size_t waiting() const noexcept { return waiting_; }

 private:
  friend class byte_account;
  void serve();

  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::size_t> waiting_{0};
  std::mutex mutex_;                     ///< of all that waits and is favoured; leases that need not wait pass it by
  std::vector<byte_account*> accounts_;  ///< under mutex_
  std::size_t first_ = 0;                ///< which account is served first, in turns; under mutex_
};

/// One job's share. Any thread. Outlives its leases.
class byte_account final : public byte_lender {
 public:
  /// At most `limit` of the budget; the budget's own where that is less.
  byte_account(byte_budget& of, std::uint64_t limit);
  ~byte_account();
  byte_account(const byte_account&) = delete;
  byte_account& operator=(const byte_account&) = delete;

  /// Adds so many bytes to the lease if it need not wait for them.
  bool try_take(byte_lease& into, std::uint64_t bytes) noexcept;
  /// Adds so many bytes to the lease, which outlives the call, waiting for them until `until`.
  /// errors  timeout_total after `until`; cancelled. The lease is as it was then
  /// cancel  terminal; the account is as before
  asio::awaitable<result<void>> take(byte_lease& into, std::uint64_t bytes, std::chrono::steady_clock::time_point until);

  void give_back(std::uint64_t bytes, bool favoured) noexcept override;
  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_; }
  std::size_t waiting() const noexcept { return waiting_; }
  /// How often a lease has had to wait so far.
  std::uint64_t waits() const noexcept { return waits_; }

 private:
  friend class byte_budget;
  struct waiter;
  class place;
  using waiter_ptr = std::shared_ptr<waiter>;  ///< shared by the coroutine that waits and whoever wakes it on another thread

  bool has_room(std::uint64_t bytes) noexcept;
  void count(std::uint64_t bytes) noexcept;
  void uncount(std::uint64_t bytes) noexcept;
  void enter(const waiter_ptr& w);
  void leave(const waiter_ptr& w) noexcept;
  bool serve_one();
  void grant(const waiter_ptr& w, bool favoured);

  byte_budget& budget_;
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0}, waits_{0};
  std::atomic<std::size_t> waiting_{0};
  std::array<std::deque<waiter_ptr>, 2> lines_;  ///< those with a part of their body, then those without; under the budget's mutex
  bool has_favoured_ = false;                    ///< under the budget's mutex
};

}  // namespace trawl::async
