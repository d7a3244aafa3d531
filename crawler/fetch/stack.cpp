#include "crawler/fetch/stack.hpp"

#include <utility>

namespace trawl::fetch {
namespace {

/// The innermost fetch: one exchange over a pooled connection.
class network final {
 public:
  network(net::client& client, net::exchange_options options) : client_(client), options_(std::move(options)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    auto got = co_await client_.exchange(std::move(asked), options_);
    if (!got) co_return std::unexpected(std::move(got.error()));
    co_return std::move(*got);
  }

 private:
  net::client& client_;
  net::exchange_options options_;
};

net::exchange_options options_of(const config::fetch& settings) {
  return {.timeout = settings.timeout, .max_body = settings.max_body.bytes, .max_header = settings.max_header.bytes, .content_types = settings.content_types};
}

/// A decorator, why it stands where it does, and when it is there at all.
struct layer {
  const char* name;
  const char* reason;
  bool (*used)(const config::job&);
  fetch_fn (*wrap)(fetch_fn, const stack_parts&, stack_state&);
};

constexpr auto always = [](const config::job&) { return true; };

/// The order of the decorators around a page, from the inside out. It is part of each one's meaning, so it stands here alone.
constexpr layer order[] = {
    {"traffic", "counts what really goes over the wire, each hop and each try", always,
     [](fetch_fn f, const stack_parts&, stack_state& s) { return with_traffic(std::move(f), s.totals); }},
    {"identity", "has the last word on headers, so that every hop has them", always,
     [](fetch_fn f, const stack_parts& p, stack_state&) { return with_identity(std::move(f), p.user_agent, p.job.fetch); }},
    {"deadline", "around all that may hang, inside the rate limit, whose waits are no part of the exchange", always,
     [](fetch_fn f, const stack_parts& p, stack_state&) { return with_deadline(std::move(f), p.job.fetch.timeout.total); }},
    {"host gate", "learns from each answer; 429 and 503 hold the host and cost no retry", always,
     [](fetch_fn f, const stack_parts& p, stack_state&) { return with_host_gate(std::move(f), p.gates, p.job.fetch, p.job.politeness.max_retry_after, p.time); }},
    {"retry", "above the rate limit: what is left is trouble, not a host that asks for rest", always,
     [](fetch_fn f, const stack_parts& p, stack_state&) { return with_retry(std::move(f), p.job.fetch, p.time); }},
    {"cookies", "below redirects: a hop's cookies are its own", [](const config::job& j) { return j.fetch.cookies.enabled; },
     [](fetch_fn f, const stack_parts&, stack_state& s) { return with_cookies(std::move(f), s.cookies); }},
    {"redirects", "outermost: one record, however many hops", always,
     [](fetch_fn f, const stack_parts& p, stack_state&) { return with_redirects(std::move(f), p.job.fetch.max_redirects, p.hops); }},
};

/// robots.txt: the same but for cookies and redirects, any content type, and a body cap of its own.
fetch_fn bare_fetch(const stack_parts& parts, stack_state& state) {
  constexpr std::size_t largest_robots = 1U << 20;  // RFC 9309, 2.5 asks for 500 KiB at least
  net::exchange_options options = options_of(parts.job.fetch);
  options.content_types.clear();
  options.max_body = largest_robots;
  fetch_fn bare = network(parts.client, std::move(options));
  for (const layer& l : order) {
    const std::string_view name = l.name;
    if (name != "cookies" && name != "redirects") bare = l.wrap(std::move(bare), parts, state);
  }
  return bare;
}

}  // namespace

stack make_stack(const stack_parts& parts, stack_state& state) {
  fetch_fn page = network(parts.client, options_of(parts.job.fetch));
  for (const layer& l : order)
    if (l.used(parts.job)) page = l.wrap(std::move(page), parts, state);
  return {std::move(page), bare_fetch(parts, state)};
}

std::vector<std::pair<std::string_view, std::string_view>> describe_stack(const config::job& job) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (auto l = std::rbegin(order); l != std::rend(order); ++l)
    if (l->used(job)) out.emplace_back(l->name, l->reason);
  return out;
}

}  // namespace trawl::fetch
