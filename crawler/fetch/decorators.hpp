// The index of the fetch decorators: each takes the fetch below and gives one that does a thing more. None knows another; the order
// stands in stack.cpp. All run on the shard's thread; state passed by reference outlives the function.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "config/job.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/host_gates.hpp"
#include "crawler/policy/cookie_jar.hpp"
#include "crawler/url/url.hpp"

namespace trawl::fetch {

/// Counters that the outermost decorator keeps.
struct traffic {
  std::uint64_t requests = 0;    ///< sent to the wire, hops included
  std::uint64_t failures = 0;    ///< ended with an error
  std::uint64_t wire_bytes = 0;  ///< bodies as received
  std::uint64_t bytes = 0;       ///< bodies decoded
};

/// May a redirect be followed?
enum class hop_verdict : std::uint8_t {
  follow,              ///< yes; the target now belongs to this request
  out_of_scope,        ///< the scope refuses it
  taken,               ///< the target has, or will have, a record of its own
  robots_disallowed,   ///< its robots.txt refuses it
  robots_unreachable,  ///< its robots.txt can't be read
};
/// Asked once per hop with the request as the frontier gave it and the target, without fragment.
using hop_policy = std::function<asio::awaitable<hop_verdict>(const request& asked, const url::url& target)>;

/// Counts what goes over the wire.
fetch_fn with_traffic(fetch_fn next, traffic& totals);

/// Follows 301 302 303 307 308 (RFC 9110, 15.4) inside one response, at most `max_redirects`. A hop that `policy` refuses ends the
/// chain: the redirect is the response, with `stopped` or `duplicate_of` set. The seed's headers and body do not follow to another origin.
fetch_fn with_redirects(fetch_fn next, std::uint32_t max_redirects, hop_policy policy);

/// Sends the jar's cookies and keeps those that come back (RFC 6265bis).
fetch_fn with_cookies(fetch_fn next, policy::cookie_jar& jar);

/// Says who asks and what is understood: User-Agent, Accept, Accept-Encoding, and `fetch.headers`.
fetch_fn with_identity(fetch_fn next, std::string user_agent, const config::fetch& settings);

/// Waits for the host's gate before a request that the scheduler has not charged (hops, robots.txt), and charges it.
fetch_fn with_host_gate(fetch_fn next, frontier::host_gates& gates);

}  // namespace trawl::fetch
