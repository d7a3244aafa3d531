// One URL from its lease to its commit: fetch, read, record, links. The other half of worker.hpp.
#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include <system_error>

#include "crawler/async/run_on.hpp"
#include "crawler/engine/revisit.hpp"
#include "crawler/engine/stats/tallies.hpp"
#include "crawler/engine/worker.hpp"
#include "crawler/frontier/kill_point.hpp"
#include "crawler/frontier/store/storage_error.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/url/normalize.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::clock;

namespace {

/// Above this a page is read on the CPU pool, so that the shard's other exchanges go on meanwhile: at 1 GB/s a quarter of a millisecond.
constexpr std::size_t reads_elsewhere = 256 * 1024;

double to_ms(clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// What the record takes over from the wire.
void describe_answer(const response& answer, record& out) {
  if (answer.status != 0) out.status = answer.status;
  out.final_url = answer.final_url.empty() ? out.asked.url : answer.final_url;
  out.http_version = answer.http_version;
  out.ip = answer.ip;
  out.content_type = std::string(answer.header("content-type").value_or(""));
  out.wire_bytes = answer.wire_bytes;
  out.bytes = answer.body.size();
  out.truncated = answer.truncated;
  out.from_cache = answer.source != content_source::network;
  out.tls_verified = answer.tls_verified;
  out.redirects = answer.redirects;
  out.failure = answer.stopped;
  if (answer.truncated == truncation::time) out.failure = error{errc::timeout_total, "the body did not end in time; what came is kept"};
  if (answer.truncated == truncation::disconnect) out.failure = error{errc::body_truncated, "the connection ended inside the body; what came is kept"};
  out.duplicate_of = answer.duplicate_of;
}

std::optional<header_list> wanted_headers(const response& answer, const nlohmann::json& wanted) {
  if (wanted.is_boolean()) return wanted.get<bool>() ? std::optional(answer.headers) : std::nullopt;
  header_list out;
  for (const auto& h : answer.headers)
    if (std::ranges::any_of(wanted, [&](const nlohmann::json& n) { return equal_ignoring_case(n.get_ref<const std::string&>(), h.first); })) out.push_back(h);
  return out;
}

}  // namespace

/// The wall at which exceptions end: whatever goes wrong in here, the URL gets its record and is not asked for again and again.
worker::task worker::visit(frontier::lease held) {
  std::optional<error> fault;
  try {
    co_await fetch_and_record(held);
  } catch (const boost::system::system_error&) {
    throw;  // cancelled: the lease goes back by itself
  } catch (const frontier::storage_error& e) {
    context_.on_fatal(e.what());
  } catch (const std::exception& e) {
    spdlog::error("{}: {}", held.req.url, e.what());
    fault = error{errc::internal, "a fault of trawl's own; its log says more"};
  }
  if (fault) co_await record_failure(held, std::move(*fault), held.state);
}

worker::task worker::fetch_and_record(const frontier::lease& held) {
  if (held.robots.is == frontier::admission::kind::refuse) {
    co_await record_refusal(held);
    co_return;
  }
  if (is_quarantined(held.req)) {
    spdlog::error("{} was being read when a process of this crawl ended, twice: it is left alone", held.req.url);
    co_await record_failure(held, error{errc::internal, "trawl ended twice while it read this page"}, held.state);
    co_return;
  }
  struct listed {  // the hop policy finds the lease by its id while this frame lives
    std::unordered_map<std::uint64_t, const frontier::lease*>& leases;
    std::uint64_t id;
    ~listed() { leases.erase(id); }
  };
  leases_[held.id] = &held;
  const listed in_list{leases_, held.id};

  request asked = held.req;
  asked.lease = held.id;
  asked.charged = held.charged_at;
  asked.so_far = held.state;
  if (held.before && !held.state.chain) ask_if_changed(asked, *held.before);
  if (asked.so_far.first_attempt_at.empty()) asked.so_far.first_attempt_at = to_rfc3339(std::chrono::system_clock::now());
  attempt_state state = asked.so_far;
  const auto begin = context_.time.now();
  auto got = co_await fetch_.page()(std::move(asked));
  const double spent = to_ms(context_.time.now() - begin);
  state.elapsed_ms += spent;
  if (!got) {
    if (got.error().code == errc::cancelled) co_return;  // the lease goes back by itself
    ++state.attempts;
    co_await record_failure(held, std::move(got.error()), std::move(state));
  } else if (auto* off = std::get_if<deferral>(&*got)) {
    off->state.elapsed_ms += spent;
    co_await frontier_->defer(held, off->not_before, std::move(off->state), off->reason);
  } else {
    auto answer = std::get<response>(std::move(*got));
    state.elapsed_ms -= to_ms(answer.waited);
    co_await record_answer(held, std::move(answer), std::move(state));
  }
}

record worker::start_record(const frontier::lease& held, const attempt_state& state) const {
  record out;
  out.job = job_.name;
  out.asked = held.req;
  out.robots = held.robots.robots;
  out.attempts = state.attempts;
  out.visit = held.visit;
  if (held.before) out.outcome = "changed";
  out.fetched_at = state.first_attempt_at;
  out.elapsed_ms = state.elapsed_ms;
  return out;
}

/// robots.txt forbids the URL itself, or where its redirects have led.
worker::task worker::record_refusal(const frontier::lease& held) {
  record out = start_record(held, held.state);
  out.failure = held.robots.refused;
  if (const auto& chain = held.state.chain) {
    out.status = chain->hops.back().status;
    out.redirects = chain->hops;
    out.final_url = chain->next.url;
    out.failure->detail += ": " + chain->next.url;
  }
  const bool had_response = held.state.chain != nullptr;
  co_await commit(held, std::move(out), {}, {.counts_as_page = had_response, .keeps_claims = false, .output = plan_.for_url(held.req.url).output, .seen = note_of({}, held.before.get(), 0)});
}

worker::task worker::record_failure(const frontier::lease& held, error why, attempt_state state) {
  record out = start_record(held, state);
  out.failure = std::move(why);
  co_await commit(held, std::move(out), {}, {.counts_as_page = false, .keeps_claims = false, .output = plan_.for_url(held.req.url).output, .seen = note_of({}, held.before.get(), 0)});
}

worker::task worker::record_answer(const frontier::lease& held, response answer, attempt_state state) {
  record out = start_record(held, state);
  out.attempts = answer.attempts;
  describe_answer(answer, out);
  const page_plan& plan = plan_.for_url(held.req.url);
  out.headers = wanted_headers(answer, plan.extract.headers);
  page_result page;
  std::uint64_t digest = 0;
  const bool has_content = !answer.stopped && answer.duplicate_of.empty();
  const bool is_copy = has_content && co_await is_duplicate(held, answer, out, digest);
  if (has_content && !is_copy) page = co_await read(answer, plan, out);
  watch_for_traps(out, page);
  const std::uint64_t body = revisits() && !answer.body.empty() ? digest_of(answer, context_.key) : digest;
  out.outcome = outcome_of(held.before.get(), answer, body);
  frontier::revisit_note seen = note_of(answer, held.before.get(), body);
  answer.body = {};  // what is kept of it is in the record, which its lease stands for until that is written
  const bool is_page = answer.duplicate_of.empty();
  co_await commit(held, std::move(out), std::move(page), {.counts_as_page = is_page && !is_copy, .keeps_claims = is_page && !answer.stopped, .output = plan.output, .seen = std::move(seen)});
}

/// scope.duplicates: drop: whether another record holds the same body, which this one then names. Else `digest` is what it is known by.
asio::awaitable<bool> worker::is_duplicate(const frontier::lease& held, const response& answer, record& out, std::uint64_t& digest) {
  if (job_.scope.duplicates == config::duplicates_mode::keep || answer.body.empty() || answer.body_skipped || answer.truncated != truncation::none) co_return false;
  const std::uint64_t print = url::fingerprint(context_.key, answer.body);
  std::string holder = co_await context_.claim_body(print, held.req.url);
  if (holder == held.req.url) {
    digest = print;
    co_return false;
  }
  out.duplicate_of = std::move(holder);
  co_return true;
}

/// Only then it is worth its cost to know the body again.
bool worker::revisits() const noexcept { return job_.scope.revisit_after.count() > 0 && context_.tallies != nullptr; }

/// Whoever finds the process ended in here knows by what.
page_result worker::read_marked(const response& answer, const page_plan& plan, bool wants_print, record& out) const {
  const auto mark = context_.marks == nullptr ? frontier::crash_marks::mark() : context_.marks->reading(print_of(out.asked));
  frontier::kill_point("page.read", out.asked.url);
  return read_page(answer, plan, job_.scope.nofollow == config::nofollow_mode::respect, agent_, wants_print, out);
}

bool worker::is_quarantined(const request& r) const { return context_.marks != nullptr && context_.marks->has_suspects() && context_.marks->is_quarantined(print_of(r)); }

/// Inline where it is quick, on the CPU pool where it is not: a tree costs fifty times a scan.
asio::awaitable<page_result> worker::read(const response& answer, const page_plan& plan, record& out) {
  const bool wants_print = trap_watch_.is_sampled();
  if (answer.body.size() < reads_elsewhere && !plan.needs_tree()) co_return read_marked(answer, plan, wants_print, out);
  auto work = [&answer, &plan, &out, wants_print, this] { return read_marked(answer, plan, wants_print, out); };
  co_return co_await async::run_on(context_.cpu, work);
}

worker::task worker::commit(const frontier::lease& held, record out, page_result page, fate how) {
  frontier::completion done;
  done.counts_as_page = how.counts_as_page;
  done.keeps_claims = how.keeps_claims;
  done.output = how.output;
  done.seen = std::move(how.seen);
  if (job_.fetch.cache.mode == config::cache_mode::offline) out.attempts = 0;  // of requests sent: whatever failed, it was none
  done.links = to_candidates(out, page);
  done.record = to_json(out);
  done.joined_hosts = std::exchange(joined_, {});
  done.tallies = tallies_of(out, page);
  const std::string before = held.before ? held.before->gave : std::string();
  const auto past = to_past_tallies(out, before);
  done.tallies.insert(done.tallies.end(), past.begin(), past.end());
  done.seen.gave = what_it_gave(out, page, before);
  struct counted {
    std::uint64_t& count;
    explicit counted(std::uint64_t& c) : count(++c) {}
    ~counted() { --count; }
  };
  const counted waiting(committing_);
  try {
    const auto seq = co_await frontier_->commit(held, std::move(done));
    if (seq) note_record(out, page), tally_host(held.host, out);
    for (const auto& [name, count] : past)
      if (seq) add_tally(now_, name, count);
    if (seq && context_.marks != nullptr && context_.marks->has_suspects()) context_.marks->forget(print_of(held.req));
  } catch (const frontier::storage_error& e) {
    context_.on_fatal(e.what());
  } catch (const std::system_error& e) {  // the log can't be written: the URL is queued again, and nothing else may be taken up
    context_.on_fatal(e.what());
  }
}

/// The scope, with what a seed's redirect may bring into it.
bool worker::may_hop_to(const request& asked, const url::url& target) {
  if (scope_.admits(target, asked.depth, false).allowed) return true;
  const auto here = url::parse(asked.url);
  const bool is_seed = asked.parent.empty();
  const bool same_domain = here && here->host && target.host && url::registrable_domain(*here->host) == url::registrable_domain(*target.host);
  const auto mode = job_.scope.seed_redirects;
  const bool joins = is_seed && (mode == config::seed_redirects_mode::any || (mode == config::seed_redirects_mode::domain && same_domain));
  if (!joins || !scope_.admits(target, asked.depth, true).allowed) return false;
  joined_.push_back(target.without_fragment());  // as a seed: it joins if nothing excludes it
  return true;
}

/// robots.txt of the same host is asked at once, so that nothing is claimed that may not be fetched; that of another when its turn comes.
std::optional<fetch::hop_verdict> worker::refused_by_robots(const frontier::admission& robots) {
  if (robots.is != frontier::admission::kind::refuse) return std::nullopt;
  if (robots.refused->code == errc::robots_disallowed) return fetch::hop_verdict::robots_disallowed;
  if (robots.refused->code == errc::robots_unreachable) return fetch::hop_verdict::robots_unreachable;
  return std::nullopt;
}

asio::awaitable<fetch::hop_answer> worker::decide_hop(fetch::hop hop) {
  using fetch::hop_verdict;
  const auto holder = leases_.find(hop.asked.lease);
  if (holder == leases_.end() || !may_hop_to(hop.asked, hop.target)) co_return fetch::hop_answer{hop_verdict::out_of_scope};
  frontier::candidate there;
  there.host = hop.target.host_port();
  there.shard = owners_.of(hop.target, there.host);
  there.req.url = url::strip_query(hop.target, job_.scope.strip_query);
  there.fingerprint = url::fingerprint(context_.key, there.req.url, hop.next.method, hop.next.body);
  const bool same_host = there.host == hop.from.host_port();
  frontier::admission robots;
  if (same_host) robots = ask_robots(hop.target);
  if (const auto refused = refused_by_robots(robots)) co_return fetch::hop_answer{*refused};
  auto claim = co_await frontier_->claim(*holder->second, there);
  if (!claim.granted) co_return fetch::hop_answer{.is = hop_verdict::taken, .taken_by = std::move(claim.taken_by)};

  fetch::hop_answer answer{hop_verdict::later, there.host, there.shard};
  frontier::host_gate& gate = shard_.gates().gate(there.host);
  const auto now = context_.time.now();
  if (same_host && robots.is == frontier::admission::kind::go && gate.clock_opens_at() <= now) {
    gate.charge(now);
    answer.is = hop_verdict::follow;
    answer.charged_at = now;
  }
  co_return answer;
}

}  // namespace trawl::engine
