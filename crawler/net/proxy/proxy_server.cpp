#include "crawler/net/proxy/proxy_server.hpp"

#include <openssl/evp.h>

#include <vector>

namespace trawl::net {
namespace {

int hex(char c) noexcept { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    out += is_escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    i += is_escape ? 2 : 0;
  }
  return out;
}

std::string base64(const std::string& text) {
  std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return {out.begin(), out.begin() + size};
}

}  // namespace

std::string proxy_server::name() const {
  const std::string scheme = speaks == proxy_kind::socks5 ? "socks5://" : speaks == proxy_kind::https ? "https://" : "http://";
  return scheme + host + ":" + std::to_string(port);
}

std::optional<proxy_server> parse_proxy(std::string_view text) {
  std::string whole(text.find("://") == std::string_view::npos ? "http://" + std::string(text) : std::string(text));
  const std::size_t rest = whole.find("://");
  const std::string scheme = whole.substr(0, rest);
  const bool is_socks = scheme == "socks5" || scheme == "socks5h";
  if (!is_socks && scheme != "http" && scheme != "https") return std::nullopt;
  // Read as an http URL, so that its host is parsed as every other host is; https for a default port that is not 1080.
  const auto read = url::parse((scheme == "https" ? "https" : "http") + whole.substr(rest));
  if (!read || !read->host || read->host->empty() || read->path != "/" || read->query || read->fragment) return std::nullopt;
  const bool says_80 = scheme == "http" || whole.ends_with(":80") || whole.ends_with(":80/");
  proxy_server out;
  out.speaks = is_socks ? proxy_kind::socks5 : scheme == "https" ? proxy_kind::https : proxy_kind::http;
  out.host = *read->host;
  out.port = read->port ? *read->port : scheme == "https" ? 443 : says_80 ? 80 : 1080;
  out.user = percent_decoded(read->username);
  out.password = percent_decoded(read->password);
  out.id = out.name();
  return out;
}

std::string basic_credentials(const proxy_server& proxy) {
  return proxy.user.empty() && proxy.password.empty() ? std::string() : "Basic " + base64(proxy.user + ":" + proxy.password);
}

std::string in_absolute_form(std::string request, const url::url& target, const proxy_server& proxy) {
  request.insert(request.find(' ') + 1, target.origin());
  if (const std::string credentials = basic_credentials(proxy); !credentials.empty())
    request.insert(request.find("\r\n") + 2, "Proxy-Authorization: " + credentials + "\r\n");
  return request;
}

}  // namespace trawl::net
