#include "crawler/engine/shared_scope.hpp"

namespace trawl::engine {

void scope_board::add(const url::url& target) {
  const std::lock_guard lock(mutex_);
  joined_.push_back(target);
  size_.store(joined_.size(), std::memory_order_release);
}

void scope_board::catch_up(policy::scope& own, std::size_t& read) const {
  if (size_.load(std::memory_order_acquire) == read) return;
  const std::lock_guard lock(mutex_);
  for (; read < joined_.size(); ++read) own.join(joined_[read]);
}

void host_list::add(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  hosts_.emplace(host, port);
}

bool host_list::contains(const std::string& host, std::uint16_t port) const {
  const std::lock_guard lock(mutex_);
  return hosts_.contains({host, port});
}

policy::scope::verdict shared_scope::admits(const url::url& target, std::uint32_t depth, bool is_seed) {
  board_.catch_up(own_, read_);
  const std::size_t before = own_.joined();
  const auto verdict = own_.admits(target, depth, is_seed);
  tell(before, target);
  return verdict;
}

void shared_scope::join(const url::url& target) {
  board_.catch_up(own_, read_);
  const std::size_t before = own_.joined();
  own_.join(target);
  tell(before, target);
}

void shared_scope::tell(std::size_t before, const url::url& target) {
  if (own_.joined() != before) board_.add(target);
}

}  // namespace trawl::engine
