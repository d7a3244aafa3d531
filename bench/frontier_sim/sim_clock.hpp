// Time that moves only when nothing else is to be done, from one alarm's moment to the next.
#pragma once
#include <algorithm>

#include "crawler/async/clock.hpp"

namespace trawl::bench {

/// One thread, that of its alarms' executor; outlives them.
class sim_clock final : public async::clock {
 public:
  time_point now() const noexcept override { return now_; }
  /// When the next alarm is due; time_point::max: none is set.
  time_point next_due() const {
    time_point out = time_point::max();
    for (const async::alarm* a : alarms_) out = a->due() > now_ ? std::min(out, a->due()) : out;
    return out;
  }
  void move_to(time_point when) {
    const time_point before = std::exchange(now_, when);
    for (async::alarm* a : alarms_)
      if (a->due() > before && a->due() <= when) a->set(a->due());
  }

 private:
  time_point fires_at(time_point due) const noexcept override { return due <= now_ ? time_point::min() : time_point::max(); }
  void enter(async::alarm& a) override { alarms_.push_back(&a); }
  void leave(async::alarm& a) override { std::erase(alarms_, &a); }

  time_point now_ = time_point(std::chrono::hours(1));
  std::vector<async::alarm*> alarms_;
};

}  // namespace trawl::bench
