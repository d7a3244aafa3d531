// A name server that misbehaves exactly: over UDP on loopback, each name as the test says.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trawl::testing {

/// How a question is answered.
struct dns_reply {
  std::vector<boost::asio::ip::address> found{};  ///< those of the asked family go into the answer
  int code = 0;                                   ///< RCODE: 2 SERVFAIL, 3 NXDOMAIN
  std::uint32_t ttl = 300;
  std::chrono::milliseconds pause{0};
  bool silent = false;    ///< no answer at all
  bool wrong_id = false;  ///< an answer to another question
};

/// Runs on a thread of its own from construction to destruction.
class dns_server {
 public:
  using handler = std::function<dns_reply(const std::string& name, bool v6, std::size_t asked_before)>;
  explicit dns_server(handler answer);
  ~dns_server();
  dns_server(const dns_server&) = delete;
  dns_server& operator=(const dns_server&) = delete;

  /// "127.0.0.1:port", as the resolver takes it.
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// How often a name was asked for, in one family.
  std::size_t asked(const std::string& name, bool v6 = false) const;

 private:
  void receive();
  void reply(std::size_t size);

  mutable std::mutex mutex_;  ///< guards asked_
  std::map<std::pair<std::string, bool>, std::size_t> asked_;
  handler answer_;
  boost::asio::io_context loop_{1};
  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::array<unsigned char, 512> buffer_{};
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace trawl::testing
