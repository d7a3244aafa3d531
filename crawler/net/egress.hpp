// The one rule for every outgoing connection: globally reachable addresses only, unless the operator or the command line allows more.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trawl::net {

/// By the IANA special-purpose registries (RFC 6890), with every embedded IPv4 address unwrapped first.
bool globally_reachable(const boost::asio::ip::address& address) noexcept;

inline constexpr std::uint16_t any_port = 0;

/// Addresses that an operator lets be reached beside the public ones: a network and a port.
struct allowed_network {
  boost::asio::ip::address base;
  int length = 0;                ///< of the network's prefix, in bits
  std::uint16_t port = any_port;

  bool holds(const boost::asio::ip::address& address, std::uint16_t at_port) const noexcept;
};
/// "10.0.0.0/8:8080", "[fd00::]/8:443", "192.168.1.7:80" (one address); without a port, or with "*", any port. nullopt where it is malformed.
std::optional<allowed_network> parse_allowed_network(std::string_view text);

/// Who may be connected to.
struct egress_policy {
  bool allow_private = false;
  std::vector<allowed_network> networks;
  std::vector<std::pair<std::string, std::uint16_t>> exempt;  ///< host and port (or any_port) that the operator named himself
  bool private_proxies = false;  ///< proxies of the job file may stand at private addresses: an operator wrote it
  std::function<bool(const std::string& host, std::uint16_t port)> also;  ///< and those it says yes to; asked on the client's thread; may be empty

  bool allows(const std::string& host, std::uint16_t port, const boost::asio::ip::address& address) const;
};

/// Ports of the Fetch standard's block list: no crawl speaks HTTP to a mail server.
bool is_bad_port(std::uint16_t port) noexcept;

}  // namespace trawl::net
