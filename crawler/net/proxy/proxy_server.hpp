// A proxy as the job file or the environment names it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/url/url.hpp"

namespace trawl::net {

enum class proxy_kind : std::uint8_t {
  http,    ///< absolute-form for http, CONNECT for https (RFC 9110, 9.3.6)
  https,   ///< the same inside TLS
  socks5,  ///< RFC 1928; the proxy resolves the names
};

struct proxy_server {
  proxy_kind speaks = proxy_kind::http;
  std::string host;  ///< as a URL writes it
  std::uint16_t port = 0;
  std::string user, password;    ///< decoded; empty: none
  bool by_operator = false;      ///< named by whoever runs trawl: it may stand at a private address
  std::string id;                ///< tells it from the others of a list; holds no credentials

  /// "http://host:port", without credentials.
  std::string name() const;
};

/// "http://host:3128", "https://user:password@host", "socks5://host:1080"; "socks5h" means the same, and what has no scheme is http, as
/// the environment has it. Default ports: 80, 443, 1080. nullopt where it is none, or has a path.
std::optional<proxy_server> parse_proxy(std::string_view text);

/// The value of Proxy-Authorization (RFC 7617); empty where there are no credentials.
std::string basic_credentials(const proxy_server& proxy);

/// An origin-form request for a plain http target turned into what an HTTP proxy wants: absolute-form, with its credentials.
std::string in_absolute_form(std::string request, const url::url& target, const proxy_server& proxy);

}  // namespace trawl::net
