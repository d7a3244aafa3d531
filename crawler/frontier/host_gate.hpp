// The politeness of one host, shared by all jobs of a shard: when the next request may start, how many may be in flight, and what
// holds it back. Pure state: time goes in, answers come out; the scheduler obeys.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crawler/policy/hosts/host_health.hpp"
#include "crawler/policy/robots.hpp"
#include "crawler/policy/throttle.hpp"

namespace trawl::frontier {

using clock = std::chrono::steady_clock;

/// What robots.txt of an origin is known to say.
enum class robots_state : std::uint8_t {
  unknown,      ///< not asked yet
  known,        ///< rules are there (also "allow all")
  unreachable,  ///< 5xx or no answer: nothing may be fetched
  blocked,      ///< its address may not be connected to, which is more than robots.txt could say
};

/// A job that waits for a host which other jobs ask too.
class turn_taker {
 public:
  /// Nobody else is before you: look when the host may be asked. `at`: as you have said in `line_up`.
  virtual void turn_came(std::size_t at) = 0;

 protected:
  ~turn_taker() = default;
};

/// One host's gate. Owner shard's thread only.
class host_gate {
 public:
  /// Takes up what a job asks for, again if it has before: of all jobs the longest delay and the smallest per_host (0: none) win.
  void join(clock::duration delay, std::uint32_t per_host, const void* job = nullptr);
  /// The job has ended: what it asked for holds no longer.
  void leave(const void* job);
  /// May a request start now? `at` otherwise says when to ask again (time_point::max: when one in flight ends).
  bool open(clock::time_point now) const noexcept;
  clock::time_point opens_at(clock::time_point now) const noexcept;
  /// The same for one of several jobs: each has its turn, in the order in which they lined up. Who does not come is passed over.
  clock::time_point opens_at(clock::time_point now, const turn_taker& who);
  /// The job has something to ask for which there is no turn now: it stands at the end of the line, or where it stands already.
  void line_up(turn_taker& who, std::size_t at);
  /// It has had its turn, or wants none any more.
  void step_out(const turn_taker& who) noexcept;
  /// Tells the first in line that it is the first, whenever that may be new.
  void offer(clock::time_point now);
  /// Whether more than one job asks the host; else nobody needs to line up.
  bool is_shared() const noexcept { return joined_.size() > 1; }
  /// When the clock alone lets a request start; permits are not asked (hops and robots.txt go out under their lease's permit).
  clock::time_point clock_opens_at() const noexcept { return std::max(next_, hold_until_); }
  /// Charges the clock: a request starts now. The one place where the delay is charged, hops and retries included.
  void charge(clock::time_point now) noexcept;
  /// Takes back what was charged at `at`, if nothing was charged since: no request was sent (it came from the cache).
  void refund(clock::time_point at) noexcept;
  /// A lease starts: charges the clock and takes a permit, which `finish` gives back.
  void start(clock::time_point now) noexcept;
  void finish() noexcept;
  /// For a request outside the scheduler that needs a permit of its own (a sitemap): while somebody wants one, the scheduler leaves the
  /// next that is free. `take` it as soon as `may_take`, or say `unwant`; either ends the want.
  void want() noexcept { ++wanted_; }
  void unwant() noexcept { --wanted_; }
  bool may_take() const noexcept { return in_flight_ < most_in_flight(); }
  void take() noexcept { --wanted_, ++in_flight_; }
  /// The clock's next free moment, which is charged at once: whoever sleeps until then is not overtaken by the scheduler.
  clock::time_point reserve(clock::time_point now) noexcept;
  /// An answer's latency, or a failure's; feeds the adaptive throttle where it is on.
  void observe(clock::duration latency, policy::health health) noexcept;
  /// What policy::host_health is to know: an answer that came (`refuses`: 429 or 503), a connection that did not come about. The latter holds
  /// the host as it says; true: the host is dead from now on, and what is leased of it gets a record without a request.
  void answered(clock::time_point now, bool refuses) noexcept { health_.answered(now, refuses); }
  bool unreached(clock::time_point now, clock::duration longest_backoff) noexcept;
  bool is_dead(clock::time_point now) const noexcept { return health_.is_dead(now); }
  clock::time_point refuses_since() const noexcept { return health_.refuses_since(); }
  /// Nothing starts before `until` (Retry-After, back-off).
  void hold(clock::time_point until) noexcept;
  /// From now on, and counted from the last request too.
  void crawl_delay(clock::duration delay) noexcept;
  void adaptive(bool on, clock::duration max_delay) noexcept;
  clock::duration delay_now() const noexcept;
  std::uint32_t in_flight() const noexcept { return in_flight_; }
  clock::time_point held_until() const noexcept { return hold_until_; }

 private:
  struct terms {
    const void* job;
    clock::duration delay;
    std::uint32_t per_host;
  };
  struct place {
    turn_taker* who;
    std::size_t at;
    clock::time_point offered;  ///< when it could have gone first; never: none
  };
  void settle() noexcept;
  std::uint32_t most_in_flight() const noexcept;
  std::vector<terms> joined_;  ///< by the jobs that use the host
  std::vector<place> line_;    ///< jobs that wait for their turn; no more than there are jobs
  clock::duration delay_{}, crawl_delay_{}, adaptive_delay_{}, max_delay_{std::chrono::seconds(60)};
  std::uint32_t per_host_ = 0, in_flight_ = 0, wanted_ = 0;
  clock::time_point next_{}, hold_until_{}, last_start_{};
  clock::time_point next_before_{}, start_before_{};  ///< the last charge: what `refund` goes back to
  bool adaptive_ = false;
  policy::host_health health_;
};

/// robots.txt by origin (scheme, name, port); see robots_state.
struct origin_robots {
  robots_state state = robots_state::unknown;
  std::shared_ptr<const policy::robots> rules;  ///< shared: running fetches keep the rules they were allowed by
  clock::time_point read_at{};     ///< when the rules came
  clock::time_point expires{};
  std::uint32_t failures = 0;      ///< in a row since then
  std::string cause;  ///< why it is unreachable or blocked
  std::size_t memory = 0;      ///< of its rules, as host_gates::keep has counted it
  std::uint64_t last_used = 0; ///< in the order of uses
};

}  // namespace trawl::frontier
