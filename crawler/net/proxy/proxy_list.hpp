// Which proxy a request goes through: the job's list in turns for each host, those that fail left out for a while. Pure but for the
// environment, which is read once, when it is made.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "crawler/net/proxy/proxy_server.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// A variable of the environment; nullopt where it is not set.
using environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

/// One thread. Entries keep their addresses.
class proxy_list {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `entries` as `fetch.proxies` has them; `by_operator`: whoever wrote them runs trawl. The word env stands for what http_proxy,
  /// https_proxy, all_proxy and no_proxy say (lower case first; HTTP_PROXY in capitals is not read, for it may be a request's header in
  /// disguise, CVE-2016-5385), which are always the operator's. Throws std::runtime_error where an entry is no proxy.
  proxy_list(const std::vector<std::string>& entries, bool by_operator, const environment& env = process_environment);

  /// The next in turn for the target's host that does not rest, or, where all rest, the one that rests the shortest; null: no proxy.
  const proxy_server* choose(const url::url& target, time_point now);
  /// It could not be used: it rests, at first for a second and then twice as long each time, up to five minutes.
  void failed(const proxy_server& proxy, time_point now);
  void worked(const proxy_server& proxy);
  /// How many there are to choose among; 0: requests go straight out.
  std::size_t size() const noexcept { return turns_.size(); }

 private:
  struct entry {
    proxy_server server;
    std::uint32_t failures = 0;  ///< in a row
    time_point rests_until{};
  };
  struct from_environment {
    entry* http = nullptr;
    entry* https = nullptr;
    std::vector<std::string> none;  ///< no_proxy
  };
  entry* add(const std::string& text, const std::string& source, bool by_operator);
  void read_environment(const environment& env);
  entry* in_turn(std::size_t turn, const url::url& target) noexcept;  ///< null: straight out
  entry* find(const proxy_server& proxy) noexcept;

  std::deque<entry> entries_;  ///< a deque: what was chosen is pointed at
  std::vector<entry*> turns_;  ///< null: the word env
  from_environment env_;
  std::unordered_map<std::string, std::size_t> next_;  ///< by host; bounded
};

/// Is `host` (with `port`) among what no_proxy names: "*", a domain with all below it, an address, each perhaps with a port? Pure.
bool is_excepted(const std::vector<std::string>& no_proxy, const std::string& host, std::uint16_t port);

}  // namespace trawl::net
