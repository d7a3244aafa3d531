#include "crawler/net/proxy/socks5.hpp"

#include <boost/asio/ip/address.hpp>

namespace trawl::net::socks5 {
namespace {

constexpr char version = 5, credentials_version = 1;
constexpr char no_authentication = 0, user_and_password = 2;
constexpr std::size_t longest_field = 255;

/// RFC 1928, 6.
const char* words(unsigned char reply) noexcept {
  switch (reply) {
    case 1: return "general failure";
    case 2: return "not allowed by its rules";
    case 3: return "network unreachable";
    case 4: return "host unreachable";
    case 5: return "connection refused";
    case 6: return "TTL expired";
    case 7: return "it can't connect";
    case 8: return "it can't reach this kind of address";
    default: return "a failure that has no name";
  }
}

bool has_credentials(const proxy_server& proxy) noexcept { return !proxy.user.empty() || !proxy.password.empty(); }

template <class Bytes>
void append(std::string& out, const Bytes& bytes) {
  for (const unsigned char b : bytes) out += static_cast<char>(b);
}

}  // namespace

std::string greeting(const proxy_server& proxy) {
  if (has_credentials(proxy)) return {version, 2, no_authentication, user_and_password};
  return {version, 1, no_authentication};
}

result<bool> read_method(std::string_view reply, const proxy_server& proxy) {
  if (reply[0] != version) return fail(errc::proxy_refused, "the proxy does not speak SOCKS 5");
  if (reply[1] == no_authentication) return false;
  if (reply[1] == user_and_password && has_credentials(proxy)) return true;
  return fail(errc::proxy_auth, has_credentials(proxy) ? "the proxy takes neither a password nor none" : "the proxy wants a password");
}

result<std::string> credentials(const proxy_server& proxy) {
  if (proxy.user.size() > longest_field || proxy.password.size() > longest_field) return fail(errc::proxy_auth, "SOCKS 5 has no room for a user or password of more than 255 bytes");
  std::string out{credentials_version};
  out += static_cast<char>(proxy.user.size());
  out += proxy.user;
  out += static_cast<char>(proxy.password.size());
  return out + proxy.password;
}

result<void> read_verdict(std::string_view reply) {
  if (reply[1] != 0) return fail(errc::proxy_auth, "the proxy did not take user and password");
  return {};
}

result<std::string> connect(const std::string& host, std::uint16_t port) {
  constexpr char connect_command = 1, ipv4 = 1, name = 3, ipv6 = 4;
  std::string out{version, connect_command, 0};
  const std::string bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  boost::system::error_code not_address;
  const auto address = boost::asio::ip::make_address(bare, not_address);
  if (not_address) {
    if (bare.size() > longest_field) return fail(errc::proxy_refused, "SOCKS 5 has no room for a name of more than 255 bytes");
    out += name;
    out += static_cast<char>(bare.size());
    out += bare;
  } else if (address.is_v4()) {
    out += ipv4;
    append(out, address.to_v4().to_bytes());
  } else {
    out += ipv6;
    append(out, address.to_v6().to_bytes());
  }
  out += static_cast<char>(port >> 8);
  out += static_cast<char>(port & 0xFF);
  return out;
}

result<std::size_t> read_reply(std::string_view first_five) {
  constexpr std::size_t seen = 1, port_size = 2;  // of the address; behind it
  if (first_five[0] != version) return fail(errc::proxy_refused, "the proxy does not speak SOCKS 5");
  const auto reply = static_cast<unsigned char>(first_five[1]);
  if (reply != 0) return fail(errc::proxy_refused, std::string("the proxy did not connect: ") + words(reply));
  switch (first_five[3]) {
    case 1: return 4 - seen + port_size;
    case 3: return static_cast<unsigned char>(first_five[4]) + port_size;
    case 4: return 16 - seen + port_size;
    default: return fail(errc::proxy_refused, "the proxy's answer is not SOCKS 5");
  }
}

}  // namespace trawl::net::socks5
