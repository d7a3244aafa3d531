#include "crawler/net/connection_pool.hpp"

#include <algorithm>

namespace trawl::net {

using std::chrono::steady_clock;

connection_ptr connection_pool::take(const std::string& route) {
  const auto pool = idle_.find(route);
  if (pool == idle_.end()) return nullptr;
  const auto now = steady_clock::now();
  while (!pool->second.empty()) {
    connection_ptr c = std::move(pool->second.back());  // the warmest first
    pool->second.pop_back();
    --count_;
    const auto idle = now - c->idle_since;
    if (idle < limits_.idle && idle < c->may_idle && now - c->born < limits_.age && c->is_quiet()) return c;
  }
  idle_.erase(pool);
  return nullptr;
}

void connection_pool::give_back(const std::string& route, connection_ptr c) {
  if (++c->exchanges >= limits_.exchanges) return;
  if (count_ >= limits_.connections) sweep();
  c->no_deadline();
  c->idle_since = steady_clock::now();
  idle_[route].push_back(std::move(c));
  ++count_;
}

void connection_pool::close_idle() {
  idle_.clear();
  count_ = 0;
}

/// Makes room in a full pool: what is too old goes, and if that is nothing, the older half.
void connection_pool::sweep() {
  const auto now = steady_clock::now();
  std::vector<steady_clock::time_point> since;
  for (const auto& [route, pool] : idle_)
    for (const connection_ptr& c : pool) since.push_back(c->idle_since);
  if (since.empty()) return;
  std::ranges::nth_element(since, since.begin() + static_cast<std::ptrdiff_t>(since.size() / 2));
  const auto newest_to_go = since[since.size() / 2];
  const auto is_old = [&](const connection_ptr& c) { return c->idle_since <= newest_to_go || now - c->idle_since >= limits_.idle; };
  count_ = 0;
  for (auto pool = idle_.begin(); pool != idle_.end();) {
    std::erase_if(pool->second, is_old);
    count_ += pool->second.size();
    pool = pool->second.empty() ? idle_.erase(pool) : std::next(pool);
  }
}

}  // namespace trawl::net
