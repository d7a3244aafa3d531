#include "crawler/frontier/durable_frontier.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace trawl::frontier {

using store::position;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t window_size = 64;                 // URLs of a host that are read at once
constexpr std::size_t widest_window = 4 * window_size;  // better ones come in beyond that; then the worst go out

std::int64_t wall_ms() { return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// A moment of the wall clock by the steady one, and the other way.
clock::time_point from_wall(std::int64_t ms, clock::time_point now) { return ms == 0 ? clock::time_point{} : now + milliseconds(ms - wall_ms()); }
std::int64_t to_wall(clock::time_point when, clock::time_point now) {
  return when <= now ? 0 : wall_ms() + std::chrono::duration_cast<milliseconds>(when - now).count();
}

}  // namespace

durable_frontier::durable_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, store::job_store& kept_in, std::span<const stored_host> hosts, frontier_options options)
    : scheduled_frontier(executor, shared, gates, std::move(options)), store_(kept_in) {
  store_.enter(executor, [this, alive = alive()](std::vector<store::fresh> news) {
    if (!alive.expired()) deliver(std::move(news));
  });
  if (shard() == 0) {
    const store::job_row& all = store_.opened_as();
    books_ = {.discovered = all.recorded, .recorded = all.recorded, .duplicates = all.duplicates, .pages = all.pages};
  }
  for (const stored_host& h : hosts) resume_host(h);
}

void durable_frontier::resume_host(const stored_host& from) {
  candidate of;
  of.host = from.first;
  of.shard = shard();
  const std::size_t at = host_of(from.first, of);
  host& h = hosts_[at];
  windows_.resize(hosts_.size());
  h.pages = from.second.pages;
  h.rest = from.second.queued;
  books_.queued += h.rest;
  books_.discovered += h.rest;
  ledger_.open(h.rest);
  const clock::duration pause = std::max<clock::duration>(h.gate->delay_now(), milliseconds(from.second.delay_ms));
  h.gate->hold(std::max(now() + pause, from_wall(from.second.held_until_ms, now())));
  schedule(at);
}

void durable_frontier::deliver(std::vector<store::fresh> news) {
  for (store::fresh& f : news) take_in(std::move(f));
  wake();
}

void durable_frontier::take_in(store::fresh what) {
  if (what.was_parked) --books_.duplicates;
  ++books_.discovered;
  ++books_.queued;
  recent_.insert(what.what.fingerprint);
  const position here{what.what.req.priority, what.what.req.depth, what.order};
  const std::size_t at = host_of(what.what.host, what.what);
  windows_.resize(hosts_.size());
  host& h = hosts_[at];
  window& w = windows_[at];
  const bool is_within = w.to && here < *w.to;
  const bool is_next = h.rest == 0 && h.queue.size() < window_size;
  if (!is_within && !is_next) {
    ++h.rest;
    h.where == place::none ? schedule(at) : judge(at);
    return;
  }
  if (!is_within) w.to = here;
  auto mine = std::make_unique<item>();
  mine->what = std::move(what.what);
  mine->chain = mine->order = what.order;
  enqueue(std::move(mine));
  if (h.queue.size() > widest_window) cut_window(at);
}

/// The worst of a queue that has become too long go out of memory.
void durable_frontier::cut_window(std::size_t at) {
  host& h = hosts_[at];
  window& w = windows_[at];
  const auto is_row = [](const item_ptr& i) { return !i->is_taken_up(); };
  const auto chains_end = std::ranges::partition(h.queue, [&](const item_ptr& i) { return !is_row(i); }).begin();
  const auto rows = static_cast<std::size_t>(h.queue.end() - chains_end);
  if (rows > window_size) {
    const auto last_kept = chains_end + window_size - 1;
    std::nth_element(chains_end, last_kept, h.queue.end(), [](const item_ptr& a, const item_ptr& b) { return position_of(*a) < position_of(*b); });
    w.to = position_of(**last_kept);
    w.was_cut = true;
    h.rest += static_cast<std::size_t>(h.queue.end() - last_kept) - 1;
    h.queue.erase(last_kept + 1, h.queue.end());
  }
  order_queue(at);
}

void durable_frontier::fetch_rows(std::size_t at) {
  if (std::exchange(windows_[at].is_loading, true)) return;
  const std::size_t asked = window_size + (windows_[at].was_cut ? out_of_queue(at).size() : 0);
  store_.load(shard(), hosts_[at].name, windows_[at].to, asked, [this, at, asked, alive = alive()](std::vector<store::loaded> rows) {
    if (!alive.expired()) take_rows(at, std::move(rows), asked);
  });
}

/// The host's URLs that are leased, put off, or in another shard: behind the window's end they are still in the store's queue.
std::unordered_set<std::uint64_t> durable_frontier::out_of_queue(std::size_t at) const {
  std::unordered_set<std::uint64_t> out = away_;
  for (const auto& [id, a] : active_) out.insert(a.what->chain);
  for (const item_ptr& i : hosts_[at].delayed) out.insert(i->chain);
  for (const item_ptr& i : hosts_[at].queue) out.insert(i->chain);
  return out;
}

void durable_frontier::take_rows(std::size_t at, std::vector<store::loaded> rows, std::size_t asked) {
  host& h = hosts_[at];
  window& w = windows_[at];
  w.is_loading = false;
  const auto out = w.was_cut ? out_of_queue(at) : std::unordered_set<std::uint64_t>();
  const auto time = now();
  for (store::loaded& row : rows) {
    if (w.to && !(*w.to < row.at)) continue;
    w.to = row.at;
    if (out.contains(row.at.order)) continue;
    if (h.rest > 0) --h.rest;
    auto mine = std::make_unique<item>();
    mine->what = std::move(row.row.what);
    mine->what.shard = shard();
    mine->state = std::move(row.row.state);
    mine->chain = mine->order = row.at.order;
    mine->not_before = from_wall(row.row.not_before_ms, time);
    if (mine->state.attempts > 0) take_up(at, *mine);
    enqueue(std::move(mine));
  }
  if (rows.size() < asked && h.rest > 0) {
    spdlog::error("{} of the queued URLs of {} are not in the state", h.rest, h.name);
    h.rest = 0;
  }
  if (h.waits_for_rows) release(at);
  wake();
}

void durable_frontier::forget_rows(const std::string& host, const std::vector<item_ptr>& gone, std::string_view rule) {
  std::vector<position> rows;
  rows.reserve(gone.size());
  for (const item_ptr& i : gone) rows.push_back(position_of(*i));
  store_.drop(host, std::move(rows), std::string(rule));
}

bool durable_frontier::is_known(std::uint64_t fingerprint) {
  if (!recent_.contains(fingerprint)) return false;
  ++books_.duplicates;
  ++known_;
  return true;
}

asio::awaitable<std::size_t> durable_frontier::add(std::span<candidate> found, std::optional<seed_cursor> cursor) {
  std::vector<candidate> all(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  const std::size_t added = co_await store_.add(std::move(all), cursor, take_known());
  books_.duplicates += found.size() - added;
  if (cursor && cursor->exhausted) ledger_.close();
  wake();
  co_return added;
}

asio::awaitable<claim_result> durable_frontier::claim(const lease& holder, const candidate& target) {
  active* a = find(holder.id, holder.token);
  if (a == nullptr) co_return claim_result{false, target.req.url};
  if (target.fingerprint == a->what->what.fingerprint) co_return claim_result{true, {}};
  const std::string row = store::row_key(a->what->what.host, position_of(*a->what));
  const std::uint64_t chain = a->what->chain;
  claim_result answer = co_await store_.claim(chain, row, holder.req.url, target);
  if (find(holder.id, holder.token) == nullptr) answer = {false, target.req.url};
  co_return answer;
}

/// A hop's chain is not kept: after a restart the redirect is asked for again.
asio::awaitable<void> durable_frontier::defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return;
  if (reason == defer_reason::retry || reason == defer_reason::hold) {
    store::queued_row row{.what = a->what->what, .state = state, .not_before_ms = to_wall(not_before, now())};
    const bool is_kept = co_await store_.defer(std::move(row), position_of(*a->what));
    if (!is_kept) co_return;
  }
  co_await scheduled_frontier::defer(held, not_before, std::move(state), reason);
}

asio::awaitable<std::optional<std::uint64_t>> durable_frontier::commit(const lease& held, completion done) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return std::nullopt;
  a->committing = true;
  struct rollback {  // the store may fail: the URL goes back
    durable_frontier& self;
    std::uint64_t id, token;
    bool done = false;
    ~rollback() {
      const auto it = self.active_.find(id);
      if (done || it == self.active_.end()) return;
      it->second.committing = false;
      self.put_back(id, token);
    }
  } guard{*this, held.id, held.token};
  const bool is_page = done.counts_as_page;
  const std::size_t links = done.links.size();
  for (const candidate& c : done.links) recent_.insert(c.fingerprint);
  const host_gate& gate = *hosts_[a->host].gate;
  store::ending_row end{.what = {.what = a->what->what, .state = a->what->state}, .at = position_of(*a->what), .host = hosts_[a->host].name, .done = std::move(done)};
  end.delay_ms = std::chrono::duration_cast<milliseconds>(gate.delay_now()).count();
  end.held_until_ms = to_wall(gate.held_until(), now());
  const auto made = co_await store_.commit(std::move(end), take_known());
  const auto it = active_.find(held.id);
  if (it == active_.end()) co_return std::nullopt;  // erased meanwhile
  guard.done = true;
  books_.duplicates += links - made.added;
  const item_ptr ended = end_lease(it, is_page);
  away_.erase(ended->chain);
  settle_quota(*ended, is_page);
  ++books_.recorded;
  if (is_page) ++books_.pages;
  wake();
  ledger_.close();
  co_return made.seq;
}

/// Into the queue of the host that is next: the URL's own, or that of its redirect's hop, which may be another shard's.
void durable_frontier::return_item(item_ptr what) {
  const std::uint32_t owner = what->state.chain ? what->state.chain->shard : what->what.shard;
  if (owner == shard()) {
    ++books_.queued;
    enqueue(std::move(what));
    windows_.resize(hosts_.size());
    wake();
    return;
  }
  if (what->what.shard == shard()) away_.insert(what->chain);
  --books_.discovered;  // it is discovered where it lies; still open for the job
  ledger_.post(owner, [to = &static_cast<durable_frontier&>(ledger_.part(owner)), moved = std::move(what)]() mutable { to->accept(std::move(moved)); });
  wake();
}

void durable_frontier::accept(item_ptr moved) {
  ++books_.discovered;
  return_item(std::move(moved));
}

asio::awaitable<void> durable_frontier::erase() {
  forget_all();
  windows_.clear();
  away_.clear();
  co_return;
}

}  // namespace trawl::frontier
