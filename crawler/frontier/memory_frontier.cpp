#include "crawler/frontier/memory_frontier.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::frontier {
namespace {

/// A host whose permits are used up by another job of the shard is looked at again after this.
constexpr auto permit_poll = std::chrono::milliseconds(20);

/// Heap orders: true if b goes before a.
constexpr auto worse = [](const auto& a, const auto& b) {
  if (a->req.priority != b->req.priority) return a->req.priority < b->req.priority;
  if (a->req.depth != b->req.depth) return a->req.depth > b->req.depth;
  return a->order > b->order;
};
constexpr auto later = [](const auto& a, const auto& b) { return a->not_before > b->not_before; };

template <class Heap, class Order>
auto pop(Heap& heap, Order order) {
  std::ranges::pop_heap(heap, order);
  auto out = std::move(heap.back());
  heap.pop_back();
  return out;
}

template <class Heap, class Item, class Order>
void push(Heap& heap, Item what, Order order) {
  heap.push_back(std::move(what));
  std::ranges::push_heap(heap, order);
}

}  // namespace

memory_frontier::memory_frontier(asio::any_io_executor executor, host_gates& gates, result_log& log, memory_options options)
    : gates_(gates), log_(log), options_(std::move(options)), timer_(std::move(executor), clock::time_point::max()),
      alive_(std::make_shared<memory_frontier*>(this)) {}

std::size_t memory_frontier::host_of(const candidate& c) {
  const auto [it, is_new] = host_index_.try_emplace(c.host, hosts_.size());
  if (is_new) {
    host& h = hosts_.emplace_back();
    h.name = c.host;
    h.gate = &gates_.gate(c.host);
    if (options_.on_new_host) options_.on_new_host(*h.gate, c);
  }
  return it->second;
}

bool memory_frontier::add_one(candidate& c) {
  if (const auto taken = claims_.find(c.fingerprint); taken != claims_.end()) {
    ++books_.duplicates;
    if (!taken->second.parked) taken->second.parked = std::move(c);
    return false;
  }
  if (!seen_.insert(c.fingerprint)) {
    ++books_.duplicates;
    return false;
  }
  const std::size_t at = host_of(c);
  auto what = std::make_unique<item>();
  what->req = std::move(c.req);
  what->fingerprint = c.fingerprint;
  what->order = ++order_;
  ++books_.discovered;
  ++books_.queued;
  enqueue(at, std::move(what));
  return true;
}

asio::awaitable<std::size_t> memory_frontier::add(std::span<candidate> found, std::optional<seed_cursor> cursor) {
  std::size_t added = 0;
  for (candidate& c : found) added += add_one(c) ? 1 : 0;
  if (cursor && cursor->exhausted) seeds_exhausted_ = true;
  wake();
  co_return added;
}

void memory_frontier::enqueue(std::size_t at, item_ptr what) {
  host& h = hosts_[at];
  if (what->not_before > clock::now()) {
    push(h.delayed, std::move(what), later);
  } else {
    push(h.queue, std::move(what), worse);
  }
  // A host that can be picked already stays where it is: its place doesn't depend on its queue.
  if (h.where != place::ready) schedule(at, clock::now());
}

void memory_frontier::unschedule(std::size_t at) {
  host& h = hosts_[at];
  if (h.where == place::ready) ready_.erase({h.rank, h.served, at});
  if (h.where == place::waiting) waiting_.erase({h.due, at});
  h.where = place::none;
}

/// Puts the host where it belongs: nowhere without work, ready if it may be asked now, else waiting for its time.
void memory_frontier::schedule(std::size_t at, clock::time_point now) {
  unschedule(at);
  host& h = hosts_[at];
  while (!h.delayed.empty() && h.delayed.front()->not_before <= now) push(h.queue, pop(h.delayed, later), worse);
  if (h.queue.empty() && h.delayed.empty()) return;
  clock::time_point due = h.gate->opens_at(now);
  if (due == clock::time_point::max()) {
    if (h.in_flight > 0) return;  // our own lease's end schedules it again
    due = now + permit_poll;
  }
  due = std::max(due, h.held_until);
  if (h.queue.empty()) due = std::max(due, h.delayed.front()->not_before);
  if (due > now) {
    h.due = due;
    h.where = place::waiting;
    waiting_.insert({due, at});
  } else {
    h.rank = h.in_flight;
    h.where = place::ready;
    ready_.insert({h.rank, h.served, at});
  }
}

std::optional<lease> memory_frontier::pick(clock::time_point now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) schedule(waiting_.begin()->second, now);
  while (!ready_.empty()) {
    const std::size_t at = std::get<2>(*ready_.begin());
    // The gate may have closed since: another job, a hop or a Retry-After moved its clock.
    if (hosts_[at].gate->open(now) && hosts_[at].held_until <= now) return grant(at, now);
    schedule(at, now);
  }
  return std::nullopt;
}

lease memory_frontier::grant(std::size_t at, clock::time_point now) {
  host& h = hosts_[at];
  lease out;
  out.id = ++ids_;
  out.token = ++tokens_;
  out.host = h.name;
  out.deadline = now + options_.lease_ttl;
  item_ptr what = pop(h.queue, worse);
  out.req = what->req;
  out.state = what->state;
  out.keeper = std::shared_ptr<const void>(nullptr, [weak = std::weak_ptr(alive_), id = out.id, token = out.token](const void*) {
    if (const auto self = weak.lock()) (*self)->put_back(id, token);
  });
  active& a = active_[out.id];
  a.token = out.token;
  a.host = at;
  a.what = std::move(what);
  --books_.queued;
  ++books_.in_flight;
  h.gate->start(now);
  unschedule(at);
  ++h.in_flight;
  h.served = ++served_;
  schedule(at, now);
  return out;
}

bool memory_frontier::is_over() noexcept {
  if (cancelled_) {
    why_ = idle::stopped;
  } else if (options_.max_pages != 0 && books_.pages >= options_.max_pages && books_.in_flight == 0) {
    why_ = idle::limit;
  } else if (seeds_exhausted_ && books_.queued == 0 && books_.in_flight == 0) {
    why_ = idle::finished;
  } else {
    return false;
  }
  return true;
}

asio::awaitable<std::optional<lease>> memory_frontier::next() {
  for (;;) {
    if (is_over()) {
      wake();
      co_return std::nullopt;
    }
    const bool has_room = books_.in_flight < options_.max_in_flight &&
                          (options_.max_pages == 0 || books_.pages + books_.in_flight < options_.max_pages);
    auto due = clock::time_point::max();
    if (has_room && !paused_) {
      if (auto picked = pick(clock::now())) co_return picked;
      if (!waiting_.empty()) due = waiting_.begin()->first;
    }
    // Setting the time wakes the others who wait; only a change is worth it, or two of them would wake each other for ever.
    if (timer_.expiry() != due) timer_.expires_at(due);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) {
      why_ = idle::stopped;
      co_return std::nullopt;
    }
  }
}

void memory_frontier::wake() { timer_.cancel(); }

memory_frontier::active* memory_frontier::find(std::uint64_t id, std::uint64_t token) {
  const auto it = active_.find(id);
  return it == active_.end() || it->second.token != token || it->second.committing ? nullptr : &it->second;
}

asio::awaitable<claim_result> memory_frontier::claim(const lease& holder, std::uint64_t fingerprint) {
  active* a = find(holder.id, holder.token);
  if (a == nullptr) co_return claim_result::taken_by;
  if (fingerprint == a->what->fingerprint) co_return claim_result::granted;
  if (const auto taken = claims_.find(fingerprint); taken != claims_.end())
    co_return taken->second.lease == holder.id ? claim_result::granted : claim_result::taken_by;
  if (seen_.contains(fingerprint)) co_return claim_result::taken_by;
  claims_[fingerprint].lease = holder.id;
  a->claims.push_back(fingerprint);
  co_return claim_result::granted;
}

void memory_frontier::release_claims(active& a, bool durable) {
  for (const std::uint64_t f : std::exchange(a.claims, {})) {
    auto node = claims_.extract(f);
    if (node.empty()) continue;
    if (durable) {
      seen_.insert(f);
    } else if (auto& parked = node.mapped().parked) {
      --books_.duplicates;
      add_one(*parked);
    }
  }
}

void memory_frontier::leave_host(std::size_t at) {
  host& h = hosts_[at];
  unschedule(at);
  h.gate->finish();
  --h.in_flight;
  schedule(at, clock::now());
}

void memory_frontier::put_back(std::uint64_t id, std::uint64_t token) {
  active* a = find(id, token);
  if (a == nullptr) return;
  active taken = std::move(*a);
  active_.erase(id);
  --books_.in_flight;
  ++books_.queued;
  release_claims(taken, false);
  leave_host(taken.host);
  enqueue(taken.host, std::move(taken.what));
  wake();
}

asio::awaitable<void> memory_frontier::defer(lease held, clock::time_point not_before, attempt_state state, defer_reason) {
  if (active* a = find(held.id, held.token)) {
    a->what->not_before = not_before;
    a->what->state = std::move(state);
    put_back(held.id, held.token);
  }
  co_return;
}

asio::awaitable<std::optional<std::uint64_t>> memory_frontier::commit(const lease& held, completion done) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return std::nullopt;
  a->committing = true;
  struct rollback {  // the log may throw (disk full): the URL goes back
    memory_frontier& self;
    std::uint64_t id, token;
    bool done = false;
    ~rollback() {
      const auto it = self.active_.find(id);
      if (done || it == self.active_.end()) return;
      it->second.committing = false;
      self.put_back(id, token);
    }
  } guard{*this, held.id, held.token};
  const std::uint64_t seq = co_await log_.append(std::move(done.record), done.output);
  const auto it = active_.find(held.id);
  if (seq == 0 || it == active_.end()) co_return std::nullopt;
  active taken = std::move(it->second);
  active_.erase(it);
  guard.done = true;
  for (const std::uint64_t f : done.claims) seen_.insert(f);
  release_claims(taken, done.counts_as_page);
  for (candidate& c : done.links) add_one(c);
  --books_.in_flight;
  ++books_.recorded;
  if (done.counts_as_page) ++books_.pages;
  leave_host(taken.host);
  wake();
  co_return seq;
}

void memory_frontier::pause() { paused_ = true; }

void memory_frontier::resume() {
  paused_ = false;
  wake();
}

void memory_frontier::cancel() {
  cancelled_ = true;
  wake();
}

asio::awaitable<void> memory_frontier::erase() {
  cancel();
  for (auto& [id, a] : active_) hosts_[a.host].gate->finish();
  active_.clear();
  claims_.clear();
  ready_.clear();
  waiting_.clear();
  hosts_.clear();
  host_index_.clear();
  seen_ = {};
  books_ = {};
  co_return;
}

void memory_frontier::hold_host(const std::string& name, clock::time_point until) {
  candidate c;
  c.host = name;
  const std::size_t at = host_of(c);
  hosts_[at].held_until = until;
  schedule(at, clock::now());
}

void memory_frontier::release_host(const std::string& name) {
  const auto it = host_index_.find(name);
  if (it == host_index_.end()) return;
  hosts_[it->second].held_until = {};
  schedule(it->second, clock::now());
  wake();
}

}  // namespace trawl::frontier
