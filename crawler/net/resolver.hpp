// Names to addresses by c-ares on the shard's own loop: no thread, and no slow name delays another.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "crawler/model/error.hpp"

struct ares_channeldata;
struct ares_addrinfo;

namespace trawl::net {

namespace asio = boost::asio;
using addresses = std::vector<asio::ip::address>;

/// One shard's thread only. Answers are kept between 60 s and an hour by their TTL, failures 60 s.
class resolver {
 public:
  /// `fixed`: name to address, as the job's `resolve`. Throws std::runtime_error where c-ares can't start.
  resolver(asio::io_context& context, std::map<std::string, std::string> fixed);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Addresses of a host as a URL writes it; an address stands for itself. Lookups of one name are shared.
  asio::awaitable<result<addresses>> resolve(std::string host);

 private:
  struct lookup {
    explicit lookup(asio::io_context& context) : done(context, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;  ///< cancelled when the answer is there
    bool answered = false;
    result<addresses> answer = addresses{};
    std::chrono::steady_clock::time_point expires{};
  };
  static void on_socket(void* self, int fd, int readable, int writable);
  static void on_answer(void* context, int status, int timeouts, ares_addrinfo* found);
  void watch(int fd, bool for_read);
  void tick();

  asio::io_context& context_;
  std::map<std::string, std::string> fixed_;
  ares_channeldata* channel_ = nullptr;
  std::unordered_map<int, std::shared_ptr<asio::posix::stream_descriptor>> sockets_;  // shared: a wait may outlive the socket's entry
  std::unordered_map<std::string, std::shared_ptr<lookup>> lookups_;                  // shared: c-ares and waiters hold one at once
  asio::steady_timer timer_;
  bool ticking_ = false;
  std::size_t pending_ = 0;
};

}  // namespace trawl::net
