#include "crawler/net/h2/multiplex_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace trawl::net::h2 {

multiplex_ptr multiplex_pool::take(const std::string& route) {
  const auto found = kept_.find(route);
  if (found == kept_.end()) return nullptr;
  if (found->second->accepts()) return found->second;
  const multiplex_ptr old = std::move(found->second);
  kept_.erase(found);
  old->retire();
  return nullptr;
}

multiplex_ptr multiplex_pool::keep(const std::string& route, multiplex_ptr fresh) {
  if (multiplex_ptr first = take(route)) return first;
  if (kept_.size() >= most_) sweep();
  kept_[route] = fresh;
  return fresh;
}

void multiplex_pool::mark_http1(const std::string& route) {
  if (http1_.size() >= most_marks_) http1_.clear();  // each that still holds costs one more refusal
  http1_.insert(route);
  if (const auto found = kept_.find(route); found != kept_.end()) {
    const multiplex_ptr old = std::move(found->second);
    kept_.erase(found);
    old->retire();
  }
}

void multiplex_pool::close_idle() {
  std::erase_if(kept_, [](const auto& entry) { return entry.second->exchanges() == 0; });
}

/// Makes room in a full pool: of those on which nothing runs, the older half goes, and what takes no more requests.
void multiplex_pool::sweep() {
  std::vector<std::chrono::steady_clock::time_point> since;
  for (const auto& [route, m] : kept_)
    if (m->exchanges() == 0) since.push_back(m->idle_since());
  if (since.empty()) return;
  const auto middle = since.begin() + static_cast<std::ptrdiff_t>(since.size() / 2);
  std::ranges::nth_element(since, middle);
  const auto newest_to_go = *middle;
  std::erase_if(kept_, [&](const auto& entry) { return entry.second->exchanges() == 0 && (!entry.second->accepts() || entry.second->idle_since() <= newest_to_go); });
}

}  // namespace trawl::net::h2
