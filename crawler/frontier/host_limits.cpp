// What a host may have of a job: hosts that refuse for too long (politeness.give_up_after) are asked on at their pace, but the job need not
// wait for them. Of a host with a quota (scope.max_pages_per_host) no more is taken up than may become pages; then the rest of its queue
// goes. A part of scheduled_frontier.hpp.
#include <spdlog/spdlog.h>

#include <algorithm>

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

/// Its pages are all there: what is queued and was not taken up goes, whatever its gate says.
bool scheduled_frontier::is_spent(const host& h) const noexcept {
  if (options_.max_pages_per_host == 0 || h.pages < options_.max_pages_per_host) return false;
  return h.queue.empty() ? h.rest > 0 : !h.queue.front()->is_taken_up();
}

/// The host's best URL would be one more than the quota leaves room for, if all that was taken up becomes pages.
bool scheduled_frontier::has_no_room(const host& h) const noexcept {
  return options_.max_pages_per_host != 0 && !h.queue.front()->is_taken_up() && h.pages + h.taken_up >= options_.max_pages_per_host;
}

/// Until one that was taken up ends; those that are put off come back in their time.
void scheduled_frontier::wait_for_room(std::size_t at) {
  host& h = hosts_[at];
  unschedule(at);
  if (h.delayed.empty()) return;
  h.due = h.delayed.front()->not_before;
  h.where = place::waiting;
  waiting_.insert({h.due, at});
}

void scheduled_frontier::take_up(std::size_t at, item& what) {
  if (options_.max_pages_per_host == 0 || what.is_promised) return;
  what.is_promised = true;
  ++hosts_[at].taken_up;
}

void scheduled_frontier::drop_queue(std::size_t at) {
  host& h = hosts_[at];
  const auto kept = std::ranges::partition(h.queue, [](const item_ptr& i) { return i->is_taken_up(); });
  std::vector<item_ptr> gone(std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  h.queue.erase(kept.begin(), kept.end());
  order_queue(at);
  filter_out(at, gone, "quota");
}

void scheduled_frontier::drop_first(std::size_t at, std::string_view rule) {
  std::vector<item_ptr> gone;
  gone.push_back(take_first(hosts_[at]));
  filter_out(at, gone, rule);
}

void scheduled_frontier::filter_out(std::size_t at, const std::vector<item_ptr>& gone, std::string_view rule) {
  host& h = hosts_[at];
  books_.queued -= gone.size();
  books_.discovered -= gone.size();
  forget_rows(h.name, gone, rule);
  if (options_.on_filtered)
    for (const item_ptr& i : gone) options_.on_filtered(i->what.req, rule);
  if (h.is_given_up && ledger_.take_back(gone.size())) h.set_aside -= gone.size();
  ledger_.close(gone.size());
  schedule(at);
}

/// In the part that owns the URL's host, which may be another than that of the redirect's hop which ended it.
void scheduled_frontier::settle_quota(const item& ended, bool is_page) {
  if (options_.max_pages_per_host == 0) return;
  if (ended.what.shard != shard_) {
    ledger_.post(ended.what.shard, [to = &ledger_.part(ended.what.shard), host = ended.what.host, is_page, was = ended.is_promised] { to->count_page(host, is_page, was); });
    return;
  }
  count_page(ended.what.host, is_page, ended.is_promised);
}

void scheduled_frontier::count_page(const std::string& name, bool is_page, bool was_promised) {
  const auto known = host_index_.find(name);
  if (known == host_index_.end()) return;
  host& h = hosts_[known->second];
  if (was_promised) --h.taken_up;
  if (is_page) ++h.pages;
  schedule(known->second);
  wake();
}

}  // namespace trawl::frontier
