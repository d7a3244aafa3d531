// The whole fetch of a job on one shard: the network below, the decorators around it. The one door to the network.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/async/address_slots.hpp"
#include "crawler/fetch/decorators.hpp"
#include "crawler/model/latency_histogram.hpp"

namespace trawl::fetch {

/// Who may be connected to, beside every globally reachable address.
struct reach {
  bool private_addresses = false;                                       ///< all
  std::vector<std::string> networks;                                    ///< "10.0.0.0/8:8080", "[fd00::]/8:443", "10.1.2.3"
  std::vector<std::string> names;                                       ///< these hosts on any port, wherever they lead
  bool private_proxies = false;                                         ///< the job's proxies, wherever they stand
  std::function<bool(const std::string& host, std::uint16_t port)> host;  ///< and those it says yes to; may be empty
};

/// What a stack is built from. All references outlive it.
struct stack_parts {
  frontier::host_gates& gates;
  const config::job& job;
  std::string user_agent;  ///< the full field value
  hop_policy hops;
  async::clock& time;
  reach allowed;
  async::byte_account* memory = nullptr;  ///< what bodies are counted against; null: nothing
  boost::asio::any_io_executor cpu = {};  ///< where what blocks or computes long goes; with fetch.cache.dir it is needed
  policy::cookie_jar* cookies = nullptr;  ///< the job's; null: one of its own
  async::address_slots* addresses = nullptr;  ///< what counts requests for politeness.per_ip, the process's; null: that key has no effect
  login_watch login = {};                 ///< empty: no page is looked at for it
  phase_times* times = nullptr;           ///< the shard's; null: nobody wants to know
};

/// What is read of a sitemap, and what it may unpack to: the protocol's 50 MB.
inline constexpr std::size_t largest_sitemap_body = std::size_t{50} << 20;

/// Owner shard's thread only, but for its construction.
class stack {
 public:
  /// Throws std::runtime_error where the job's settings can't be used: a CA file that can't be read, a proxy of the environment that is none,
  /// a cache directory that can't be made.
  stack(boost::asio::io_context& context, const stack_parts& parts);
  ~stack();
  stack(const stack&) = delete;
  stack& operator=(const stack&) = delete;

  /// A page, with everything.
  const fetch_fn& page() const noexcept;
  /// A bare exchange, for robots.txt, which follows its own redirect rules.
  const fetch_fn& bare() const noexcept;
  /// The same for a sitemap: any content type, and a body of at most `largest_sitemap_body`.
  const fetch_fn& sitemap() const noexcept;
  /// What logs in, a hop at a time: as a page, but any content type, no cache, and redirects are left to who asks.
  const fetch_fn& login() const noexcept;
  const traffic& totals() const noexcept;
  /// Closes the connections that nothing uses.
  void close_idle();

 private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

/// Puts the cookies of fetch.cookies.file into the jar, as far as they can be read.
void load_cookies(const config::cookies& settings, policy::cookie_jar& jar);

/// Whether the job logs in: it has a fetch.login, and sends requests at all.
bool logs_in(const config::job& job) noexcept;

/// The decorators around a page and why each stands where it does, the outermost first; for people (--dry-run).
std::vector<std::pair<std::string_view, std::string_view>> describe_stack(const config::job& job);

/// Is it an address, or localhost, that is not globally reachable? A name says nothing before it is resolved.
bool is_private_host(std::string_view host) noexcept;

/// A body that is a gzip file (RFC 1952), unpacked as far as `limit`; any other as it is, and what is broken as far as it can be read.
/// Pure; takes a quarter of a second for 50 MiB.
std::string gunzipped(std::string body, std::size_t limit);

/// Is it a network and port as `reach::networks` has them?
bool is_network(std::string_view text);

}  // namespace trawl::fetch
