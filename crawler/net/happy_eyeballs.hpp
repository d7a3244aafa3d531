// Happy Eyeballs, version 2 (RFC 8305): the addresses of a name are tried in turns, a new one each quarter of a second, and the first that
// connects wins. A family that is broken so costs a moment and not the deadline.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "crawler/model/error.hpp"

namespace trawl::net {

namespace asio = boost::asio;

/// RFC 8305, 5: the recommended Connection Attempt Delay.
inline constexpr std::chrono::milliseconds attempt_delay{250};

/// The families in turns, as RFC 8305, 4 has it, each in its given order; IPv6 begins unless `v4_first`. Pure.
std::vector<asio::ip::address> in_turns(const std::vector<asio::ip::address>& found, bool v4_first);

/// Which family to begin with: IPv4 for ten minutes after it has won against IPv6. One thread.
class family_memory {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  bool prefers_v4(time_point now) const noexcept { return v4_until_ && now < *v4_until_; }
  /// `winner` has connected first among `tried`.
  void learn(const std::vector<asio::ip::tcp::endpoint>& tried, const asio::ip::tcp::endpoint& winner, time_point now) noexcept;

 private:
  std::optional<time_point> v4_until_;
};

/// Connects to exactly one of these endpoints, in this order, `delay` apart or as soon as one has failed. The others are cancelled.
/// errors  what the most telling attempt said; `late` at `until`; internal where no file descriptor is free
/// cancel  terminal, at once; all attempts are closed on every way out
asio::awaitable<result<asio::ip::tcp::socket>> connect_first(std::vector<asio::ip::tcp::endpoint> to, std::chrono::steady_clock::time_point until, errc late,
                                                             std::chrono::steady_clock::duration delay = attempt_delay);

}  // namespace trawl::net
