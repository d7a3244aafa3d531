// Whether a host answers: what becomes of one that gives nothing but failed connections (a circuit breaker with probes), and since when it
// has answered nothing but 429 and 503. Pure: time goes in.
#pragma once
#include <chrono>
#include <cstdint>

#include "crawler/model/error.hpp"

namespace trawl::policy {

/// No connection came about: the name was not found, or nobody there took it up. Says nothing of a proxy's or our own trouble.
bool is_no_connection(errc code) noexcept;

/// One host's health. A host is doubted after `failures_to_doubt` failures in a row that span at least `shortest_outage` and a back-off at
/// its longest. Then it is left alone for a pause of that length, is asked once, and left alone twice as long when that fails too; after
/// `most_probes` such questions it is dead. With the default back-off of at most a minute that takes eight minutes. A dead host is
/// asked once more after `dead_for`. Any answer, whatever its status, makes it well.
class host_health {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::uint32_t failures_to_doubt = 10, most_probes = 3;
  static constexpr std::chrono::seconds shortest_outage{5};
  static constexpr std::chrono::hours dead_for{1};

  /// An answer came; `refuses`: it was 429 or 503.
  void answered(time_point now, bool refuses) noexcept;
  /// No connection came about; `pause` > 0 is the longest back-off. Until when the host is to be left alone; `now` or earlier: no longer than else.
  time_point failed(time_point now, std::chrono::nanoseconds pause) noexcept;
  /// It is asked one thing at a time.
  bool is_doubted() const noexcept { return probes_ > 0; }
  bool is_dead(time_point now) const noexcept { return now < dead_until_; }
  /// Since when it has answered nothing but 429 and 503; time_point::max where it has not.
  time_point refuses_since() const noexcept { return refuses_since_; }

 private:
  std::uint32_t failures_ = 0;  ///< in a row
  std::uint32_t probes_ = 0;    ///< pauses since it is doubted
  time_point failing_since_{}, asked_again_at_{}, dead_until_{};
  time_point refuses_since_ = time_point::max();
};

}  // namespace trawl::policy
