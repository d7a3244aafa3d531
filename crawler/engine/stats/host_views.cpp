// A part of worker.hpp too: what it knows of its hosts, and which of them somebody has paused.
#include "crawler/engine/stats/host_views.hpp"

#include <algorithm>
#include <tuple>

#include "crawler/engine/worker.hpp"

namespace trawl::engine {
namespace {

constexpr std::size_t most_tallied = 100'000;  // hosts; of more only what the frontier knows is told

}  // namespace

void keep_busiest(std::vector<host_view>& hosts, std::size_t most) {
  const auto busier = [](const host_view& a, const host_view& b) { return std::tuple(b.in_flight + b.queued, b.fetched + b.failed, a.host) < std::tuple(a.in_flight + a.queued, a.fetched + a.failed, b.host); };
  const std::size_t kept = std::min(most, hosts.size());
  std::ranges::partial_sort(hosts, hosts.begin() + static_cast<std::ptrdiff_t>(kept), busier);
  hosts.resize(kept);
}

void worker::tally_host(const std::string& host, const record& out) {
  if (host_tallies_.size() >= most_tallied && !host_tallies_.contains(host)) return;
  host_tally& of = host_tallies_[host];
  if (!out.failure) {
    ++of.fetched;
    return;
  }
  ++of.failed;
  of.last_error = to_string(out.failure->code);
}

std::vector<host_view> worker::hosts(std::size_t most) const {
  std::vector<host_view> out;
  const auto now = context_.time.now();
  frontier_->each_host([&](const frontier::host_now& h) {
    host_view view{.host = h.name, .queued = h.queued, .in_flight = h.in_flight, .delay = std::chrono::duration_cast<std::chrono::milliseconds>(h.gate.delay_now())};
    if (h.gate.held_until() > now) view.blocked_for = std::chrono::duration_cast<std::chrono::milliseconds>(h.gate.held_until() - now);
    if (const auto tally = host_tallies_.find(h.name); tally != host_tallies_.end()) {
      view.fetched = tally->second.fetched;
      view.failed = tally->second.failed;
      view.last_error = tally->second.last_error;
    }
    view.is_paused = paused_hosts_.contains(h.name);
    out.push_back(std::move(view));
  });
  keep_busiest(out, most);
  return out;
}

void worker::pause_host(const std::string& host, bool on) {
  if (on) {
    paused_hosts_.insert(host);
  } else if (paused_hosts_.erase(host) > 0) {
    frontier_->release_host(host);
  }
}

}  // namespace trawl::engine
