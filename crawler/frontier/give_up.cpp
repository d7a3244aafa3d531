// Hosts that refuse for too long (politeness.give_up_after): they are asked on at their pace, but the job need not wait for them. A part of
// scheduled_frontier.hpp.
#include <spdlog/spdlog.h>

#include "crawler/frontier/scheduled_frontier.hpp"

namespace trawl::frontier {
namespace {

/// Hosts that wait for robots.txt, which may be refused too, are looked at so often.
constexpr auto held_poll = std::chrono::milliseconds(100);

}  // namespace

/// When the host will have refused for too long; max where it doesn't refuse, or may.
clock::time_point scheduled_frontier::gives_up_at(const host& h) const noexcept {
  if (options_.give_up_after == clock::duration::zero() || h.gate->refuses_since() == clock::time_point::max()) return clock::time_point::max();
  return h.gate->refuses_since() + options_.give_up_after;
}

/// Sets all aside that the host has queued, if it has refused for too long, and takes it back when it has answered.
void scheduled_frontier::judge(std::size_t at) {
  host& h = hosts_[at];
  if (gives_up_at(h) > now()) {
    if (h.is_given_up && ledger_.take_back(h.set_aside)) h.is_given_up = false, h.set_aside = 0;
    return;
  }
  if (!std::exchange(h.is_given_up, true)) spdlog::warn("{} answers nothing but 429 and 503, so the crawl does not wait for it any longer; its URLs stay queued", h.name);
  const std::uint64_t queued = h.queue.size() + h.delayed.size() + h.rest;
  if (queued <= h.set_aside) return;
  const std::uint64_t more = queued - h.set_aside;
  h.set_aside = queued;
  ledger_.set_aside(more);
}

void scheduled_frontier::judge_held() {
  if (held_.empty() || options_.give_up_after == clock::duration::zero() || now() < held_judged_at_) return;
  held_judged_at_ = now() + held_poll;
  for (const std::size_t at : held_) judge(at);
}

}  // namespace trawl::frontier
