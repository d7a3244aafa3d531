#include "crawler/fetch/stack.hpp"

namespace trawl::fetch {
namespace {

fetch_fn over_network(net::client& client, net::exchange_options options) {
  return [&client, options = std::move(options)](request r) { return client.exchange(std::move(r), options); };
}

net::exchange_options options_of(const config::fetch& settings) {
  return {.timeout = settings.timeout, .max_body = settings.max_body.bytes, .max_header = settings.max_header.bytes, .content_types = settings.content_types};
}

}  // namespace

stack make_stack(net::client& client, frontier::host_gates& gates, const config::fetch& settings, std::string user_agent, hop_policy hops, stack_state& state) {
  constexpr std::size_t largest_robots = 1U << 20;  // RFC 9309, 2.5 asks for 500 KiB at least
  net::exchange_options for_robots = options_of(settings);
  for_robots.content_types.clear();
  for_robots.max_body = largest_robots;

  // Read from the inside out. The order is part of each decorator's meaning, so it stands here alone.
  fetch_fn page = over_network(client, options_of(settings));  // one exchange, with its deadlines
  page = with_traffic(std::move(page), state.totals);          // counts what really goes over the wire, each hop
  page = with_identity(std::move(page), user_agent, settings); // the last word on headers, so that every hop has them
  if (settings.cookies.enabled) page = with_cookies(std::move(page), state.cookies);  // below redirects: a hop's cookies are its own
  page = with_host_gate(std::move(page), gates);               // below redirects: a hop is a request like any other to its host
  page = with_redirects(std::move(page), settings.max_redirects, std::move(hops));    // outermost: one record, however many hops

  fetch_fn bare = over_network(client, for_robots);
  bare = with_traffic(std::move(bare), state.totals);
  bare = with_identity(std::move(bare), std::move(user_agent), settings);
  bare = with_host_gate(std::move(bare), gates);
  return {std::move(page), std::move(bare)};
}

}  // namespace trawl::fetch
