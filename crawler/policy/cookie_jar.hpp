// The cookies of one job: what servers set, what goes back to them. Pure: time comes in as an argument. RFC 6265bis, section 5.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/url/url.hpp"

namespace trawl::policy {

using wall_clock = std::chrono::system_clock;

struct cookie {
  std::string name, value, domain, path;
  std::string site;  ///< registrable domain of whoever set it: the unit of the bound
  bool host_only = true, secure = false;
  wall_clock::time_point expires = wall_clock::time_point::max();  ///< max: with the session
  std::uint64_t created = 0;                                       ///< order of creation
};

/// Bounded: 4,096 bytes a cookie, 50 a registrable domain, 3,000 in all; what has expired goes first, then
/// what was set longest ago. Any thread: the shards of a job share one, for an address has the same cookies on each of its ports and a login
/// may lead over several hosts. While it is empty nobody waits for anybody.
class cookie_jar {
 public:
  cookie_jar() = default;
  cookie_jar(const cookie_jar&) = delete;
  cookie_jar& operator=(const cookie_jar&) = delete;

  /// Takes one Set-Cookie value that came from `source`. What the standard ignores is ignored; false then.
  bool store(const url::url& source, std::string_view set_cookie, wall_clock::time_point now);
  /// Takes the lines of a Netscape cookie file, as curl and browsers' extensions write them: domain, whether its subdomains get it too,
  /// path, whether it needs https, expiry in seconds since 1970 (0: with the session), name, value, parted by tabs; "#HttpOnly_" before
  /// the domain is let be. Whoever gives the file may be trusted, so only what could never be sent is left out. At most 10,000 lines.
  /// Line numbers, from 1, of those that are no such line, or the first too many.
  std::vector<std::size_t> load_netscape(std::string_view text, wall_clock::time_point now);
  /// All that have not expired, as such a file; read again they are sent as before.
  std::string to_netscape(wall_clock::time_point now) const;
  /// Grows with each cookie that is kept.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// The Cookie field for a request to `target`; empty if there is none. Longer paths first, then older (5.8.3).
  std::string header_for(const url::url& target, wall_clock::time_point now) const;
  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

 private:
  void keep(cookie c, wall_clock::time_point now);  ///< under mutex_, as what follows
  void make_room(const std::string& site, wall_clock::time_point now);
  bool shadows_secure(const cookie& c) const;
  mutable std::shared_mutex mutex_;
  std::deque<cookie> cookies_;  ///< oldest first; the oldest go first
  std::uint64_t created_ = 0;
  std::atomic<std::size_t> size_{0};  ///< of cookies_
  std::atomic<std::uint64_t> version_{0};
};

/// The cookie-date algorithm of RFC 6265bis, 5.1.1, which reads every date format ever seen. False if it is none. What lies beyond
/// the clock's range (before 1678, after 2261) is its end.
bool parse_cookie_date(std::string_view text, wall_clock::time_point& out) noexcept;

}  // namespace trawl::policy
