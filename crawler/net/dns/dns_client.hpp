// Questions to name servers by c-ares on the shard's own loop: no thread, and no slow name delays another.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "crawler/net/dns/name_cache.hpp"

struct ares_channeldata;
struct ares_addrinfo;

namespace trawl::net {

enum class family : bool { v4, v6 };

/// What came of a question.
struct dns_answer {
  result<addresses> found = addresses{};
  std::chrono::seconds ttl{0};  ///< the least of its records
};

/// Owner shard's thread only. Servers and search domains are those of resolv.conf(5); a truncated answer is asked for again over TCP.
class dns_client {
 public:
  using handler = std::function<void(dns_answer)>;

  /// `servers`: "address:port,…" instead of the system's. Throws std::runtime_error where c-ares can't start.
  explicit dns_client(asio::io_context& context, const std::string& servers = "");
  ~dns_client();
  dns_client(const dns_client&) = delete;
  dns_client& operator=(const dns_client&) = delete;

  /// Asks for A or AAAA; at most 64 addresses. `on_answer` is called once, perhaps at once, and not at all when this object goes first.
  void ask(const std::string& name, family of, handler on_answer);

 private:
  struct question;
  static void on_socket(void* self, int fd, int readable, int writable);
  static void on_reply(void* asked, int status, int timeouts, ares_addrinfo* found);
  void watch(int fd, bool for_read);
  void tick();

  asio::io_context& context_;
  ares_channeldata* channel_ = nullptr;
  std::unordered_map<int, std::shared_ptr<asio::posix::stream_descriptor>> sockets_;  // shared: a wait may outlive the socket's entry
  asio::steady_timer timer_;
  bool ticking_ = false;
  std::size_t pending_ = 0;
};

}  // namespace trawl::net
