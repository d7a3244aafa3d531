// How many requests may be in flight to one numeric address, of all jobs and shards of the process together.
//
// Nobody sleeps here: who finds an address full gets a place in its line and a turn, and comes again then. A free slot belongs to the first
// of the line, so that a host which always has something to ask can't keep the others out; a place is lost when its turn is missed.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace trawl::async {

/// Any thread. Outlives its permits. Knows an address only while something is in flight to it, or waits for it.
class address_slots {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// One request in flight; ends with the object. Empty: none.
  class permit {
   public:
    permit() = default;
    permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)), address_(std::move(other.address_)), since_(other.since_) {}
    permit& operator=(permit&& other) noexcept;
    ~permit() { give_back(); }
    void give_back() noexcept;
    /// Is it one of this address?
    bool is_for(std::string_view address) const noexcept { return of_ != nullptr && address_ == address; }

   private:
    friend class address_slots;
    permit(address_slots& of, std::string address, time_point since) : of_(&of), address_(std::move(address)), since_(since) {}
    address_slots* of_ = nullptr;
    std::string address_;
    time_point since_{};
  };

  address_slots() = default;
  address_slots(const address_slots&) = delete;
  address_slots& operator=(const address_slots&) = delete;

  /// A permit, or when to come again. `who` names the place in the line: a host, whose requests may take its place one for the other.
  /// `limit` is at least 1; of several that ask at the same time for one address the smallest holds for all.
  std::expected<permit, time_point> take(const std::string& address, std::string_view who, std::uint32_t limit, time_point now);

  /// Addresses that are known now.
  std::size_t size() const;

 private:
  struct place {
    std::string who;
    time_point due;
  };
  struct line {
    std::uint32_t in_flight = 0, limit = 0;
    std::deque<place> places;
    duration mean = std::chrono::milliseconds(100);  ///< time that a request takes
  };
  void end(const std::string& address, duration took) noexcept;
  void sweep(time_point now);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, line> lines_;  ///< under mutex_
  std::size_t sweep_at_ = 1024;                  ///< under mutex_
};

}  // namespace trawl::async
