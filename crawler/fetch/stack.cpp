#include "crawler/fetch/stack.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "crawler/fetch/cache/disk_store.hpp"
#include "crawler/net/body.hpp"
#include "crawler/net/client.hpp"
#include "crawler/net/decode.hpp"

namespace trawl::fetch {
namespace {

constexpr std::size_t largest_cookie_file = std::size_t{16} << 20;  // more than a jar can hold

/// The innermost fetch: one exchange over a pooled connection; put off where the address is full.
class network final {
 public:
  network(net::client& client, net::exchange_options options) : client_(client), options_(std::move(options)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    attempt_state state = asked.so_far;
    std::optional<std::chrono::steady_clock::time_point> turn;
    const auto begin = std::chrono::steady_clock::now();
    auto got = co_await client_.exchange(std::move(asked), options_, &turn);
    if (turn) co_return deferral{*turn, std::move(state), defer_reason::address};
    if (!got) co_return std::unexpected(std::move(got.error()));
    if (options_.times != nullptr) {
      (*options_.times)[phase::first_byte].add(got->latency);
      (*options_.times)[phase::total].add(std::chrono::steady_clock::now() - begin);
    }
    co_return std::move(*got);
  }

 private:
  net::client& client_;
  net::exchange_options options_;
};

net::exchange_options options_of(const stack_parts& parts) {
  const config::fetch& settings = parts.job.fetch;
  return {.timeout = settings.timeout,
          .max_body = settings.max_body.bytes,
          .max_header = settings.max_header.bytes,
          .content_types = settings.content_types,
          .min_rate = settings.min_rate.bytes,
          .times = parts.times,
          .memory = parts.memory,
          .addresses = {parts.addresses, parts.job.politeness.per_ip}};
}

/// What the decorators keep between fetches.
struct layer_state {
  explicit layer_state(const stack_parts& parts) {
    const config::fetch& settings = parts.job.fetch;
    if (settings.cache.dir) cached = std::make_unique<disk_store>(*settings.cache.dir, settings.cache.max_size.bytes);
    if (parts.cookies != nullptr) {
      cookies = parts.cookies;
    } else {
      load_cookies(settings.cookies, own_cookies);
    }
  }
  layer_state(const layer_state&) = delete;
  layer_state& operator=(const layer_state&) = delete;

  traffic totals;
  policy::cookie_jar own_cookies;       ///< where the job's are not given
  policy::cookie_jar* cookies = &own_cookies;
  std::unique_ptr<disk_store> cached;  ///< where there is a fetch.cache.dir
  cache_use use = cache_use::pages;    ///< what the stack is for that is being built
  bool is_login = false;               ///< it is what logs in
};

/// As far as it can be read: whoever starts a crawl has checked it.
std::string cookie_file(const config::cookies& settings) {
  std::ifstream file(*settings.file, std::ios::binary);
  std::string text(largest_cookie_file, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// Jobs may share a cache directory, but none gets from it what it could not have fetched: what decides who may be reached and how parts
/// them, and so do the credentials that a request does not show as its own.
std::string cache_partition(const stack_parts& parts) {
  const config::fetch& f = parts.job.fetch;
  std::string out = std::string(parts.allowed.private_addresses ? "private " : "") + (parts.allowed.host ? "seeds " : "") + (f.tls.verify ? "" : "unverified ");
  for (const std::string& network : parts.allowed.networks) out += "\nnetwork " + network;
  for (const auto& [name, address] : f.resolve) out += "\nresolve " + name + ' ' + address;
  if (f.tls.ca_file) out += "\nca " + *f.tls.ca_file;
  for (const std::string& proxy : f.proxies) out += "\nproxy " + proxy;  // it may answer what it likes
  if (f.cookies.enabled && f.cookies.file) out += "\ncookies " + cookie_file(f.cookies);
  if (f.login) out += "\nlogin " + f.login->page + ' ' + f.login->form + ' ' + nlohmann::json(f.login->set).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return out;
}

fetch_fn cached(fetch_fn next, const stack_parts& parts, layer_state& state) {
  return with_cache(std::move(next), {*state.cached, parts.job.fetch, parts.gates, parts.cpu, cache_partition(parts), state.use, net::wants_body, std::chrono::system_clock::now, parts.memory});
}

/// A decorator, why it stands where it does, and when it is there at all.
struct layer {
  const char* name;
  const char* reason;
  bool (*used)(const config::job&);
  fetch_fn (*wrap)(fetch_fn, const stack_parts&, layer_state&);
};

/// The connection ends an exchange by itself, and keeps what has come; this is for what hangs anywhere else. A body may wait for memory as
/// long again.
constexpr config::duration deadline_grace = std::chrono::seconds(1);
config::duration longest_exchange(const stack_parts& parts) { return parts.job.fetch.timeout.total * (parts.memory == nullptr ? 1 : 2) + deadline_grace; }

constexpr auto always = [](const config::job&) { return true; };

/// The order of the decorators around a page, from the inside out. It is part of each one's meaning, so it stands here alone.
constexpr layer order[] = {
    {"traffic", "counts what really goes over the wire, each hop and each try", always,
     [](fetch_fn f, const stack_parts&, layer_state& s) { return with_traffic(std::move(f), s.totals); }},
    {"deadline", "around all that may hang, inside the rate limit, whose waits are no part of the exchange", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_deadline(std::move(f), longest_exchange(p)); }},
    {"host gate", "learns from each answer; 429 and 503 hold the host and cost no retry", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_host_gate(std::move(f), p.gates, p.job.fetch, p.job.politeness.max_retry_after, p.time); }},
    {"memory", "outside the rate limit: who waits for room has no turn of its host yet; inside all that keeps an answer, so that each holds its own room", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return p.memory == nullptr ? std::move(f) : with_memory(std::move(f), *p.memory, p.gates); }},
    {"retry", "above the rate limit: what is left is trouble, not a host that asks for rest", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_retry(std::move(f), p.job.fetch, p.time); }},
    {"cache", "above all that costs a wait or a request, below all that makes up the request: an answer is stored for what was really asked",
     [](const config::job& j) { return j.fetch.cache.dir.has_value(); },
     [](fetch_fn f, const stack_parts& p, layer_state& s) { return cached(std::move(f), p, s); }},
    {"identity", "below redirects, so that every hop has these headers; what stands further out comes first", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_identity(std::move(f), p.user_agent, p.job.fetch); }},
    {"cookies", "below redirects: a hop's cookies are its own", [](const config::job& j) { return j.fetch.cookies.enabled; },
     [](fetch_fn f, const stack_parts& p, layer_state& s) { return with_cookies(std::move(f), *s.cookies, s.is_login ? login_watch{} : p.login); }},
    {"auth", "below redirects: each hop has the credentials of its own host", [](const config::job& j) { return !j.fetch.auth.empty(); },
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_auth(std::move(f), p.job.fetch.auth); }},
    {"redirects", "one record, however many hops", always,
     [](fetch_fn f, const stack_parts& p, layer_state&) { return with_redirects(std::move(f), p.job.fetch.max_redirects, p.hops); }},
    {"login", "above redirects, which may lead to the login page: then all of it is asked for again", [](const config::job& j) { return logs_in(j); },
     [](fetch_fn f, const stack_parts& p, layer_state&) { return p.login.shows_login ? with_login(std::move(f), p.login) : f; }},
};

net::egress_policy egress(const reach& allowed) {
  net::egress_policy out{.allow_private = allowed.private_addresses, .networks = {}, .exempt = {}, .private_proxies = allowed.private_proxies, .also = allowed.host};
  for (const std::string& name : allowed.names) out.exempt.emplace_back(name, net::any_port);
  for (const std::string& text : allowed.networks)
    if (const auto network = net::parse_allowed_network(text)) out.networks.push_back(*network);
  return out;
}

fetch_fn page_fetch(net::client& client, const stack_parts& parts, layer_state& state) {
  state.use = cache_use::pages;
  state.is_login = false;
  fetch_fn page = network(client, options_of(parts));
  for (const layer& l : order)
    if (l.used(parts.job)) page = l.wrap(std::move(page), parts, state);
  return page;
}

constexpr std::size_t largest_robots = 1U << 20;  // RFC 9309, 2.5 asks for 500 KiB at least

/// What is no page: the same but for the layers `without`, any content type, and a body cap of its own.
fetch_fn bare_fetch(net::client& client, const stack_parts& parts, layer_state& state, std::size_t max_body, std::initializer_list<std::string_view> without) {
  net::exchange_options options = options_of(parts);
  options.content_types.clear();
  options.max_body = max_body;
  fetch_fn bare = network(client, std::move(options));
  for (const layer& l : order)
    if (l.used(parts.job) && std::ranges::find(without, std::string_view(l.name)) == without.end()) bare = l.wrap(std::move(bare), parts, state);
  return bare;
}

/// What a robots.txt says is shared by jobs that ask as the same agent, so it is asked for as anybody: without credentials.
fetch_fn robots_fetch(net::client& client, const stack_parts& parts, layer_state& state) {
  state.use = cache_use::robots;
  return bare_fetch(client, parts, state, largest_robots, {"cookies", "auth", "redirects", "login"});
}

fetch_fn sitemap_fetch(net::client& client, const stack_parts& parts, layer_state& state) {
  state.use = cache_use::sitemaps;
  return bare_fetch(client, parts, state, largest_sitemap_body, {"cookies", "redirects", "login"});
}

fetch_fn login_fetch(net::client& client, const stack_parts& parts, layer_state& state) {
  state.is_login = true;
  return bare_fetch(client, parts, state, parts.job.fetch.max_body.bytes, {"cache", "redirects", "login"});
}

}  // namespace

struct stack::inside {
  inside(asio::io_context& context, const stack_parts& parts)
      : client(context, parts.job.fetch, egress(parts.allowed)),
        state(parts),
        page(page_fetch(client, parts, state)),
        bare(robots_fetch(client, parts, state)),
        sitemap(sitemap_fetch(client, parts, state)),
        login(login_fetch(client, parts, state)) {}

  net::client client;
  layer_state state;
  fetch_fn page, bare, sitemap, login;
};

stack::stack(asio::io_context& context, const stack_parts& parts) : inside_(std::make_unique<inside>(context, parts)) {}
stack::~stack() = default;
const fetch_fn& stack::page() const noexcept { return inside_->page; }
const fetch_fn& stack::bare() const noexcept { return inside_->bare; }
const fetch_fn& stack::sitemap() const noexcept { return inside_->sitemap; }
const fetch_fn& stack::login() const noexcept { return inside_->login; }
const traffic& stack::totals() const noexcept { return inside_->state.totals; }
void stack::close_idle() { inside_->client.close_idle(); }

void load_cookies(const config::cookies& settings, policy::cookie_jar& jar) {
  if (settings.enabled && settings.file) jar.load_netscape(cookie_file(settings), std::chrono::system_clock::now());
}

bool logs_in(const config::job& job) noexcept { return job.fetch.login && job.fetch.cache.mode != config::cache_mode::offline; }

std::vector<std::pair<std::string_view, std::string_view>> describe_stack(const config::job& job) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (auto l = std::rbegin(order); l != std::rend(order); ++l)
    if (l->used(job)) out.emplace_back(l->name, l->reason);
  return out;
}

bool is_private_host(std::string_view host) noexcept {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  return !ec && !net::globally_reachable(address);
}

std::string gunzipped(std::string body, std::size_t limit) {
  if (!body.starts_with("\x1F\x8B")) return body;
  truncation cut = truncation::none;
  auto plain = net::decode_body(std::move(body), {{"Content-Encoding", "gzip"}}, limit, cut);
  return plain ? std::move(*plain) : std::string();
}

bool is_network(std::string_view text) { return net::parse_allowed_network(text).has_value(); }

}  // namespace trawl::fetch
