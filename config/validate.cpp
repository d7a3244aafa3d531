#include "config/validate.hpp"

#include <algorithm>

#include "crawler/model/link.hpp"
#include "crawler/model/response.hpp"

namespace trawl::config {
namespace {

using problems = std::vector<std::pair<std::string, std::string>>;

/// The host of a URL as far as a name needs it: no parser, only what stands between "//" and the next delimiter.
std::string host_of(std::string_view url) {
  const std::size_t start = url.find("//");
  if (start == std::string_view::npos) return {};
  std::string_view rest = url.substr(start + 2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  std::string out;
  for (const char c : rest.substr(0, rest.find(':'))) out += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' ? c : '-';
  return out.substr(0, 64);
}

void check_name(job& j, problems& out) {
  if (j.name.empty() && !j.seeds.empty()) j.name = host_of(j.seeds.front().url);
  if (j.name.empty()) j.name = "crawl";
  const bool fits = j.name.size() <= 64 && std::ranges::all_of(j.name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; });
  if (!fits) out.emplace_back("name", "expected 1 to 64 letters, digits, '.', '_' or '-'");
}

bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::ranges::all_of(s, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

void check_headers(const text_map& headers, const std::string& path, problems& out) {
  for (const auto& [name, value] : headers) {
    const std::string at = path + "." + name;
    if (!is_token(name)) out.emplace_back(at, "not a header name");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) out.emplace_back(at, "a header value has no line ends");
    for (const std::string_view own : {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "keep-alive"})
      if (equal_ignoring_case(name, own)) out.emplace_back(at, "is set by trawl itself");
    for (const std::string_view secret : {"authorization", "cookie"})
      if (equal_ignoring_case(name, secret) && path == "fetch.headers") out.emplace_back(at, "would go to every host; see fetch.auth");
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cross_check(job& j) {
  problems out;
  check_name(j, out);
  if (j.seeds.empty() && j.seed_files.empty() && j.sitemaps.empty()) out.emplace_back("seeds", "nothing to start from: give seeds, seed_files or sitemaps");
  for (std::size_t i = 0; i < j.seeds.size(); ++i) {
    const std::string path = "seeds[" + std::to_string(i) + "]";
    const seed& s = j.seeds[i];
    if (s.url.empty()) out.emplace_back(path, "a seed needs a url");
    if (!is_token(s.method)) out.emplace_back(path + ".method", "not a request method");
    if ((s.json.is_null() ? 0 : 1) + (s.form.empty() ? 0 : 1) + (s.body ? 1 : 0) > 1) out.emplace_back(path, "json, form and body exclude each other");
    if (!s.meta.is_null() && !s.meta.is_object()) out.emplace_back(path + ".meta", "expected a table");
    check_headers(s.headers, path + ".headers", out);
  }
  if (j.scope.within == within_mode::any && j.scope.max_pages == 0 && j.limits.duration.count() == 0 && j.limits.bytes.bytes == 0)
    out.emplace_back("scope.within", "'any' would crawl the web; it needs scope.max_pages or limits");
  for (std::size_t i = 0; i < j.scope.follow.size(); ++i) {
    link_kind kind{};
    const std::string path = "scope.follow[" + std::to_string(i) + "]";
    if (!from_string(j.scope.follow[i], kind)) out.emplace_back(path, "expected a, area, frame, iframe, link, link-all, meta-refresh, img, script or header-link");
    else if (kind == link_kind::sitemap || kind == link_kind::header_link) out.emplace_back(path, "not available in this version");
  }
  if (j.fetch.backoff.initial > j.fetch.backoff.max) out.emplace_back("fetch.backoff.initial", "is longer than fetch.backoff.max");
  if (j.fetch.tls.min_version != "1.2" && j.fetch.tls.min_version != "1.3") out.emplace_back("fetch.tls.min_version", "expected 1.2 or 1.3");
  check_headers(j.fetch.headers, "fetch.headers", out);
  for (const auto* agent : {&j.politeness.user_agent, &j.politeness.contact})
    if (*agent && (*agent)->find_first_of("\r\n") != std::string::npos) out.emplace_back("politeness", "user_agent and contact have no line ends");
  const bool headers_fit = j.extract.headers.is_boolean() || (j.extract.headers.is_array() && std::ranges::all_of(j.extract.headers, [](const auto& n) { return n.is_string(); }));
  if (!headers_fit) out.emplace_back("extract.headers", "expected true, false or a list of names");
  return out;
}

}  // namespace trawl::config
