#include "crawler/net/h2/request_fields.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "crawler/model/response.hpp"

namespace trawl::net::h2 {
namespace {

/// RFC 9113, 8.2.2; `te` may stand with "trailers" alone, which we have no use for. Content-Length is written from the body.
constexpr std::array<std::string_view, 8> of_the_connection{"connection", "proxy-connection", "keep-alive",     "transfer-encoding",
                                                            "upgrade",    "te",               "http2-settings", "content-length"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// The names in the request's Connection fields.
std::vector<std::string> named_by_connection(const header_list& headers) {
  std::vector<std::string> out;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "connection")) continue;
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t comma = std::min(value.find(',', at), value.size());
      std::string word = lower(std::string_view(value).substr(at, comma - at));
      std::erase_if(word, [](char c) { return c == ' ' || c == '\t'; });
      if (!word.empty()) out.push_back(std::move(word));
      at = comma + 1;
    }
  }
  return out;
}

}  // namespace

header_list request_fields(const request& r, const url::url& target) {
  std::string authority = *target.host;
  if (target.port) authority += ":" + std::to_string(*target.port);
  header_list out{{":method", r.method}, {":scheme", target.scheme}, {":authority", std::move(authority)}, {":path", target.path_and_query()}};
  const std::vector<std::string> dropped = named_by_connection(r.headers);
  for (const auto& [name, value] : r.headers) {
    std::string low = lower(name);
    if (low == "host") {
      out[2].second = value;
      continue;
    }
    if (std::ranges::find(of_the_connection, low) != of_the_connection.end() || std::ranges::find(dropped, low) != dropped.end()) continue;
    out.emplace_back(std::move(low), value);
  }
  if (!r.body.empty() || r.method == "POST" || r.method == "PUT") out.emplace_back("content-length", std::to_string(r.body.size()));
  return out;
}

}  // namespace trawl::net::h2
