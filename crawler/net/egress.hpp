// The one rule for every outgoing connection: globally reachable addresses only, unless the operator or the command line allows more.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace trawl::net {

/// By the IANA special-purpose registries (RFC 6890), with every embedded IPv4 address unwrapped first.
bool globally_reachable(const boost::asio::ip::address& address) noexcept;

inline constexpr std::uint16_t any_port = 0;

/// Who may be connected to.
struct egress_policy {
  bool allow_private = false;
  std::vector<std::pair<std::string, std::uint16_t>> exempt;  ///< host and port (or any_port) that the operator named himself

  bool allows(const std::string& host, std::uint16_t port, const boost::asio::ip::address& address) const noexcept;
};

/// Ports of the Fetch standard's block list: no crawl speaks HTTP to a mail server.
bool is_bad_port(std::uint16_t port) noexcept;

}  // namespace trawl::net
