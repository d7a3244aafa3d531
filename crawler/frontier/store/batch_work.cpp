// What the parts of a batch do: new URLs, redirects' claims, records. The other half of job_store.hpp.
#include <algorithm>

#include "crawler/frontier/store/job_store.hpp"
#include "crawler/frontier/wake_list.hpp"

namespace trawl::frontier::store {

bool job_store::is_known(std::uint64_t fingerprint) const {
  const auto here = journal_.find(fingerprint);
  return here == seen_map::fate::unheard ? known_.contains(fingerprint) : here == seen_map::fate::known;
}

/// Whose a known fingerprint is; nullopt: it is not known.
std::optional<seen_row> job_store::whose(std::uint64_t fingerprint) const {
  if (!is_known(fingerprint)) return std::nullopt;
  if (journal_.find(fingerprint) == seen_map::fate::known) return journal_.whose(fingerprint);
  return decode_seen(known_.at(fingerprint)).value_or(seen_row{});
}

job_store::host_entry& job_store::host(const std::string& name) {
  auto& of = *hosts_.try_emplace(name).first;
  note_changed(of);
  return of.second;
}

void job_store::note_changed(host_map::value_type& of) {
  if (!std::exchange(of.second.is_changed, true)) changed_hosts_.push_back(&of);
}

void job_store::note_pace(const pace& of) {
  host_row& row = host(of.host).row;
  row.delay_ms = of.delay_ms;
  row.held_until = of.held_until;
}

void job_store::mark_seen(std::uint64_t fingerprint, const seen_row& as, const std::string& by) {
  if (!by.empty()) targets_.emplace(fingerprint, by);
  journal_.put(fingerprint, as);
}

bool job_store::add_one(candidate& c) {
  if (const auto taken = claims_.find(c.fingerprint); taken != claims_.end()) {
    ++row_.duplicates;
    if (!taken->second.parked) park(c.fingerprint, taken->second, std::move(c));
    return false;
  }
  if (is_known(c.fingerprint)) {
    ++row_.duplicates;
    return false;
  }
  queue_new(std::move(c), false);
  return true;
}

/// Whether a page may be forgotten that was linked to depends on a claim that does not survive the process: so the link has to.
void job_store::park(std::uint64_t fingerprint, claimed& in, candidate what) {
  const std::string key = row_key(what.host, {what.req.priority, what.req.depth, 0});
  changes_.put(table::meta, parked_key(fingerprint), encode(parked_row{key, {.what = what, .state = {}, .not_before = {}}}));
  in.parked = std::move(what);
}

/// The chain waits, and may do so until another run.
void job_store::keep_claims(std::uint64_t chain) {
  const auto made = chains_.find(chain);
  if (made == chains_.end()) return;
  for (const std::uint64_t print : made->second) {
    const claimed& c = claims_.at(print);
    changes_.put(table::meta, claim_key(print), encode(claim_row{c.chain, c.holder, c.by}));
  }
}

void job_store::read_claims() {
  db_->each(table::meta, claim_prefix, "", [&](std::string_view key, std::string_view value) {
    const auto row = decode_claim(value);
    const std::uint64_t print = parse_claim_key(key);
    if (!row) throw storage_error(storage_error::kind::damaged, "the state in " + directory_.path().string() + " is damaged: a redirect's claim can't be read");
    claims_.emplace(print, claimed{row->chain, row->holder, row->by, std::nullopt});
    chains_[row->chain].push_back(print);
    return true;
  });
}

/// On opening: claims that were not kept are gone, and what waited for them does no longer.
void job_store::queue_parked() {
  std::vector<candidate> all;
  db_->each(table::meta, parked_prefix, "", [&](std::string_view key, std::string_view value) {
    const auto row = decode_parked(value);
    if (!row) throw storage_error(storage_error::kind::damaged, "the state in " + directory_.path().string() + " is damaged: a link can't be read");
    if (const auto taken = claims_.find(parse_claim_key(key)); taken != claims_.end()) {
      taken->second.parked = row->what.what;
      if (options_.shard_of) taken->second.parked->shard = options_.shard_of(row->what.what.host);
      return true;
    }
    changes_.erase(table::meta, key);
    all.push_back(row->what.what);
    return true;
  });
  for (candidate& c : all) queue_new(std::move(c), true);
}

void job_store::queue_new(candidate&& c, bool was_parked) {
  const std::uint64_t order = ++row_.order;
  const position at{c.req.priority, c.req.depth, order};
  mark_seen(c.fingerprint, {.at = at, .holder = {}});
  host_row& h = host(c.host).row;
  ++h.queued;
  ++h.discovered;
  h.by_links += c.req.parent.empty() ? 0 : 1;
  ++row_.discovered;
  ++row_.queued;
  if (was_parked) --row_.duplicates;
  static const attempt_state untried;
  scratch_.clear();
  write(scratch_, c, untried, {});
  changes_.put(table::queue, row_key(c.host, at), scratch_.view());
  if (ledger_ != nullptr) ledger_->open();
  if (c.shard < parts_.size()) parts_[c.shard].waiting.push_back({std::move(c), order, was_parked});
}

claim_result job_store::apply_claim(std::uint64_t chain, std::string& holder, std::string& by, const candidate& target) {
  if (const auto taken = claims_.find(target.fingerprint); taken != claims_.end())
    return taken->second.chain == chain ? claim_result{true, {}} : claim_result{false, taken->second.by};
  if (const auto now = targets_.find(target.fingerprint); now != targets_.end()) return {false, now->second};
  if (const auto row = whose(target.fingerprint)) {
    const auto name = parse_row_key(row->holder);
    const auto bytes = name ? db_->get(table::done, row->holder) : std::nullopt;
    const auto record = bytes ? decode_done(*name, *bytes) : std::nullopt;
    return {false, record ? record->what.what.req.url : target.req.url};
  }
  host(target.host);  // it will be asked: its pace has to survive a restart
  claims_.emplace(target.fingerprint, claimed{chain, std::move(holder), std::move(by), std::nullopt});
  chains_[chain].push_back(target.fingerprint);
  return {true, {}};
}

/// Ends what a chain has claimed: known for good, or free again, and then a link that came meanwhile is queued.
void job_store::settle(std::uint64_t chain, bool is_kept, const std::string& holder, const std::string& by) {
  const auto made = chains_.find(chain);
  if (made == chains_.end()) return;
  for (const std::uint64_t print : made->second) {
    const auto at = claims_.find(print);
    std::optional<candidate> parked = std::move(at->second.parked);
    claims_.erase(at);
    changes_.erase(table::meta, claim_key(print));
    if (parked) changes_.erase(table::meta, parked_key(print));
    if (is_kept) {
      mark_seen(print, {.at = {}, .holder = holder}, by);
    } else if (parked) {
      queue_new(std::move(*parked), true);
    }
  }
  chains_.erase(made);
}

void job_store::count(const std::string& tally, std::uint64_t by) {
  auto& of = *tallies_.try_emplace(tally).first;
  of.second += by;
  if (std::ranges::find(changed_tallies_, &of) == changed_tallies_.end()) changed_tallies_.push_back(&of);
}

void job_store::apply_drop(const std::string& name, const std::vector<position>& rows, const std::string& rule) {
  for (const position& at : rows) changes_.erase(table::queue, row_key(name, at));
  host_row& of = host(name).row;
  of.queued -= rows.size();
  of.discovered -= rows.size();
  row_.queued -= rows.size();
  row_.discovered -= rows.size();
  count("filtered/" + rule, rows.size());
}

std::string job_store::apply_claim_of_body(std::uint64_t digest, const std::string& url) {
  const auto [claim, is_first] = bodies_.try_emplace(digest, url);
  if (!is_first) return claim->second;
  const auto known = db_->get(table::meta, body_key(digest));
  if (!known) return url;
  bodies_.erase(claim);
  return *known;
}

void job_store::keep_body(std::uint64_t digest, const std::string& url) {
  const auto claim = bodies_.find(digest);
  if (claim == bodies_.end() || claim->second != url) return;
  changes_.put(table::meta, body_key(digest), url);
  kept_bodies_.push_back(digest);
}

/// The URL's row, out of the queue. In its record are also its redirects' targets.
void job_store::put_done(const std::string& key, const ending_row& what, std::uint64_t seq) {
  const completion& done = what.done;
  std::vector<std::uint64_t> claims = done.claims;
  if (const auto made = chains_.find(what.at.order); done.keeps_claims && made != chains_.end()) claims.insert(claims.end(), made->second.begin(), made->second.end());
  for (const std::uint64_t print : claims) mark_seen(print, {.at = {}, .holder = key}, what.url);
  changes_.erase(table::queue, key);
  scratch_.clear();
  write_done(scratch_, seq, done.counts_as_page, what.row, claims, done.seen);
  changes_.put(table::done, key, scratch_.view());
}

void job_store::apply_commit(ending_row& what, committed& out) {
  completion& done = what.done;
  const std::string key = row_key(what.host, what.at);
  out.seq = ++row_.seq;
  put_seq(done.record, out.seq);
  const spot where = files_.append(std::string(1, done.output ? '\1' : '\0') + done.record);
  put_done(key, what, out.seq);
  keep_body(done.seen.digest, what.url);
  changes_.put(table::log, number_key(out.seq), encode(log_row{where, key}));
  host_row& h = host(what.host).row;
  --h.queued;
  h.pages += done.counts_as_page ? 1 : 0;
  note_pace(what.asked);
  --row_.queued;
  ++row_.recorded;
  row_.pages += done.counts_as_page ? 1 : 0;
  for (const std::string& joined : done.joined_hosts) changes_.put(table::meta, "joined/" + joined, "");
  for (const auto& [name, more] : done.tallies) count(name, more);
  settle(what.at.order, done.keeps_claims, key, what.url);
  for (candidate& c : done.links) out.added += add_one(c) ? 1 : 0;
}

}  // namespace trawl::frontier::store
