// Which URL's record holds a body, for a job without a state.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace trawl::frontier {

/// Any thread. Bounded: bodies that come when it is full are nobody's, and are kept as often as they come.
class body_book {
 public:
  static constexpr std::size_t most_bodies = 1'000'000;

  explicit body_book(std::size_t most = most_bodies) : most_(most) {}
  /// The URL that holds the body of this digest: `url`, if none did.
  std::string claim(std::uint64_t digest, const std::string& url) {
    const std::lock_guard lock(mutex_);
    if (const auto known = holders_.find(digest); known != holders_.end()) return known->second;
    if (holders_.size() < most_) holders_.emplace(digest, url);
    return url;
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> holders_;
};

}  // namespace trawl::frontier
