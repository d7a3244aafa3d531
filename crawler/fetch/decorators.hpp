// The index of the fetch decorators: each takes the fetch below and gives one that does a thing more. None knows another; the order
// stands in stack.cpp. All run on the shard's thread; state passed by reference outlives the function.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "config/job.hpp"
#include "crawler/async/byte_budget.hpp"
#include "crawler/async/clock.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/policy/cookie_jar.hpp"
#include "crawler/url/url.hpp"

namespace trawl::fetch {

class disk_store;

/// Counters of what goes over the wire.
struct traffic {
  std::uint64_t requests = 0;    ///< sent, hops and robots.txt included
  std::uint64_t failures = 0;    ///< ended with an error
  std::uint64_t wire_bytes = 0;  ///< bodies as received
  std::uint64_t bytes = 0;       ///< bodies decoded
};

/// May a redirect be followed?
enum class hop_verdict : std::uint8_t {
  follow,              ///< yes, and at once: the clock of its host is charged for it
  later,               ///< yes, when its host's turn comes
  out_of_scope,        ///< the scope refuses it
  taken,               ///< the target has, or will have, a record of its own
  robots_disallowed,   ///< its robots.txt refuses it
  robots_unreachable,  ///< its robots.txt can't be read
};
/// The verdict, and whose turn the hop has to wait for.
struct hop_answer {
  hop_verdict is = hop_verdict::follow;
  std::string host = {};
  std::uint32_t shard = 0;
  std::string taken_by = {};  ///< with `taken`: the URL whose record has, or will have, the target's content
  async::clock::time_point charged_at = {};  ///< with `follow`: when the clock was charged
};
/// A hop that is to be judged. References outlive the call.
struct hop {
  const request& asked;      ///< as the frontier gave it
  const url::url& from;      ///< where the chain stands
  const url::url& target;
  const request& next;       ///< what would be sent there
};
/// Asked once per hop. With follow and later the target now belongs to the request that was asked.
using hop_policy = std::function<asio::awaitable<hop_answer>(hop)>;

/// What a fetch uses the cache for.
enum class cache_use : std::uint8_t {
  pages,     ///< as fetch.cache.mode says
  sitemaps,  ///< the same; their bodies are read whatever type and size pages may have
  robots,    ///< bodies as of sitemaps; asked for anew each time and kept for fetch.cache.mode offline, where one that is not there allows all, as a 404 does
};
/// What the cache decorator works with. References outlive it.
struct cache_parts {
  disk_store& store;
  const config::fetch& settings;
  frontier::host_gates& gates;
  asio::any_io_executor pool;  ///< where the store's calls block
  std::string partition;       ///< what else an answer depends on: how hosts are reached, and the credentials there are
  cache_use use = cache_use::pages;
  bool (*wants_body)(const header_list&, std::span<const std::string> types);  ///< as the network decides it
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
  async::byte_account* memory = nullptr;  ///< what stored bodies are counted against while they are the answer; null: nothing
};

/// Who knows of the job's login. The functions are empty where a job has none; they outlive the fetch.
struct login_watch {
  std::function<std::uint32_t()> number;  ///< of the login that holds now; 0: none
  /// Whether a page that was asked for was given to somebody who is not logged in.
  std::function<asio::awaitable<bool>(const request& asked, const response& answer)> shows_login;
  /// A page that was asked for under that login has shown it lost. True: it is worth asking for again, for there is another login, or will be.
  std::function<bool(std::uint32_t number)> lost;
  std::function<void(bool helped)> asked_again;  ///< what became of a page for which that was true
  /// Calls `store` if what a request sent under login `number` brings from there may still be kept: see login_session::keep.
  std::function<void(const url::url& from, std::uint32_t number, const std::function<void()>& store)> keep;
};

/// Counts what goes over the wire.
fetch_fn with_traffic(fetch_fn next, traffic& totals);

/// Follows 301 302 303 307 308 (RFC 9110, 15.4) inside one record, at most `max_redirects`. A hop that has to wait for its host puts
/// the URL off with its chain. A hop that `policy` refuses, or that fails for good, ends the chain: the redirect is the response, with
/// `stopped` or `duplicate_of` set. The seed's headers do not follow to another origin; a body goes on
/// with 307 and 308 alone, with its Content-Type.
fetch_fn with_redirects(fetch_fn next, std::uint32_t max_redirects, hop_policy policy);

/// Sends each host the credentials that `fetch.auth` has for it, and no other.
fetch_fn with_auth(fetch_fn next, const std::vector<config::auth_entry>& entries);

/// Sends the jar's cookies, behind those that the request has, and keeps those that come back (RFC 6265bis), unless `watch` knows that a
/// login has overtaken them. An empty watch, as for the requests that log in, keeps all.
fetch_fn with_cookies(fetch_fn next, policy::cookie_jar& jar, login_watch watch = {});

/// Puts a page off that was given to somebody who is not logged in, so that it is asked for once more, from its start, when the login is back.
/// If it is so again, or may not be sent twice, its answer ends with login.failed and no content: a login form is nobody's page. What the
/// cache holds is not taken for it.
fetch_fn with_login(fetch_fn next, login_watch watch);

/// Puts off what may pass by itself: network trouble, a body that was cut off, and 408 425 500 502 504 522 524, `retries` times, with back-off. Methods that may
/// not be repeated are left alone.
fetch_fn with_retry(fetch_fn next, const config::fetch& settings, async::clock& time);

/// Answers from the store what it may by fetch.cache.mode, and stores what comes. What it answers, or refuses offline
/// (connect.unreachable), sends no request, and the host's clock is given back what was charged for it. Mode http is RFC 9111 for a
/// private cache (policy/caching); the other modes look at no header, store each whole answer but those that would be tried again, and
/// also know POST and its kin by method and body. Set-Cookie is not stored. A 304 that is about something else is put off as a retry. The
/// body that a server is asked about is read when the 304 has come; if it is not there any more, the page is fetched whole.
fetch_fn with_cache(fetch_fn next, cache_parts parts);

/// One request at a time by the host's clock: waits for it where the scheduler has not charged it (robots.txt), learns from each answer,
/// and puts off what was answered 429 or 503 (Retry-After, else the back-off); after ten in a row the answer is the answer. A request whose
/// address is full was none: its turn is given back, and the host waits with it.
fetch_fn with_host_gate(fetch_fn next, frontier::host_gates& gates, const config::fetch& settings, config::duration max_retry_after, async::clock& time);

/// Counts bodies against the account, each for as long as its response is there: an exchange begins when there is room for its first
/// bytes, and waits for that as long as it takes. It takes a turn of its host's clock then, not before.
fetch_fn with_memory(fetch_fn next, async::byte_account& account, frontier::host_gates& gates);

/// Says who asks and what is understood: User-Agent, Accept, Accept-Encoding, and `fetch.headers`.
fetch_fn with_identity(fetch_fn next, std::string user_agent, const config::fetch& settings);

/// Ends the exchange after `limit`, wherever it stands, with timeout.total.
fetch_fn with_deadline(fetch_fn next, config::duration limit);

}  // namespace trawl::fetch
