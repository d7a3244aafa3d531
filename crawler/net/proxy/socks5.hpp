// The messages of SOCKS 5 from the client's side (RFC 1928, RFC 1929). Pure; bytes in, bytes out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crawler/model/error.hpp"
#include "crawler/net/proxy/proxy_server.hpp"

namespace trawl::net::socks5 {

/// "No authentication", and user and password where the proxy has them.
std::string greeting(const proxy_server& proxy);
/// The reply to it is two bytes; true: user and password are wanted next.
result<bool> read_method(std::string_view reply, const proxy_server& proxy);

/// User and password (RFC 1929). Fails where one is longer than a byte can say.
result<std::string> credentials(const proxy_server& proxy);
/// The reply to it is two bytes.
result<void> read_verdict(std::string_view reply);

/// Connect to this host, as a URL writes it; names are sent as names, so that the proxy resolves them.
result<std::string> connect(const std::string& host, std::uint16_t port);
/// The reply begins with five bytes; how many more belong to it. Fails where the proxy did not connect.
result<std::size_t> read_reply(std::string_view first_five);

}  // namespace trawl::net::socks5
