// Where the service is that the client commands talk to, and with what token: TRAWL_URL, TRAWL_TOKEN, TRAWL_CA_FILE.
#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "config/document/source.hpp"

namespace trawl::server::client {

struct service_address {
  bool has_tls = false;
  std::string host = "127.0.0.1";  ///< as the URL Standard serialises it: an IPv6 address in brackets
  std::uint16_t port = 8080;
  std::string base;     ///< path in front of /api, of a service behind a proxy; no slash at its end
  std::string token;    ///< empty: none is sent
  std::string ca_file;  ///< certificates to trust beside the system's; empty: none

  /// For messages and Host; the scheme's own port is left out.
  std::string authority() const;
  std::string url() const;
};

/// Reads the environment. Without TRAWL_TOKEN the first line of `own_token`, a file of this machine, is the token, where it can be read
/// and the service is on this machine; nobody else is sent it.
/// errors  in words what is wrong with a variable
std::expected<service_address, std::string> read_address(const config::variable_lookup& variables, const std::filesystem::path& own_token);

}  // namespace trawl::server::client
