// What is to be fetched, once, and what the tries on it have cost so far. Pure data; URLs are normalised.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trawl {

class byte_lease;

using header_list = std::vector<std::pair<std::string, std::string>>;

/// One hop of a redirect chain.
struct redirect_hop {
  std::string url;
  int status = 0;
};

struct hop_chain;

/// What the attempts on a URL have cost so far; travels with a deferral.
struct attempt_state {
  std::uint32_t attempts = 0;     ///< requests sent, holds and hops included
  std::uint32_t retries = 0;      ///< tries that failed
  std::uint32_t holds = 0;        ///< 429/503 answers in a row
  std::uint32_t refusals = 0;     ///< requests that the server has not looked at
  std::string first_attempt_at;   ///< RFC 3339; empty before the first
  double elapsed_ms = 0;          ///< spent on the attempts so far, queue waits left out
  std::uint32_t login = 0;        ///< number of the login that these attempts began under; 0: none
  bool login_lost = false;        ///< they begin anew: the answer of before came to somebody who is not logged in
  std::shared_ptr<const hop_chain> chain;  ///< where redirects have led; shared because a state is copied and a chain never changes
};

/// A request as the frontier keeps it. `url` is the serialised, normalised URL without fragment.
struct request {
  std::string url;
  std::string method = "GET";
  header_list headers;            ///< the seed's own; sent to the seed's host only
  std::string body;               ///< sent with methods other than GET
  bool idempotent = true;         ///< may be sent twice (GET always)
  std::uint32_t depth = 0;        ///< links from a seed
  std::int32_t priority = 0;      ///< larger goes first
  std::string parent;             ///< the page that first named it; empty for a seed
  std::string seed;               ///< the seed it descends from
  std::string meta;               ///< the seed's meta as JSON text; empty if none
  std::uint64_t lease = 0;        ///< the frontier lease it is fetched under; 0: none (robots.txt)
  std::optional<std::chrono::steady_clock::time_point> charged;  ///< when the host gate was charged for it already; what sends nothing takes it back
  attempt_state so_far;           ///< of the lease; what a deferral of this fetch starts from
  byte_lease* memory = nullptr;   ///< what its body's bytes are counted by, and who asks keeps until the answer is there; null: by nothing
  std::string from_jar;           ///< what of its Cookie field the job's jar has added, at the field's end
};

/// A redirect chain that waits for its next request: another host's turn, or the delay of its own.
struct hop_chain {
  request next;                     ///< the hop as it will be sent
  std::vector<redirect_hop> hops;   ///< so far
  std::string host;                 ///< politeness key of the next hop's host
  std::uint32_t shard = 0;          ///< that owns this host
};

enum class defer_reason : std::uint8_t {
  retry,     ///< a failure that may pass
  hold,      ///< 429 or 503: the host wants to be left alone
  hop,       ///< a redirect whose next request has to wait for its host
  address,   ///< nothing was sent: as many requests as may be are in flight to its address (politeness.per_ip)
  shutdown,  ///< given back because the crawl stops
};

/// A fetch that is not done: the URL goes back to the frontier with its state and a time. Nothing sleeps while it holds a slot.
struct deferral {
  std::chrono::steady_clock::time_point not_before;
  attempt_state state;
  defer_reason reason = defer_reason::retry;
};

}  // namespace trawl
