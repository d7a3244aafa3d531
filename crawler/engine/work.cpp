// One lease from its grant to its commit: robots, fetch, retry or record, links. The other half of run.hpp.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>

#include "crawler/engine/run.hpp"
#include "crawler/policy/backoff.hpp"
#include "crawler/policy/retry.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/url/normalize.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::clock;

namespace {

constexpr std::uint32_t most_holds = 10;  // 429 and 503 in a row; then the answer itself is the record

double to_ms(clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// Uniform in [0, 1) from the clock's low bits: spreads retries, decides nothing else.
double jitter() noexcept { return static_cast<double>(clock::now().time_since_epoch().count() % 1009) / 1009.0; }

/// What the record takes over from the wire.
void describe_answer(const response& answer, record& out) {
  out.status = answer.status;
  out.final_url = answer.final_url.empty() ? out.asked.url : answer.final_url;
  out.http_version = answer.http_version;
  out.ip = answer.ip;
  out.content_type = std::string(answer.header("content-type").value_or(""));
  out.wire_bytes = answer.wire_bytes;
  out.bytes = answer.body.size();
  out.truncated = answer.truncated;
  out.tls_verified = answer.tls_verified;
  out.redirects = answer.redirects;
  out.failure = answer.stopped;
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

crawl::run::task crawl::run::work(frontier::lease held) {
  struct listed {  // the hop policy finds the lease by its id while this frame lives
    std::unordered_map<std::uint64_t, const frontier::lease*>& leases;
    std::uint64_t id;
    ~listed() { leases.erase(id); }
  };
  leases_[held.id] = &held;
  const listed in_list{leases_, held.id};

  record out;
  out.job = job_.name;
  out.asked = held.req;
  const auto target = url::parse(held.req.url);
  const robots_answer robots = co_await robots_.ask(*target);
  out.robots = robots.note;
  frontier::attempt_state state = held.state;
  if (!robots.allowed) {
    out.failure = robots.unreachable ? error{errc::robots_unreachable, "robots.txt could not be read"} : error{errc::robots_disallowed, "robots.txt forbids it"};
    out.attempts = state.attempts;
    co_await finish(held, std::move(out), {}, false, nullptr);
    co_return;
  }
  if (state.first_attempt_at.empty()) state.first_attempt_at = to_rfc3339(std::chrono::system_clock::now());
  ++state.attempts;
  request asked = held.req;
  asked.lease = held.id;
  asked.charged = true;
  const auto begin = clock::now();
  auto answer = co_await fetch_.page(std::move(asked));
  state.elapsed_ms += to_ms(clock::now() - begin);
  co_await settle(held, std::move(answer), std::move(out), std::move(state));
}

crawl::run::task crawl::run::settle(const frontier::lease& held, result<response> answer, record out, frontier::attempt_state state) {
  const auto now = clock::now();
  if (!answer && answer.error().code == errc::cancelled) co_return;  // the lease goes back by itself
  const auto verdict = answer ? (answer->stopped || !answer->duplicate_of.empty() ? policy::retry_class::final : policy::classify(answer->status))
                              : policy::classify(answer.error());
  if (verdict == policy::retry_class::hold && state.holds + 1 < most_holds) {
    const auto retry_after = policy::retry_after(answer->header("retry-after").value_or(""), std::chrono::system_clock::now());
    const clock::duration wait = retry_after ? std::min<clock::duration>(*retry_after, job_.politeness.max_retry_after)
                                             : policy::backoff(job_.fetch.backoff, state.holds, jitter());
    ++state.holds;
    shard_.gates().gate(held.host).hold(now + wait);
    co_await frontier_.defer(held, now + wait, std::move(state), frontier::defer_reason::hold);
    co_return;
  }
  if (verdict == policy::retry_class::retry && held.req.idempotent && state.retries < job_.fetch.retries) {
    const clock::duration wait = policy::backoff(job_.fetch.backoff, state.retries, jitter());
    ++state.retries;
    co_await frontier_.defer(held, now + wait, std::move(state), frontier::defer_reason::retry);
    co_return;
  }
  out.attempts = state.attempts;
  out.fetched_at = state.first_attempt_at;
  out.elapsed_ms = state.elapsed_ms;
  if (!answer) {
    out.failure = answer.error();
    co_await finish(held, std::move(out), {}, false, nullptr);
    co_return;
  }
  shard_.gates().gate(held.host).observe(answer->latency, answer->status < 400);
  describe_answer(*answer, out);
  page_result page;
  const page_plan& plan = plan_.for_url(held.req.url);
  out.headers = wanted_headers(*answer, plan.extract.headers);
  if (!answer->stopped && answer->duplicate_of.empty())
    page = read_page(*answer, plan, job_.scope.nofollow == config::nofollow_mode::respect, agent_, out);
  co_await finish(held, std::move(out), std::move(page), true, &plan);
}

crawl::run::task crawl::run::finish(const frontier::lease& held, record out, page_result page, bool counts_as_page, const page_plan* plan) {
  frontier::completion done;
  done.counts_as_page = counts_as_page;
  done.output = plan == nullptr || plan->output;
  done.links = to_candidates(out, page);
  note_record(out);
  done.record = to_json(out);
  co_await frontier_.commit(held, std::move(done));
}

asio::awaitable<fetch::hop_verdict> crawl::run::may_hop(const request& asked, const url::url& target) {
  const auto& scope = job_.scope;
  if (!scope_.admits(target, asked.depth, false).allowed) {
    const auto here = url::parse(asked.url);
    const bool is_seed = asked.parent.empty();
    const bool same_domain = here && here->host && target.host && url::registrable_domain(*here->host) == url::registrable_domain(*target.host);
    const bool joins = is_seed && (scope.seed_redirects == config::seed_redirects_mode::any ||
                                   (scope.seed_redirects == config::seed_redirects_mode::domain && same_domain));
    if (!joins) co_return fetch::hop_verdict::out_of_scope;
    scope_.join(target);
    if (!scope_.admits(target, asked.depth, false).allowed) co_return fetch::hop_verdict::out_of_scope;
  }
  const robots_answer robots = co_await robots_.ask(target);
  if (!robots.allowed) co_return robots.unreachable ? fetch::hop_verdict::robots_unreachable : fetch::hop_verdict::robots_disallowed;
  const auto holder = leases_.find(asked.lease);
  if (holder == leases_.end()) co_return fetch::hop_verdict::follow;
  const std::string normal = url::strip_query(target, scope.strip_query);
  const auto claim = co_await frontier_.claim(*holder->second, url::fingerprint(normal));
  co_return claim == frontier::claim_result::granted ? fetch::hop_verdict::follow : fetch::hop_verdict::taken;
}

std::optional<frontier::candidate> crawl::run::to_candidate(request r, bool is_seed) {
  const auto parsed = url::parse(r.url);
  if (!parsed || !parsed->is_http()) return std::nullopt;
  r.url = url::strip_query(*parsed, job_.scope.strip_query);
  const auto verdict = scope_.admits(*parsed, r.depth, is_seed);
  if (!verdict.allowed) {
    filtered(std::string(verdict.rule), r.url, r.parent);
    return std::nullopt;
  }
  frontier::candidate c;
  c.host = parsed->host_port();
  c.fingerprint = url::fingerprint(r.url, r.method, r.body);
  if (r.priority == 0) r.priority = plan_.priority(r.url);
  c.req = std::move(r);
  return c;
}

std::vector<frontier::candidate> crawl::run::to_candidates(const record& page, page_result& found) {
  std::vector<frontier::candidate> out;
  out.reserve(found.follow.size());
  for (const link& l : found.follow) {
    request r;
    r.url = l.url;
    r.depth = page.asked.depth + 1;
    r.parent = page.asked.url;
    r.seed = page.asked.seed;
    if (auto c = to_candidate(std::move(r), false)) out.push_back(std::move(*c));
  }
  for (const std::string& kept_out : found.nofollow) filtered("nofollow", kept_out, page.asked.url);
  return out;
}

void crawl::run::filtered(const std::string& rule, const std::string& address, const std::string& parent) {
  filtered_tally& tally = now_.filtered[rule];
  ++tally.count;
  if (tally.samples.size() < 3) tally.samples.push_back(address);
  if (options_.on_rejected) options_.on_rejected({address, parent, rule});
}

void crawl::run::note_record(const record& out) {
  if (out.status) ++now_.statuses[*out.status];
  if (out.failure) {
    ++now_.errors[std::string(to_string(out.failure->code))];
    ++failures_;
  }
  if (!out.status || *out.status < 200 || *out.status > 299) return;
  ++now_.pages_2xx;
}

}  // namespace trawl::engine
