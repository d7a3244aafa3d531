// What the parts of a batch do: new URLs, redirects' claims, records. The other half of job_store.hpp.
#include "crawler/frontier/store/job_store.hpp"
#include "crawler/frontier/wake_list.hpp"

namespace trawl::frontier::store {

bool job_store::is_known(std::uint64_t fingerprint) const { return new_.contains(fingerprint) || known_.contains(fingerprint); }

job_store::host_entry& job_store::host(const std::string& name) {
  host_entry& entry = hosts_[name];
  if (!std::exchange(entry.is_changed, true)) changed_names_.push_back(name);
  return entry;
}

void job_store::mark_seen(std::uint64_t fingerprint, const seen_row& as) {
  new_.insert(fingerprint);
  changes_.put(table::seen, number_key(fingerprint), encode(as));
}

bool job_store::add_one(candidate& c) {
  if (const auto taken = claims_.find(c.fingerprint); taken != claims_.end()) {
    ++row_.duplicates;
    if (!taken->second.parked) taken->second.parked = std::move(c);
    return false;
  }
  if (is_known(c.fingerprint)) {
    ++row_.duplicates;
    return false;
  }
  queue_new(std::move(c), false);
  return true;
}

void job_store::queue_new(candidate c, bool was_parked) {
  const std::uint64_t order = ++row_.order;
  const position at{c.req.priority, c.req.depth, order};
  mark_seen(c.fingerprint, {.at = at, .holder = {}});
  host_row& h = host(c.host).row;
  ++h.queued;
  ++h.discovered;
  ++row_.discovered;
  ++row_.queued;
  if (was_parked) --row_.duplicates;
  queued_row row{.what = std::move(c), .state = {}};
  changes_.put(table::queue, row_key(row.what.host, at), encode(row));
  if (ledger_ != nullptr) ledger_->open();
  if (row.what.shard < parts_.size()) parts_[row.what.shard].waiting.push_back({std::move(row.what), order, was_parked});
}

claim_result job_store::apply_claim(std::uint64_t chain, std::string& holder, std::string& by, const candidate& target) {
  if (const auto taken = claims_.find(target.fingerprint); taken != claims_.end())
    return taken->second.chain == chain ? claim_result{true, {}} : claim_result{false, taken->second.by};
  if (new_.contains(target.fingerprint)) return {false, target.req.url};
  if (const auto known = known_.find(target.fingerprint); known != known_.end()) {
    const auto row = decode_seen(known->second);
    if (!row || row->holder.empty()) return {false, target.req.url};
    const auto name = parse_row_key(row->holder);
    const auto bytes = db_->get(table::done, row->holder);
    const auto record = name && bytes ? decode_done(*name, *bytes) : std::nullopt;
    return {false, record ? record->what.what.req.url : target.req.url};
  }
  host(target.host);  // it will be asked: its pace has to survive a restart
  claims_.emplace(target.fingerprint, claimed{chain, std::move(holder), std::move(by), std::nullopt});
  chains_[chain].push_back(target.fingerprint);
  return {true, {}};
}

/// Ends what a chain has claimed: known for good, or free again, and then a link that came meanwhile is queued.
void job_store::settle(std::uint64_t chain, bool is_kept, const std::string& holder) {
  const auto made = chains_.find(chain);
  if (made == chains_.end()) return;
  for (const std::uint64_t print : made->second) {
    const auto at = claims_.find(print);
    std::optional<candidate> parked = std::move(at->second.parked);
    claims_.erase(at);
    if (is_kept) {
      mark_seen(print, {.at = {}, .holder = holder});
    } else if (parked) {
      queue_new(std::move(*parked), true);
    }
  }
  chains_.erase(made);
}

void job_store::count(const std::string& tally, std::uint64_t by) { changes_.put(table::meta, "tally/" + tally, std::to_string(tallies_[tally] += by)); }

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

void job_store::apply_commit(ending_row& what, committed& out) {
  completion& done = what.done;
  const std::string key = row_key(what.what.what.host, what.at);
  out.seq = ++row_.seq;
  put_seq(done.record, out.seq);
  const spot where = files_.append(std::string(1, done.output ? '\1' : '\0') + done.record);
  done_row row{.seq = out.seq, .is_page = done.counts_as_page, .what = std::move(what.what), .claims = std::move(done.claims), .seen = std::move(done.seen)};
  if (const auto made = chains_.find(what.at.order); done.keeps_claims && made != chains_.end()) row.claims.insert(row.claims.end(), made->second.begin(), made->second.end());
  for (const std::uint64_t print : row.claims) mark_seen(print, {.at = {}, .holder = key});
  keep_body(row.seen.digest, row.what.what.req.url);
  changes_.erase(table::queue, key);
  changes_.put(table::done, key, encode(row));
  changes_.put(table::log, number_key(out.seq), encode(log_row{where, key}));
  host_row& h = host(row.what.what.host).row;
  --h.queued;
  h.pages += done.counts_as_page ? 1 : 0;
  host_row& asked = host(what.host).row;
  asked.delay_ms = what.delay_ms;
  asked.held_until_ms = what.held_until_ms;
  --row_.queued;
  ++row_.recorded;
  row_.pages += done.counts_as_page ? 1 : 0;
  for (const std::string& joined : done.joined_hosts) changes_.put(table::meta, "joined/" + joined, "");
  for (const auto& [name, by] : done.tallies) count(name, by);
  settle(what.at.order, done.keeps_claims, key);
  for (candidate& c : done.links) out.added += add_one(c) ? 1 : 0;
}

}  // namespace trawl::frontier::store
