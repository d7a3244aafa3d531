#include "crawler/engine/worker.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include "crawler/engine/stats/tallies.hpp"
#include "crawler/policy/traps/url_traps.hpp"
#include "crawler/url/domain.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/url/normalize.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using frontier::clock;

worker::worker(const job_context& job, shard& where, std::size_t shards)
    : context_(job),
      job_(job.job),
      shard_(where),
      plan_(job_, problems_),
      scope_(job_.scope, job.joined),
      trap_watch_(job_.scope.traps.detect ? job_.scope.traps.near_duplicates : 0),
      near_duplicates_(trap_watch_.limit()),
      owners_(shards),
      tasks_(where.context().get_executor()),
      asides_(where.context().get_executor()),
      frontier_(job.make_frontier(where.context().get_executor(), where.gates(),
                {.on_new_host = [this](frontier::host_gate& gate, const frontier::candidate& c) { open_gate(gate, c.host); },
                 .admit = [this](const request& r, const std::string& host) { return admit(r, host); },
                 .shard_of = [this](const std::string& host) { return shard_of(host); },
                 .give_up_after = job_.politeness.give_up_after,
                 .max_pages_per_host = job_.scope.max_pages_per_host,
                 .keeps_out = [this](const request& r) { return rule_against_queued(r); },
                 .on_filtered = [this](const request& r, std::string_view rule) { note_filtered(rule, r.url, r.parent); },
                 .time = job.time,
                 .on_found = [this](const frontier::candidate& c) { count_found(c); }})),
      fetch_(where.context(), {where.gates(), job_, user_agent(job_),
                               [this](fetch::hop hop) { return decide_hop(hop); },
                               job.time, reach(), &job.bodies, job.cpu, &job.cookies, &job.addresses, watching(), &where.times()}),
      robots_asking_(asking(fetch_.bare())),
      login_asking_(asking(fetch_.login())),
      robots_(where.gates(), robots_asking_, [this](std::string address) { return ask_owner(std::move(address)); }, job_, asides_,
              [this](const std::string& host) { frontier_->release_host(host); }),
      sitemaps_(around_sitemaps()),
      wants_named_sitemaps_(std::ranges::find(job_.sitemaps, sitemaps_of_robots) != job_.sitemaps.end()),
      agent_(robots_agent(job_)) {
  if (job.tallies != nullptr && frontier_->shard() == 0) add_tallies(now_, *job.tallies);
}

worker::~worker() {
  if (has_run_) shard_.gates().leave(&context_);
}

worker::task worker::run() {
  has_run_ = true;
  while (auto held = co_await frontier_->next()) {
    const bool is_refused = held->robots.is == frontier::admission::kind::refuse;
    if (is_refused) {
      co_await visit(std::move(*held));  // it holds no slot: what bounds it is the log that takes its record
    } else {
      tasks_.spawn(visit(std::move(*held)));
    }
  }
  if (seeds_) seeds_->stop();  // else what feeds them would be waited for
  asides_.cancel_all();  // nothing is leased any more: a robots.txt or sitemap that sleeps through a hold must not keep the crawl open
  co_await tasks_.close();
  asides_.cancel_all();
  co_await asides_.close();
  fetch_.close_idle();
}

std::uint32_t worker::shard_of(const std::string& host) { return owners_.of(host).value_or(frontier_->shard()); }

/// Nothing more will be leased.
bool worker::is_over() const noexcept { return context_.books.cancelled() || context_.books.limit_reached(); }

void worker::stop(bool abort) {
  frontier_->cancel();
  if (!abort) return;
  tasks_.cancel_all();
  asides_.cancel_all();
}

progress worker::numbers() {
  now_.books = frontier_->counts();
  now_.requests = fetch_.totals().requests;
  now_.wire_bytes = fetch_.totals().wire_bytes;
  now_.bytes = fetch_.totals().bytes;
  now_.hosts = frontier_->load().hosts;
  now_.pace = paced_by();
  return now_;
}

frontier::admission worker::admit(const request& r, const std::string& host) {
  if (shard_.gates().gate(host).is_dead(context_.time.now())) {
    return {.is = frontier::admission::kind::refuse, .refused = error{errc::host_skipped, "no connection to " + host + " has come about for long"}, .robots = {}};
  }
  if (paused_hosts_.contains(host)) return {.is = frontier::admission::kind::wait, .refused = {}, .robots = {}};
  if (auto held = held_by_login(host)) return std::move(*held);
  const auto target = url::parse(r.url);
  auto answer = target ? ask_robots(*target) : frontier::admission{};
  if (context_.options.on_surveyed && answer.is == frontier::admission::kind::go) {  // all that was to be found out
    context_.options.on_surveyed(host, shard_.gates().gate(host).delay_now());
    answer.is = frontier::admission::kind::refuse;
    answer.refused = error{errc::cancelled, "it is only planned"};
  }
  return answer;
}

frontier::admission worker::ask_robots(const url::url& target) {
  auto answer = robots_.check(target);
  if (wants_named_sitemaps_ && answer.is != frontier::admission::kind::wait) name_sitemaps_of(target);
  return answer;
}

std::optional<frontier::candidate> worker::to_candidate(request r, bool is_seed) {
  auto parsed = url::parse(r.url);
  if (!parsed || !parsed->is_http()) return std::nullopt;
  if (!is_seed) parsed->username.clear(), parsed->password.clear();  // a page's credentials are not ours to send, keep or show
  r.url = url::strip_query(*parsed, job_.scope.strip_query);
  const auto verdict = scope_.admits(*parsed, r.depth, is_seed);
  const std::string_view trap = is_seed || !verdict.allowed ? std::string_view() : trap_of(*parsed);
  if (!verdict.allowed || !trap.empty()) {
    filtered(verdict.allowed ? trap : verdict.rule, r.url, r.parent);
    return std::nullopt;
  }
  if (is_seed && context_.options.operator_trusted) context_.seed_hosts.add(*parsed->host, parsed->effective_port());
  frontier::candidate c;
  c.host = parsed->host_port();
  if (is_seed && job_.scope.traps.detect) context_.domains.exempt(c.host);
  c.shard = owners_.of(*parsed, c.host);
  c.fingerprint = url::fingerprint(context_.key, r.url, r.method, r.body);
  if (r.priority == 0) r.priority = plan_.priority(r.url);
  c.req = std::move(r);
  return c;
}

/// Of a link; seeds are what their writer meant.
std::string_view worker::trap_of(const url::url& target) const {
  if (!job_.scope.traps.detect) return {};
  if (const std::string_view sign = policy::url_trap(target, job_.scope.traps); !sign.empty()) return sign;
  if (near_duplicates_.is_stopped(target)) return "trap.near_duplicates";
  const auto room = context_.domains.admits(target);
  if (room == policy::domain_budget::verdict::first)
    spdlog::warn("{} has as many hosts or URLs as links may bring in of one registrable domain (scope.traps): of the rest nothing is taken up", url::registrable_domain(*target.host));
  return room == policy::domain_budget::verdict::admitted ? std::string_view() : "trap.domain";
}

void worker::count_found(const frontier::candidate& c) {
  if (job_.scope.traps.detect && !c.req.parent.empty()) context_.domains.count(c.host);
}

/// Its prefix may have been stopped since it was queued, and a job that goes on may exclude what it has queued before.
std::string_view worker::rule_against_queued(const request& r) {
  if (context_.is_resumed && !job_.scope.exclude.empty()) {
    const auto target = url::parse(r.url);
    if (target && scope_.admits(*target, r.depth, false).rule == "scope.exclude") return "scope.exclude";
  }
  if (!near_duplicates_.has_stopped_any() || r.parent.empty()) return {};
  const auto target = url::parse(r.url);
  return target && near_duplicates_.is_stopped(*target) ? "trap.near_duplicates" : std::string_view();
}

/// A page of a few words says nothing of what it is a copy of.
void worker::watch_for_traps(const record& out, const page_result& page) {
  constexpr std::size_t fewest_words = 10;
  if (page.print.words < fewest_words) return;
  const auto where = url::parse(out.final_url);
  if (!where) return;
  if (const auto stopped = near_duplicates_.note(*where, page.print.simhash))
    spdlog::warn("{} near-identical pages under {}: nothing more is taken up there (scope.traps.near_duplicates)", job_.scope.traps.near_duplicates, *stopped);
}

void worker::add_candidate(std::vector<frontier::candidate>& out, const record& page, const std::string& address, std::uint32_t depth) {
  // Nine of ten links are known: a link comes normalised, so its text is its key unless `strip_query` may change it.
  if (job_.scope.strip_query.empty() && frontier_->is_known(url::fingerprint(context_.key, address))) return;
  request r;
  r.url = address;
  r.depth = depth;
  r.parent = page.asked.url;
  r.seed = page.asked.seed;
  r.meta = page.asked.meta;
  if (auto c = to_candidate(std::move(r), false)) out.push_back(std::move(*c));
}

std::vector<frontier::candidate> worker::to_candidates(const record& page, page_result& found) {
  std::vector<frontier::candidate> out;
  out.reserve(found.follow.size() + found.same_depth.size());
  for (const std::string& address : found.same_depth) add_candidate(out, page, address, page.asked.depth);  // first: else the same link one deeper wins
  for (const link& l : found.follow) add_candidate(out, page, l.url, page.asked.depth + 1);
  for (const std::string& kept_out : found.nofollow) filtered("nofollow", kept_out, page.asked.url);
  return out;
}

/// Counted by this run; by the state with the next record.
void worker::filtered(std::string_view rule, const std::string& address, const std::string& parent) {
  if (context_.tallies != nullptr) ++filtered_[std::string(rule)];
  note_filtered(rule, address, parent);
}

void worker::note_filtered(std::string_view rule, const std::string& address, const std::string& parent) {
  now_.filtered[std::string(rule)].note(address);
  if (context_.options.on_rejected) context_.options.on_rejected({address, parent, std::string(rule)});
}

void worker::note_record(const record& out, const page_result& page) { add_record(now_, out, page); }

/// With what was filtered since the last commit.
std::vector<std::pair<std::string, std::uint64_t>> worker::tallies_of(const record& out, const page_result& page) {
  auto all = to_tallies(out, page);
  for (const auto& [rule, count] : std::exchange(filtered_, {})) all.emplace_back("filtered/" + rule, count);
  return all;
}

pace worker::paced_by() const {
  const auto load = frontier_->load();
  if (context_.books.paused()) return pace::paused;
  if (context_.bodies.waiting() > 0) return pace::memory;
  if (committing_ > 0 && committing_ == load.in_flight) return pace::output;
  if (load.ready > 0) return pace::concurrency;  // a host is due, and nothing was leased
  if (load.waiting > 0) return pace::delay;
  if (load.held > 0) return pace::robots;
  if (load.queued > 0) return pace::per_host;
  return load.in_flight > 0 ? pace::discovery : pace::servers;
}

/// On the command line a seed's own host and port may be private, and a private address named in `resolve` or of a proxy: whoever wrote it
/// meant it.
fetch::reach worker::reach() const {
  fetch::reach out;
  out.private_addresses = job_.fetch.private_addresses == config::address_mode::allow;
  out.networks = context_.options.egress_allow;
  if (!context_.options.operator_trusted) return out;
  out.host = [&seeds = context_.seed_hosts](const std::string& host, std::uint16_t port) { return seeds.contains(host, port); };
  for (const auto& [name, address] : job_.fetch.resolve) out.names.push_back(name);
  out.private_proxies = true;
  return out;
}

/// delay auto: 500ms on public addresses, none on loopback and private ones, as far as the name and `resolve` tell.
void worker::open_gate(frontier::host_gate& gate, std::string_view host) const {
  std::string name(host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':')));
  if (const auto fixed = job_.fetch.resolve.find(name); fixed != job_.fetch.resolve.end()) name = fixed->second;
  constexpr std::chrono::nanoseconds public_delay = std::chrono::milliseconds(500);
  const auto by_itself = fetch::is_private_host(name) ? std::chrono::nanoseconds(0) : public_delay;
  gate.join(job_.politeness.delay.value_or(by_itself), job_.politeness.per_host, &context_);
  gate.adaptive(job_.politeness.adaptive, job_.politeness.max_delay);
}

}  // namespace trawl::engine
