// Through a proxy to a target: after it, what is written goes to the target as if connected to directly.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "crawler/net/connection.hpp"
#include "crawler/net/proxy/proxy_server.hpp"

namespace trawl::net {

/// On a connection to `proxy`: CONNECT (RFC 9110, 9.3.6) or SOCKS 5. `c` and `proxy` outlive the call; the connection's deadline ends it.
/// errors  proxy.refused where it does not connect, proxy.auth where it wants other credentials
asio::awaitable<result<void>> tunnel(connection& c, const proxy_server& proxy, std::string host, std::uint16_t port);

}  // namespace trawl::net
