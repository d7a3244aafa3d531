#include "server/client/address.hpp"

#include <algorithm>
#include <fstream>

#include "config/document/text.hpp"
#include "crawler/url/url.hpp"
#include "server/auth.hpp"

namespace trawl::server::client {
namespace {

std::string value_of(const config::variable_lookup& variables, const char* name) {
  const char* text = variables(name);
  return text == nullptr ? "" : text;
}

/// A header's value: what else stood in it would be read as more of the request.
bool is_token(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  return line;
}

std::expected<void, std::string> read_url(const std::string& text, service_address& out) {
  const auto parsed = url::parse(text);
  if (!parsed || !parsed->is_http() || !parsed->host) return std::unexpected("TRAWL_URL: '" + config::printable(text) + "' is not an http or https URL");
  if (!parsed->username.empty() || !parsed->password.empty()) return std::unexpected("TRAWL_URL: a token goes into TRAWL_TOKEN, not into the URL");
  if (parsed->query || parsed->fragment) return std::unexpected("TRAWL_URL: the service's address has no query and no fragment");
  out.has_tls = parsed->scheme == "https";
  out.host = *parsed->host;
  out.port = parsed->effective_port();
  out.base = parsed->path;
  while (out.base.ends_with('/')) out.base.pop_back();
  return {};
}

}  // namespace

std::string service_address::authority() const { return port == (has_tls ? 443 : 80) ? host : host + ":" + std::to_string(port); }
std::string service_address::url() const { return (has_tls ? "https://" : "http://") + authority() + base; }

std::expected<service_address, std::string> read_address(const config::variable_lookup& variables, const std::filesystem::path& own_token) {
  service_address out;
  if (const std::string text = value_of(variables, "TRAWL_URL"); !text.empty())
    if (auto read = read_url(text, out); !read) return std::unexpected(std::move(read.error()));
  out.ca_file = value_of(variables, "TRAWL_CA_FILE");
  out.token = value_of(variables, "TRAWL_TOKEN");
  const bool is_from_file = out.token.empty() && names_this_machine(out.host);
  if (is_from_file) out.token = first_line(own_token);
  if (!is_token(out.token)) return std::unexpected((is_from_file ? own_token.string() : "TRAWL_TOKEN") + ": a token has no blanks and nothing but ASCII");
  return out;
}

}  // namespace trawl::server::client
