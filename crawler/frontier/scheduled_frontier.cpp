#include "crawler/frontier/scheduled_frontier.hpp"

namespace trawl::frontier {

scheduled_frontier::scheduled_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, frontier_options options)
    : ledger_(shared), gates_(gates), options_(std::move(options)), shard_(shared.enter(*this, executor)), alarm_(executor, options_.time),
      alive_(std::make_shared<scheduled_frontier*>(this)) {}

scheduled_frontier::~scheduled_frontier() {
  for (const host& h : hosts_) h.gate->step_out(*this);
}

books& books::operator+=(const books& more) noexcept {
  discovered += more.discovered, recorded += more.recorded, queued += more.queued;
  in_flight += more.in_flight, duplicates += more.duplicates, pages += more.pages;
  return *this;
}

bool scheduled_frontier::is_over() noexcept {
  if (ledger_.cancelled()) {
    why_ = idle::stopped;
  } else if (ledger_.limit_reached() && books_.in_flight == 0) {
    why_ = idle::limit;
  } else if (ledger_.is_finished()) {
    why_ = idle::finished;
  } else {
    return false;
  }
  return true;
}

asio::awaitable<std::optional<lease>> scheduled_frontier::next() {
  for (;;) {
    judge_held();
    if (is_over()) {
      wake();
      co_return std::nullopt;
    }
    auto due = clock::time_point::max();
    if (!ledger_.paused() && !ledger_.limit_reached()) {
      if (auto picked = pick()) co_return picked;
      if (ready_.empty() && !waiting_.empty()) due = waiting_.begin()->first;
    }
    if (!held_.empty() && options_.give_up_after > clock::duration::zero()) due = std::min(due, held_judged_at_);
    // Setting the time wakes the others who wait; only a change is worth it, or two of them would wake each other for ever.
    if (alarm_.due() != due) alarm_.set(due);
    co_await alarm_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) continue;
    why_ = idle::stopped;
    co_return std::nullopt;
  }
}

scheduled_frontier::active* scheduled_frontier::find(std::uint64_t id, std::uint64_t token) {
  const auto it = active_.find(id);
  return it == active_.end() || it->second.token != token || it->second.committing ? nullptr : &it->second;
}

/// The lease is over: its slot and permit are free. The item is the caller's.
scheduled_frontier::item_ptr scheduled_frontier::end_lease(active_map::iterator at, bool was_page) {
  active taken = std::move(at->second);
  active_.erase(at);
  --books_.in_flight;
  host& h = hosts_[taken.host];
  --h.in_flight;
  if (!taken.refused) {
    h.gate->finish();
    h.gate->offer(now());
    ledger_.free_slot(was_page);
  }
  schedule(taken.host);
  return std::move(taken.what);
}

scheduled_frontier::commit_guard::~commit_guard() {
  const auto it = self.active_.find(id);
  if (done || it == self.active_.end()) return;
  it->second.committing = false;
  self.put_back(id, token);
}

scheduled_frontier::item_ptr scheduled_frontier::book_record(active_map::iterator at, bool is_page) {
  item_ptr ended = end_lease(at, is_page);
  settle_quota(*ended, is_page);
  ++books_.recorded;
  if (is_page) ++books_.pages;
  return ended;
}

void scheduled_frontier::put_back(std::uint64_t id, std::uint64_t token) {
  if (find(id, token) != nullptr) return_item(end_lease(active_.find(id), false));
}

asio::awaitable<void> scheduled_frontier::defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason) {
  if (active* a = find(held.id, held.token)) {
    a->what->not_before = not_before;
    if (state.login_lost && !state.chain) drop_claims(*a->what);
    a->what->state = std::move(state);
    put_back(held.id, held.token);
  }
  co_return;
}

void scheduled_frontier::each_host(const std::function<void(const host_now&)>& look) const {
  for (const host& h : hosts_) look({h.name, *h.gate, h.queue.size() + h.delayed.size() + h.rest, h.in_flight});
}

void scheduled_frontier::forget_all() {
  cancel();
  for (auto& [id, a] : active_)
    if (!a.refused) hosts_[a.host].gate->finish();
  active_.clear();
  for (const host& h : hosts_) h.gate->step_out(*this);
  ready_.clear();
  waiting_.clear();
  hosts_.clear();
  host_index_.clear();
  held_.clear();
  reading_ = 0;
  books_ = {};
}

}  // namespace trawl::frontier
