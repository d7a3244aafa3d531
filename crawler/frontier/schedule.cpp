// Which host is asked next: the least loaded one that is due, then its best URL. The other half of scheduled_frontier.hpp.
#include <algorithm>

#include "crawler/frontier/scheduled_frontier.hpp"

namespace trawl::frontier {
namespace {

/// A host whose permits are used up by another job of the shard is looked at again after this.
constexpr auto permit_poll = std::chrono::milliseconds(20);
constexpr std::size_t most_reading = 64;  // hosts that wait for rows: what is read first is leased first, also after a start with all hosts due
constexpr std::size_t short_queue = 16;  // below this more of the host's rest is asked for ahead of its need

/// Heap orders: true if b goes before a. A chain goes on before its host's other pages are asked for: its claims keep others waiting. So
/// does what a quota counts on.
constexpr auto worse = [](const auto& a, const auto& b) {
  if ((a->state.chain == nullptr) != (b->state.chain == nullptr)) return a->state.chain == nullptr;
  if (a->is_promised != b->is_promised) return b->is_promised;
  const request &x = a->what.req, &y = b->what.req;
  if (x.priority != y.priority) return x.priority < y.priority;
  if (x.depth != y.depth) return x.depth > y.depth;
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

std::size_t scheduled_frontier::host_of(const std::string& name, const candidate& c) {
  const auto [it, is_new] = host_index_.try_emplace(name, hosts_.size());
  if (is_new) {
    host& h = hosts_.emplace_back();
    h.name = name;
    h.gate = &gates_.gate(name);
    if (options_.on_new_host) options_.on_new_host(*h.gate, c);
  }
  return it->second;
}

void scheduled_frontier::enqueue(item_ptr what) {
  const std::size_t at = host_of(what->state.chain ? what->state.chain->host : what->what.host, what->what);
  host& h = hosts_[at];
  if (what->not_before > now()) {
    push(h.delayed, std::move(what), later);
  } else {
    push(h.queue, std::move(what), worse);
  }
  // A host that can be picked already, or is held, stays where it is: its place doesn't depend on its queue.
  if (h.where != place::ready && h.where != place::held) {
    schedule(at);
  } else if (h.is_given_up) {
    judge(at);
  }
}

void scheduled_frontier::order_queue(std::size_t at) { std::ranges::make_heap(hosts_[at].queue, worse); }

void scheduled_frontier::unschedule(std::size_t at) {
  host& h = hosts_[at];
  if (h.where == place::ready) ready_.erase({h.rank, h.served, at});
  if (h.where == place::waiting) waiting_.erase({h.due, at});
  h.where = place::none;
}

/// Puts the host where it belongs: nowhere without work, ready if it may be asked now, else waiting for its time.
void scheduled_frontier::schedule(std::size_t at) {
  host& h = hosts_[at];
  if (h.where == place::held) return;
  unschedule(at);
  judge(at);
  if (h.queue.empty() && h.delayed.empty() && h.rest == 0) return h.gate->step_out(*this);
  const clock::time_point time = now();
  while (!h.delayed.empty() && h.delayed.front()->not_before <= time) push(h.queue, pop(h.delayed, later), worse);
  clock::time_point due = h.gate->opens_at(time, *this);
  if (is_spent(h)) due = time;
  if (due > time && h.gate->is_shared()) wait_for_turn(at);
  if (due == clock::time_point::max()) {
    if (h.in_flight > 0) return;  // our own lease's end schedules it again
    due = time + permit_poll;
  }
  if (h.queue.empty() && h.rest == 0) due = std::max(due, h.delayed.front()->not_before);
  if (!h.is_given_up && due > time) due = std::min(due, gives_up_at(h));
  if (due > time) {
    h.due = due;
    h.where = place::waiting;
    waiting_.insert({due, at});
  } else {
    h.rank = h.in_flight;
    h.where = place::ready;
    ready_.insert({h.rank, h.served, at});
  }
}

/// Its place in the line of the jobs that ask the host too. What is put off is for later, and wants no turn yet.
void scheduled_frontier::wait_for_turn(std::size_t at) {
  const host& h = hosts_[at];
  if (h.queue.empty() && h.rest == 0) return h.gate->step_out(*this);
  h.gate->line_up(*this, at);
}

void scheduled_frontier::turn_came(std::size_t at) {
  schedule(at);
  wake();
}

void scheduled_frontier::hold(std::size_t at) {
  unschedule(at);
  hosts_[at].gate->step_out(*this);
  hosts_[at].where = place::held;
  held_.insert(at);
}

void scheduled_frontier::release(std::size_t at) {
  host& h = hosts_[at];
  if (h.where == place::held) h.where = place::none, held_.erase(at);
  if (std::exchange(h.waits_for_rows, false)) --reading_;
  schedule(at);
  wake();
}

void scheduled_frontier::release_host(const std::string& name) {
  if (const auto it = host_index_.find(name); it != host_index_.end()) release(it->second);
}

std::optional<lease> scheduled_frontier::pick() {
  const clock::time_point time = now();
  while (!waiting_.empty() && waiting_.begin()->first <= time) schedule(waiting_.begin()->second);
  while (!ready_.empty()) {
    bool moved = false;
    auto granted = try_host(std::get<2>(*ready_.begin()), moved);
    if (granted || !moved) return granted;
  }
  return std::nullopt;
}

/// A lease on the best URL of a ready host. `moved`: none now, and the host is no longer where it was.
std::optional<lease> scheduled_frontier::try_host(std::size_t at, bool& moved) {
  host& h = hosts_[at];
  // The gate may have closed since: another job, a hop or a Retry-After moved its clock.
  if (!is_spent(h) && h.gate->opens_at(now(), *this) > now()) {
    schedule(at);
    moved = true;
    return std::nullopt;
  }
  if (h.queue.empty()) {
    if (reading_ >= most_reading) return std::nullopt;
    hold(at);
    if (!std::exchange(h.waits_for_rows, true)) ++reading_;
    fetch_rows(at);
    moved = true;
    return std::nullopt;
  }
  if (has_no_room(h)) {
    h.pages >= options_.max_pages_per_host ? drop_queue(at) : wait_for_room(at);
    moved = true;
    return std::nullopt;
  }
  if (options_.keeps_out && !h.queue.front()->is_taken_up()) {
    if (const std::string_view rule = options_.keeps_out(h.queue.front()->what.req); !rule.empty()) {
      drop_first(at, rule);
      moved = true;
      return std::nullopt;
    }
  }
  admission robots;
  if (options_.admit) {
    const item& first = *h.queue.front();
    robots = options_.admit(first.state.chain ? first.state.chain->next : first.what.req, h.name);
  }
  if (robots.is == admission::kind::wait) {
    hold(at);
    moved = true;
    return std::nullopt;
  }
  if (robots.is == admission::kind::no_slot) return std::nullopt;
  if (robots.is == admission::kind::go && !ledger_.take_slot(shard_)) return std::nullopt;
  if (h.is_given_up && !ledger_.take_back(1)) {  // the job is finished without it
    if (robots.is == admission::kind::go) ledger_.free_slot(false);
    return std::nullopt;
  }
  if (h.is_given_up) --h.set_aside;
  return grant(at, std::move(robots));
}

scheduled_frontier::item_ptr scheduled_frontier::take_first(host& h) { return pop(h.queue, worse); }

lease scheduled_frontier::grant(std::size_t at, admission robots) {
  host& h = hosts_[at];
  const clock::time_point time = now();
  lease out;
  out.id = (std::uint64_t{shard_} << 48) + ++ids_;
  out.token = ++tokens_;
  out.host = h.name;
  out.charged_at = time;
  out.deadline = time + options_.lease_ttl;
  out.robots = std::move(robots);
  item_ptr what = take_first(h);
  take_up(at, *what);
  out.req = what->what.req;
  out.state = what->state;
  out.visit = what->what.visit;
  out.before = what->what.before;
  out.keeper = std::shared_ptr<const void>(nullptr, [weak = std::weak_ptr(alive_), id = out.id, token = out.token](const void*) {
    if (const auto self = weak.lock()) (*self)->put_back(id, token);
  });
  active& a = active_[out.id];
  a.token = out.token;
  a.host = at;
  a.what = std::move(what);
  a.refused = out.robots.is == admission::kind::refuse;
  --books_.queued;
  ++books_.in_flight;
  if (!a.refused) h.gate->start(time);
  h.gate->step_out(*this);
  unschedule(at);
  ++h.in_flight;
  h.served = ++served_;
  if (h.rest > 0 && h.queue.size() < short_queue) fetch_rows(at);
  schedule(at);
  h.gate->offer(time);  // there may be room for another job too
  return out;
}

}  // namespace trawl::frontier
