#include "crawler/frontier/memory/memory_frontier.hpp"

#include "crawler/async/run_on.hpp"

namespace trawl::frontier {

memory_frontier::memory_frontier(asio::any_io_executor executor, ledger& shared, host_gates& gates, appendable_log& log, frontier_options options)
    : scheduled_frontier(std::move(executor), shared, gates, std::move(options)), log_(log) {}

/// Duplicate check and queue, in the part that owns the host.
bool memory_frontier::add_one(candidate& c) {
  if (const auto taken = claims_.find(c.fingerprint); taken != claims_.end()) {
    ++books_.duplicates;
    if (!taken->second.is_durable && !taken->second.parked) taken->second.parked = std::move(c);
    return false;
  }
  if (!seen_.insert(c.fingerprint)) {
    ++books_.duplicates;
    return false;
  }
  if (options_.on_found) options_.on_found(c);
  auto what = std::make_unique<item>();
  what->what = std::move(c);
  what->order = ++order_;
  what->chain = (std::uint64_t{shard_} << 48) + order_;
  ledger_.open();
  ++books_.discovered;
  ++books_.queued;
  enqueue(std::move(what));
  return true;
}

bool memory_frontier::is_known(std::uint64_t fingerprint) {
  const bool known = seen_.contains(fingerprint);
  if (known) ++books_.duplicates;
  return known;
}

std::size_t memory_frontier::take_over(std::vector<candidate> transfers) {
  std::size_t added = 0;
  for (candidate& c : transfers) added += add_one(c) ? 1 : 0;
  wake();
  return added;
}

/// Own hosts at once; the others in one batch for each owner. The caller's lease, or the seeds, keep the job open meanwhile.
asio::awaitable<std::size_t> memory_frontier::add_all(std::span<candidate> found) {
  std::size_t added = 0;
  std::vector<std::vector<candidate>> away;
  for (candidate& c : found) {
    if (c.shard == shard_) {
      added += add_one(c) ? 1 : 0;
      continue;
    }
    if (away.empty()) away.resize(ledger_.shards());
    away[c.shard].push_back(std::move(c));
  }
  for (std::uint32_t owner = 0; owner < away.size(); ++owner) {
    if (away[owner].empty()) continue;
    auto hand_over = [to = &part(owner), batch = std::move(away[owner])]() mutable { return to->take_over(std::move(batch)); };
    added += co_await async::run_on(ledger_.executor(owner), std::move(hand_over));
  }
  co_return added;
}

asio::awaitable<std::size_t> memory_frontier::add(std::span<candidate> found, std::optional<seed_cursor> cursor) {
  const std::size_t added = co_await add_all(found);
  if (cursor && cursor->exhausted) ledger_.close();
  wake();
  co_return added;
}

claim_result memory_frontier::claim_here(std::uint64_t chain, const std::string& holder, const candidate& target) {
  if (const auto taken = claims_.find(target.fingerprint); taken != claims_.end())
    return taken->second.chain == chain ? claim_result{true, {}} : claim_result{false, taken->second.holder};
  if (seen_.contains(target.fingerprint)) return {false, target.req.url};
  claimed& mine = claims_[target.fingerprint];
  mine.chain = chain;
  mine.holder = holder;
  return {true, {}};
}

asio::awaitable<claim_result> memory_frontier::claim(const lease& holder, const candidate& target) {
  active* a = find(holder.id, holder.token);
  if (a == nullptr) co_return claim_result{false, target.req.url};
  if (target.fingerprint == a->what->what.fingerprint) co_return claim_result{true, {}};
  const claim_ref made{target.shard, target.fingerprint};
  const std::uint64_t chain = a->what->chain;
  claim_result answer;
  if (target.shard == shard_) {
    answer = claim_here(chain, holder.req.url, target);
  } else {
    auto ask = [to = &part(target.shard), chain, by = holder.req.url, target] { return to->claim_here(chain, by, target); };
    answer = co_await async::run_on(ledger_.executor(target.shard), std::move(ask));
    a = find(holder.id, holder.token);  // looked up again: the table may have moved meanwhile
    if (a == nullptr) co_return claim_result{false, target.req.url};
  }
  if (answer.granted) a->what->claims.push_back(made);
  co_return answer;
}

/// Ends a claim of this part: known for good, or free again, and then a link that came meanwhile is queued.
void memory_frontier::settle_claim(std::uint64_t fingerprint, bool durable) {
  const auto at = claims_.find(fingerprint);
  if (at == claims_.end() || at->second.is_durable) return;
  if (durable) {
    seen_.insert(fingerprint);
    at->second.is_durable = true;  // it stays, so that who is led here later can name the record
    at->second.parked.reset();
    return;
  }
  auto parked = std::move(at->second.parked);
  claims_.erase(at);
  if (!parked) return;
  --books_.duplicates;
  add_one(*parked);
  wake();
}

void memory_frontier::settle_claims(item& what, bool durable) {
  for (const claim_ref& c : std::exchange(what.claims, {})) {
    if (c.shard == shard_) {
      settle_claim(c.fingerprint, durable);
      continue;
    }
    ledger_.open();  // the job is not over before its owner has looked at what was parked there
    ledger_.post(c.shard, [to = &part(c.shard), &shared = ledger_, print = c.fingerprint, durable] {
      to->settle_claim(print, durable);
      shared.close();
    });
  }
}

/// Into the queue of the host that is next: the URL's own, or that of its redirect's hop, which may be another shard's.
void memory_frontier::return_item(item_ptr what) {
  const std::uint32_t owner = what->state.chain ? what->state.chain->shard : what->what.shard;
  if (owner == shard_) {
    ++books_.queued;
    enqueue(std::move(what));
    wake();
    return;
  }
  --books_.discovered;  // it is discovered where it lies; still open for the job
  ledger_.post(owner, [to = &part(owner), moved = std::move(what)]() mutable { to->accept(std::move(moved)); });
  wake();  // here a permit and a slot have become free
}

void memory_frontier::accept(item_ptr moved) {
  ++books_.discovered;
  ++books_.queued;
  moved->order = ++order_;
  enqueue(std::move(moved));
  wake();
}

/// Where its redirects led belongs to nobody any more.
void memory_frontier::drop_claims(item& what) { settle_claims(what, false); }

asio::awaitable<std::optional<std::uint64_t>> memory_frontier::commit(const lease& held, completion done) {
  active* a = find(held.id, held.token);
  if (a == nullptr) co_return std::nullopt;
  a->committing = true;
  commit_guard guard{*this, held.id, held.token};
  const std::uint64_t seq = co_await log_.append(std::move(done.record), done.output);
  if (seq == 0) co_return std::nullopt;
  co_await add_all(done.links);
  const auto it = active_.find(held.id);
  if (it == active_.end()) co_return std::nullopt;  // erased meanwhile
  guard.done = true;
  for (const std::uint64_t f : done.claims) seen_.insert(f);
  const item_ptr ended = book_record(it, done.counts_as_page);
  settle_claims(*ended, done.keeps_claims);
  wake();
  ledger_.close();
  co_return seq;
}

asio::awaitable<void> memory_frontier::erase() {
  forget_all();
  claims_.clear();
  seen_ = {};
  co_return;
}

}  // namespace trawl::frontier
