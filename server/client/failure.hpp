// Why a call to the service gave nothing: in words for people, as an exit code, and whether another try makes sense.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::server::client {

struct failure {
  enum class kind : std::uint8_t {
    unreachable,  ///< no connection came about: nothing was sent
    untrusted,    ///< TLS failed: another try would only repeat it
    lost,         ///< the connection broke or fell silent: the service may have done what was asked
    refused,      ///< the service answered, and not with what was asked for
    malformed,    ///< it answered something that is no answer of the API
  };
  kind is = kind::lost;
  std::string message;  ///< safe to print
  unsigned status = 0;  ///< of `refused`

  /// Another try later may bring it: nothing came, or the service is busy or on its way down or up.
  bool may_pass() const noexcept;
  /// 2 the request was wrong (400 to 422, the wrong token, no such job), 1 not in this state (409), 3 not now: the same command again.
  int exit_code() const noexcept;
};

template <class T>
using outcome = std::expected<T, failure>;

/// What a problem document (RFC 9457) says, with a line for each of its errors; what is none in the words of its status. Foreign text is
/// escaped and cut.
failure from_answer(unsigned status, std::string_view body);

/// When to ask again after failures, and when to give up. Pure: the caller has the clock.
class retry_pace {
 public:
  using clock = std::chrono::steady_clock;
  /// Gives up when nothing came for so long since `begin` or the last success.
  retry_pace(std::chrono::nanoseconds patience, clock::time_point begin) noexcept : patience_(patience), good_(begin) {}

  void succeeded(clock::time_point now) noexcept;
  /// How long to wait before the next try: from 250 ms, doubled each time up to 5 s. nullopt: give up.
  std::optional<std::chrono::milliseconds> after_failure(clock::time_point now) noexcept;

 private:
  std::chrono::nanoseconds patience_;
  clock::time_point good_;
  std::chrono::milliseconds wait_{0};
};

}  // namespace trawl::server::client
