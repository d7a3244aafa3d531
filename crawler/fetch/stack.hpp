// The whole fetch of a job on one shard: the network below, the decorators around it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/fetch/decorators.hpp"
#include "crawler/net/client.hpp"

namespace trawl::fetch {

/// What the decorators keep between fetches. Owned by the job's shard; outlives the stack.
struct stack_state {
  traffic totals;
  policy::cookie_jar cookies;
};

/// The two ways to fetch: a page, with everything; and a bare exchange, for robots.txt, which follows its own redirect rules.
struct stack {
  fetch_fn page;
  fetch_fn bare;
};

/// What a stack is built from. All references outlive it.
struct stack_parts {
  net::client& client;
  frontier::host_gates& gates;
  const config::job& job;
  std::string user_agent;  ///< the full field value
  hop_policy hops;
  async::clock& time;
};

stack make_stack(const stack_parts& parts, stack_state& state);

/// The decorators around a page and why each stands where it does, the outermost first; for people (--dry-run).
std::vector<std::pair<std::string_view, std::string_view>> describe_stack(const config::job& job);

}  // namespace trawl::fetch
