#include "crawler/frontier/durable_frontier.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "crawler/frontier/log/bytes.hpp"

namespace trawl::frontier {

using store::position;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t most_in_memory = 32'768;  // queued URLs of a shard, about: its hosts share them
constexpr std::size_t widest_window = 64;       // URLs of a host that are read at once, at most

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
  h.gate->hold(std::max(now() + pause, from.second.held_until.seen_from(now())));
  schedule(at);
}

/// How many URLs of a host are read at once. Better ones may come in beyond that; of four times as many the worst go out.
std::size_t durable_frontier::window_size() const noexcept {
  const host_load hosts = load();
  return std::clamp<std::size_t>(most_in_memory / (hosts.ready + hosts.waiting + hosts.held + 1), 1, widest_window);
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
  if (options_.on_found) options_.on_found(what.what);
  const position here{what.what.req.priority, what.what.req.depth, what.order};
  const std::size_t at = host_of(what.what.host, what.what);
  windows_.resize(hosts_.size());
  host& h = hosts_[at];
  window& w = windows_[at];
  const bool is_within = w.to && here < *w.to;
  const bool is_next = h.rest == 0 && h.queue.size() < window_size();
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
  if (h.queue.size() > 4 * window_size()) cut_window(at);
}

/// The worst of a queue that has become too long go out of memory.
void durable_frontier::cut_window(std::size_t at) {
  host& h = hosts_[at];
  window& w = windows_[at];
  const auto is_row = [](const item_ptr& i) { return !i->is_taken_up(); };
  const auto chains_end = std::ranges::partition(h.queue, [&](const item_ptr& i) { return !is_row(i); }).begin();
  const auto rows = static_cast<std::size_t>(h.queue.end() - chains_end);
  if (const std::size_t kept = window_size(); rows > kept) {
    const auto last_kept = chains_end + static_cast<std::ptrdiff_t>(kept) - 1;
    std::nth_element(chains_end, last_kept, h.queue.end(), [](const item_ptr& a, const item_ptr& b) { return position_of(*a) < position_of(*b); });
    w.to = position_of(**last_kept);
    ++w.cuts;
    h.rest += static_cast<std::size_t>(h.queue.end() - last_kept) - 1;
    h.queue.erase(last_kept + 1, h.queue.end());
  }
  order_queue(at);
}

void durable_frontier::fetch_rows(std::size_t at) {
  const std::size_t wanted = window_size();
  if (hosts_[at].queue.size() > wanted / 4 || std::exchange(windows_[at].is_loading, true)) return;
  const std::size_t asked = wanted + (windows_[at].cuts > 0 ? out_of_queue(at).size() : 0);
  store_.load(shard(), hosts_[at].name, windows_[at].to, asked, [this, at, asked, cuts = windows_[at].cuts, alive = alive()](std::vector<store::loaded> rows) {
    if (!alive.expired()) take_rows(at, std::move(rows), asked, cuts);
  });
}

/// The host's URLs that are leased, put off, or in another shard: behind the window's end they are still in the store's queue.
std::unordered_set<std::uint64_t> durable_frontier::out_of_queue(std::size_t at) const {
  std::unordered_set<std::uint64_t> out = away_;
  for (const auto& [id, a] : active_)
    if (a.host == at || a.what->state.chain) out.insert(a.what->chain);
  for (const item_ptr& i : hosts_[at].delayed) out.insert(i->chain);
  for (const item_ptr& i : hosts_[at].queue) out.insert(i->chain);
  return out;
}

void durable_frontier::take_rows(std::size_t at, std::vector<store::loaded> rows, std::size_t asked, std::uint64_t cuts) {
  host& h = hosts_[at];
  window& w = windows_[at];
  w.is_loading = false;
  if (w.cuts != cuts) {  // others come before these now
    if (h.queue.empty() && h.rest > 0) return fetch_rows(at);
    if (h.waits_for_rows) release(at);
    return;
  }
  const auto out = w.cuts > 0 ? out_of_queue(at) : std::unordered_set<std::uint64_t>();
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
    mine->not_before = row.row.not_before.seen_from(time);
    if (mine->state.attempts > 0) take_up(at, *mine);
    place_row(std::move(mine));
  }
  if (rows.size() < asked && h.rest > 0) {
    spdlog::error("{} of the queued URLs of {} are not in the state", h.rest, h.name);
    h.rest = 0;
  }
  if (h.waits_for_rows) release(at);
  wake();
}

/// Into the host's queue, or that of the host which its redirects have come to.
void durable_frontier::place_row(item_ptr what) {
  if (!what->state.chain) return enqueue(std::move(what));
  hop_chain chain = *what->state.chain;
  chain.shard = options_.shard_of ? options_.shard_of(chain.host) : shard();
  what->state.chain = std::make_shared<const hop_chain>(std::move(chain));
  --books_.queued;
  return_item(std::move(what));
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

store::pace durable_frontier::pace_of(const host& h) const {
  return {h.name, std::chrono::duration_cast<milliseconds>(h.gate->delay_now()).count(), store::moment::of(h.gate->held_until(), now())};
}

/// What robots.txt has said of the delay is kept before the host's first page is asked for.
void durable_frontier::release_host(const std::string& name) {
  if (const auto at = host_index_.find(name); at != host_index_.end()) store_.remember_pace(pace_of(hosts_[at->second]));
  scheduled_frontier::release_host(name);
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

asio::awaitable<void> durable_frontier::defer(const lease& held, clock::time_point not_before, attempt_state state, defer_reason reason) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return;
  const bool says_nothing_new = reason == defer_reason::shutdown || (reason == defer_reason::address && !state.chain);
  if (!says_nothing_new) {
    store::queued_row row{.what = a->what->what, .state = state, .not_before = store::moment::of(not_before, now())};
    const bool is_kept = co_await store_.defer(std::move(row), position_of(*a->what), pace_of(hosts_[a->host]));
    if (!is_kept) co_return;
  }
  co_await scheduled_frontier::defer(held, not_before, std::move(state), reason);
}

/// The row's bytes are made here, so that nothing of the request is copied, and not by the one thread of all shards.
std::unique_ptr<store::ending_row> durable_frontier::ending_of(const active& a, completion&& done) const {
  const candidate& what = a.what->what;
  store::byte_writer row;
  store::write(row, what, a.what->state, {});
  return std::make_unique<store::ending_row>(store::ending_row{.row = row.take(), .host = what.host, .url = what.req.url, .at = position_of(*a.what), .asked = pace_of(hosts_[a.host]), .done = std::move(done)});
}

asio::awaitable<std::optional<std::uint64_t>> durable_frontier::commit(const lease& held, completion done) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return std::nullopt;
  a->committing = true;
  commit_guard guard{*this, held.id, held.token};
  const bool is_page = done.counts_as_page;
  const std::size_t links = done.links.size();
  for (const candidate& c : done.links) recent_.insert(c.fingerprint);
  const auto made = co_await store_.commit(ending_of(*a, std::move(done)), take_known());
  const auto it = active_.find(held.id);
  if (it == active_.end()) co_return std::nullopt;  // erased meanwhile
  guard.done = true;
  books_.duplicates += links - made.added;
  const item_ptr ended = book_record(it, is_page);
  away_.erase(ended->chain);
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
