#include "crawler/frontier/host_gate.hpp"

#include <limits>

#include "crawler/policy/throttle.hpp"

namespace trawl::frontier {
namespace {

/// A job whose turn has come, and that is paused or has no slot free, keeps the others waiting for so long.
constexpr auto patience = std::chrono::milliseconds(20);

}  // namespace

void host_gate::join(clock::duration delay, std::uint32_t per_host, const void* job) {
  const auto known = std::ranges::find(joined_, job, &terms::job);
  if (known == joined_.end()) {
    joined_.push_back({job, delay, per_host});
  } else {
    *known = {job, std::max(known->delay, delay), per_host};
  }
  settle();
}

void host_gate::leave(const void* job) {
  if (std::erase_if(joined_, [&](const terms& t) { return t.job == job; }) == 0) return;
  settle();
  if (last_start_ != clock::time_point{}) next_ = std::min(next_, last_start_ + delay_now());
}

void host_gate::settle() noexcept {
  delay_ = {};
  per_host_ = 0;
  for (const terms& t : joined_) {
    delay_ = std::max(delay_, t.delay);
    if (t.per_host != 0) per_host_ = per_host_ == 0 ? t.per_host : std::min(per_host_, t.per_host);
  }
}

bool host_gate::open(clock::time_point now) const noexcept { return opens_at(now) <= now; }

clock::time_point host_gate::opens_at(clock::time_point now) const noexcept {
  if (health_.is_dead(now)) return now;  // nobody is asked
  if (in_flight_ + wanted_ >= most_in_flight()) return clock::time_point::max();
  return std::max(now, clock_opens_at());
}

clock::time_point host_gate::opens_at(clock::time_point now, const turn_taker& who) {
  const clock::time_point for_all = opens_at(now);
  if (for_all > now && !line_.empty()) line_.front().offered = {};  // that turn has gone to somebody else: a hop, say
  while (for_all != clock::time_point::max() && !line_.empty() && line_.front().who != &who) {
    if (for_all > now) return for_all + patience;  // the first comes then
    if (line_.front().offered == clock::time_point{}) {
      offer(now);
      continue;  // it may have stepped out
    }
    if (const auto waits_until = line_.front().offered + patience; now < waits_until) return waits_until;
    line_.erase(line_.begin());
  }
  return for_all;
}

void host_gate::line_up(turn_taker& who, std::size_t at) {
  if (std::ranges::find(line_, &who, &place::who) == line_.end()) line_.push_back({&who, at, {}});
}

void host_gate::step_out(const turn_taker& who) noexcept {
  std::erase_if(line_, [&](const place& p) { return p.who == &who; });
}

void host_gate::offer(clock::time_point now) {
  if (line_.empty() || line_.front().offered != clock::time_point{}) return;
  if (open(now)) line_.front().offered = now;
  const place first = line_.front();
  first.who->turn_came(first.at);
}

void host_gate::charge(clock::time_point now) noexcept {
  next_before_ = next_;
  start_before_ = last_start_;
  last_start_ = now;
  next_ = std::max(next_, now + delay_now());
}

void host_gate::refund(clock::time_point at) noexcept {
  if (last_start_ != at) return;
  last_start_ = start_before_;
  next_ = next_before_;
  if (last_start_ != clock::time_point{}) next_ = std::max(next_, last_start_ + delay_now());  // the delay may have grown since
}

clock::time_point host_gate::reserve(clock::time_point now) noexcept {
  const clock::time_point start = std::max(now, clock_opens_at());
  charge(start);
  return start;
}

void host_gate::start(clock::time_point now) noexcept {
  charge(now);
  ++in_flight_;
}

void host_gate::finish() noexcept {
  if (in_flight_ > 0) --in_flight_;
}

void host_gate::observe(clock::duration latency, policy::health health) noexcept {
  if (!adaptive_) return;
  // The target is as many requests in flight as the host may have; a delay of latency / per_host keeps it at that.
  adaptive_delay_ = policy::throttle(adaptive_delay_, latency / std::max<std::uint32_t>(per_host_, 1), health, clock::duration::zero(), max_delay_);
}

/// A host that is doubted is asked one thing at a time.
std::uint32_t host_gate::most_in_flight() const noexcept {
  if (health_.is_doubted()) return 1;
  return per_host_ == 0 ? std::numeric_limits<std::uint32_t>::max() : per_host_;
}

bool host_gate::unreached(clock::time_point now, clock::duration longest_backoff) noexcept {
  const bool was_dead = health_.is_dead(now);
  hold(health_.failed(now, longest_backoff));
  return !was_dead && health_.is_dead(now);
}

void host_gate::hold(clock::time_point until) noexcept { hold_until_ = std::max(hold_until_, until); }

void host_gate::crawl_delay(clock::duration delay) noexcept {
  crawl_delay_ = delay;
  if (last_start_ != clock::time_point{}) next_ = std::max(next_, last_start_ + delay_now());
}

void host_gate::adaptive(bool on, clock::duration max_delay) noexcept {
  adaptive_ = on;
  max_delay_ = max_delay;
  if (!on) adaptive_delay_ = {};
}

clock::duration host_gate::delay_now() const noexcept { return std::max({delay_, crawl_delay_, adaptive_delay_}); }

}  // namespace trawl::frontier
