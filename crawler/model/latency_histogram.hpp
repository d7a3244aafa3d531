// How long things took, as Prometheus takes it: counts in fixed buckets that double, and a sum. One thread adds, any may look, and
// nobody waits: adding is a few plain instructions.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace trawl {

class latency_histogram {
 public:
  static constexpr std::chrono::microseconds smallest{250};  ///< upper bound of the first bucket; each next one's is twice that before
  static constexpr std::size_t buckets = 19;                 ///< the last ends at 65.536 s; what took longer is counted, and in none of them

  /// A copy that can be added to others.
  struct numbers {
    std::array<std::uint64_t, buckets> in_bucket{};
    std::uint64_t count = 0;
    std::chrono::nanoseconds sum{};
    numbers& operator+=(const numbers& more) noexcept {
      for (std::size_t i = 0; i < buckets; ++i) in_bucket[i] += more.in_bucket[i];
      count += more.count;
      sum += more.sum;
      return *this;
    }
  };

  static constexpr std::chrono::microseconds upper_bound(std::size_t bucket) noexcept { return smallest * (std::int64_t{1} << bucket); }

  /// By the one thread that adds. A negative time counts as none.
  void add(std::chrono::steady_clock::duration took) noexcept {
    const auto time = std::max(std::chrono::duration_cast<std::chrono::nanoseconds>(took), std::chrono::nanoseconds(0));
    const std::uint64_t steps = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(time).count() + smallest.count() - 1) / static_cast<std::uint64_t>(smallest.count());
    const auto bucket = static_cast<std::size_t>(steps < 2 ? 0 : std::bit_width(steps - 1));
    if (bucket < buckets) more(in_bucket_[bucket], 1);
    more(sum_, static_cast<std::uint64_t>(time.count()));
    more(count_, 1);
  }

  /// Any thread. Of what is being added meanwhile a part may be seen.
  numbers now() const noexcept {
    numbers out;
    for (std::size_t i = 0; i < buckets; ++i) out.in_bucket[i] = in_bucket_[i].load(std::memory_order_relaxed);
    out.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
    out.count = count_.load(std::memory_order_relaxed);
    return out;
  }

 private:
  using number = std::atomic<std::uint64_t>;
  /// No read-modify-write is needed where one thread writes.
  static void more(number& n, std::uint64_t by) noexcept { n.store(n.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }

  std::array<number, buckets> in_bucket_{};
  number count_{0}, sum_{0};
};

/// The parts of an exchange.
enum class phase : std::uint8_t {
  dns,         ///< a name's addresses, where no connection was there already
  connect,     ///< TCP, all addresses that were tried
  tls,         ///< each handshake, that with a proxy too
  first_byte,  ///< request sent to head received
  total,       ///< all of it, where an answer came
};

/// How long the phases of a shard's exchanges took. Its thread adds.
struct phase_times {
  static constexpr std::size_t count = 5;
  std::array<latency_histogram, count> of;
  latency_histogram& operator[](phase p) noexcept { return of[static_cast<std::size_t>(p)]; }
};

/// Adds the time from its construction to its end; to null, nothing.
class phase_timer {
 public:
  phase_timer(phase_times* times, phase p) noexcept : times_(times), phase_(p) {}
  ~phase_timer() {
    if (times_ != nullptr) (*times_)[phase_].add(std::chrono::steady_clock::now() - begin_);
  }
  phase_timer(const phase_timer&) = delete;
  phase_timer& operator=(const phase_timer&) = delete;

 private:
  phase_times* times_;
  phase phase_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace trawl
