// How often a log speaks of one host: a server that does everything wrong must not fill the operator's disk. Pure: time goes in.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace trawl::engine {

/// One line a key in each `period`; what is left out is counted, and the count goes with the key's next line. Remembers `most_keys` at most:
/// what comes of others while all of these are recent shares one line. One thread.
class log_pace {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes period{1};

  explicit log_pace(std::size_t most_keys = 1'000) : most_keys_(most_keys) {}

  /// Whether a line about `key` is written now: then how many were left out before it, else nullopt, and it is counted as left out.
  std::optional<std::uint64_t> admit(const std::string& key, time_point now);
  /// Keys that are remembered.
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  struct line {
    std::optional<time_point> last;  ///< when one was written
    std::uint64_t left_out = 0;      ///< since then

    bool is_due(time_point now) const noexcept { return !last || now - *last >= period; }
  };
  line& line_of(const std::string& key, time_point now);
  void forget_old(time_point now);

  const std::size_t most_keys_;
  std::unordered_map<std::string, line> keys_;
  line others_;           ///< of the keys there is no room for, with what was left out of those forgotten
  time_point full_until_ = time_point::min();  ///< until when nothing is looked for that may be forgotten: each look passes over all keys
};

}  // namespace trawl::engine
