#include "crawler/engine/discovery/log_pace.hpp"

#include <utility>

namespace trawl::engine {

std::optional<std::uint64_t> log_pace::admit(const std::string& key, time_point now) {
  line& l = line_of(key, now);
  if (!l.is_due(now)) {
    ++l.left_out;
    return std::nullopt;
  }
  l.last = now;
  return std::exchange(l.left_out, 0);
}

log_pace::line& log_pace::line_of(const std::string& key, time_point now) {
  if (const auto known = keys_.find(key); known != keys_.end()) return known->second;
  if (keys_.size() >= most_keys_ && now >= full_until_) forget_old(now);
  return keys_.size() < most_keys_ ? keys_[key] : others_;
}

void log_pace::forget_old(time_point now) {
  std::erase_if(keys_, [&](const auto& known) {
    const bool is_old = known.second.is_due(now);
    if (is_old) others_.left_out += known.second.left_out;
    return is_old;
  });
  if (keys_.size() >= most_keys_) full_until_ = now + period;
}

}  // namespace trawl::engine
