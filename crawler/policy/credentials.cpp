#include "crawler/policy/credentials.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "crawler/model/response.hpp"

namespace trawl::policy {
namespace {

std::string base64(const std::string& plain) {
  std::string out(4 * ((plain.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

header_list headers_of(const config::auth_entry& entry) {
  header_list out;
  if (entry.basic) out.emplace_back("Authorization", "Basic " + base64(entry.basic->user + ":" + entry.basic->password));
  if (entry.bearer) out.emplace_back("Authorization", "Bearer " + *entry.bearer);
  if (entry.cookie) out.emplace_back("Cookie", *entry.cookie);
  for (const auto& [name, value] : entry.headers) out.emplace_back(name, value);
  return out;
}

/// Where the port begins, behind its colon; npos if there is none. The colons of an address stand in brackets.
std::size_t port_in(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const bool is_inside = colon != std::string::npos && text.find(']', colon) != std::string::npos;
  return colon == std::string::npos || is_inside ? std::string::npos : colon + 1;
}

}  // namespace

std::optional<auth_host> parse_auth_host(const std::string& text) {
  if (text.empty() || text.find_first_of("/\\?#@ ") != std::string::npos) return std::nullopt;
  const std::size_t at = port_in(text);
  const std::string name = text.substr(0, at == std::string::npos ? at : at - 1);
  const auto parsed = name.empty() ? std::nullopt : url::parse("http://" + name + "/");
  if (!parsed || !parsed->host) return std::nullopt;
  auth_host out{*parsed->host, std::nullopt};
  if (at == std::string::npos) return out;
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data() + at, text.data() + text.size(), port);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  out.port = port;
  return out;
}

credentials::credentials(const std::vector<config::auth_entry>& entries) {
  for (const bool with_port : {true, false})
    for (const config::auth_entry& e : entries)
      if (auto host = parse_auth_host(e.host); host && host->port.has_value() == with_port) entries_.push_back({std::move(*host), headers_of(e)});
}

void credentials::add_to(header_list& headers, const url::url& target) const {
  if (!target.host) return;
  for (const entry& e : entries_) {
    if (e.host.name != *target.host || (e.host.port && *e.host.port != target.effective_port())) continue;
    for (const auto& [name, value] : e.headers) {
      const bool is_there = std::ranges::any_of(headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
      if (!is_there) headers.emplace_back(name, value);
    }
  }
}

}  // namespace trawl::policy
