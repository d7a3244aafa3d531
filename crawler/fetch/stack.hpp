// The whole fetch of a job: the network below, the decorators around it.
#pragma once
#include "crawler/fetch/decorators.hpp"
#include "crawler/net/client.hpp"

namespace trawl::fetch {

/// What the decorators keep between fetches. Owned by the job; outlives the stack.
struct stack_state {
  traffic totals;
  policy::cookie_jar cookies;
};

/// The two ways to fetch: a page, with everything; and a bare exchange, for robots.txt, which follows its own redirect rules.
struct stack {
  fetch_fn page;
  fetch_fn bare;
};

/// Builds both. All references outlive the stack. `user_agent` is the full field value.
stack make_stack(net::client& client, frontier::host_gates& gates, const config::fetch& settings, std::string user_agent, hop_policy hops, stack_state& state);

}  // namespace trawl::fetch
