// Idempotency-Key (IETF draft idempotency-key-header-07): a submission that is repeated, because its answer was lost, makes no second
// job. Kept for a day, in memory and with the job in the register.
#pragma once
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "server/auth.hpp"

namespace trawl::server::api {

/// Pure but for its memory: the time is given. One thread.
class idempotency_keys {
 public:
  using clock = std::chrono::system_clock;
  static constexpr std::string_view prefix = "key/";  ///< of their rows in the register
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
      entries_.emplace(key, entry{sha256_hex(body), "", age});
      return {};
    }
    const entry& e = at->second;
    if (e.digest != sha256_hex(body)) return {seen::other_body, ""};
    return e.job.empty() ? verdict{seen::in_progress, ""} : verdict{seen::done, e.job};
  }

  /// From its row in the register; false: it is too old, or none.
  bool restore(const std::string& key, const std::string& value, clock::time_point now) {
    const std::size_t digest_end = value.find('\n'), time_end = value.find('\n', digest_end + 1);
    if (digest_end == std::string::npos || time_end == std::string::npos || entries_.size() >= most) return false;
    const clock::time_point made{std::chrono::milliseconds(std::strtoll(value.c_str() + digest_end + 1, nullptr, 10))};
    if (made + kept < now) return false;
    entries_.emplace(key, entry{value.substr(0, digest_end), value.substr(time_end + 1), order_.emplace(made, key)});
    return true;
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
    /// Its row in the register, and the value of it, behind which the job's id is put; empty: there is no key.
    std::string row() const { return keys_ == nullptr ? "" : std::string(prefix) + key_; }
    std::string value(clock::time_point now) const {
      if (keys_ == nullptr) return "";
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
      return keys_->entries_.at(key_).digest + "\n" + std::to_string(ms) + "\n";
    }
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
    std::string digest, job;
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
