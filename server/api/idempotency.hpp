// Idempotency-Key (IETF draft idempotency-key-header-07): a submission that is repeated, because its answer was lost, makes no second
// job. Kept in memory for a day; after a restart a repeated key is new.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace trawl::server::api {

/// Pure but for its memory: the time is given. One thread.
class idempotency_keys {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t longest = 255;
  static constexpr std::size_t most = 10'000;   ///< the oldest go first
  static constexpr auto kept = std::chrono::hours(24);

  enum class seen : std::uint8_t {
    never,        ///< reserved now: it is done or given back
    in_progress,  ///< another request with it is being handled
    done,         ///< it made a job
    other_body,   ///< and the body was not the same
  };
  struct verdict {
    seen is = seen::never;
    std::string job;
  };

  verdict begin(const std::string& key, const std::string& body, clock::time_point now) {
    while (!entries_.empty() && !order_.empty() && (entries_.size() >= most || order_.begin()->first + kept < now)) forget(order_.begin()->second);
    const auto at = entries_.find(key);
    if (at == entries_.end()) {
      const auto age = order_.emplace(now, key);
      entries_.emplace(key, entry{std::hash<std::string>()(body), body.size(), "", age});
      return {};
    }
    const entry& e = at->second;
    if (e.hash != std::hash<std::string>()(body) || e.size != body.size()) return {seen::other_body, ""};
    return e.job.empty() ? verdict{seen::in_progress, ""} : verdict{seen::done, e.job};
  }

  /// A key that was begun: without `fulfil` it is given back, so that the request can be tried again.
  class reservation {
   public:
    reservation(idempotency_keys* keys, std::string key) : keys_(keys), key_(std::move(key)) {}
    ~reservation() {
      if (keys_ != nullptr) keys_->forget(key_);
    }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;
    void fulfil(const std::string& job) {
      if (keys_ == nullptr) return;
      if (const auto at = keys_->entries_.find(key_); at != keys_->entries_.end()) at->second.job = job;
      keys_ = nullptr;
    }

   private:
    idempotency_keys* keys_;
    std::string key_;
  };

 private:
  using ages = std::multimap<clock::time_point, std::string>;
  struct entry {
    std::size_t hash, size;
    std::string job;
    ages::iterator age;
  };
  void forget(std::string key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    order_.erase(at->second.age);
    entries_.erase(at);
  }

  std::map<std::string, entry> entries_;
  ages order_;
};

}  // namespace trawl::server::api
