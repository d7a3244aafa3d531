#include "crawler/frontier/host_gates.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace trawl::frontier {

host_gate& host_gates::gate(const std::string& host) { return gates_[host]; }

void host_gates::leave(const void* job) {
  for (auto& [host, gate] : gates_) gate.leave(job);
}

origin_robots& host_gates::robots(const std::string& origin) {
  origin_robots& known = robots_[origin];
  known.last_used = ++uses_;
  return known;
}

void host_gates::keep(const std::string& origin, origin_robots found) {
  origin_robots& known = robots(origin);
  rules_memory_ -= known.memory;
  found.memory = found.rules ? found.rules->memory() : 0;
  found.last_used = known.last_used;
  known = std::move(found);
  rules_memory_ += known.memory;
  if (rules_memory_ > rules_budget) forget_rules(known);
}

/// Down to half of the budget, so that it is not done again for each file.
void host_gates::forget_rules(const origin_robots& but) {
  std::vector<origin_robots*> candidates;
  for (auto& [origin, known] : robots_)
    if (known.rules && &known != &but) candidates.push_back(&known);
  std::ranges::sort(candidates, {}, &origin_robots::last_used);
  for (origin_robots* oldest : candidates) {
    if (rules_memory_ <= rules_budget / 2) return;
    rules_memory_ -= oldest->memory;
    *oldest = {};
  }
}

}  // namespace trawl::frontier
