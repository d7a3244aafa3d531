#include "config/check/check.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "config/document/path.hpp"
#include "config/job_doc.hpp"
#include "config/seed_line.hpp"
#include "config/server_doc.hpp"
#include "crawler/model/link.hpp"
#include "crawler/model/response.hpp"
#include "crawler/url/url.hpp"

namespace trawl::config {
namespace {

bool is_word(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_name_char(char c) noexcept { return is_word(c) || c == '.' || c == '_' || c == '-'; }

/// The host of a URL as far as a name needs it: no parser, only what stands between "//" and the next delimiter.
std::string host_of(std::string_view url) {
  const std::size_t start = url.find("//");
  if (start == std::string_view::npos) return {};
  std::string_view rest = url.substr(start + 2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  rest = rest.starts_with('[') ? rest.substr(1, rest.find(']') - 1) : rest.substr(0, rest.find(':'));
  std::string out(rest.substr(0, 64));
  std::ranges::replace_if(out, [](char c) { return !is_name_char(c); }, '-');
  return out;
}

void check_name(job& j, const node& document, findings& out) {
  const bool is_given = document.find("name") != nullptr;
  if (!is_given && !j.seeds.empty()) j.name = host_of(j.seeds.front().url);
  if (!is_given && j.name.empty()) j.name = "crawl";
  if (j.name.empty() || j.name.size() > 64 || !std::ranges::all_of(j.name, is_name_char))
    out.emplace_back("name", "expected 1 to 64 letters, digits, '.', '_' or '-'");
}

/// RFC 9110, 5.6.2.
bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return is_word(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; });
}

void check_method(const std::string& method, const std::string& path, findings& out) {
  static constexpr std::array<std::string_view, 7> known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  if (!is_token(method)) return out.emplace_back(path, "not a request method"), void();
  for (const std::string_view name : known)
    if (method != name && equal_ignoring_case(method, name)) out.emplace_back(path, "methods go by case: write " + std::string(name));
  if (method == "CONNECT" || method == "TRACE") out.emplace_back(path, "asks for no page");
}

void check_follow(const std::vector<std::string>& kinds, const std::string& path, findings& out) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    link_kind kind{};
    if (!from_string(kinds[i], kind))
      out.emplace_back(item_path(path, i), "expected a, area, frame, iframe, link, link-all, meta-refresh, img, script or header-link");
    else if (kind == link_kind::sitemap)
      out.emplace_back(item_path(path, i), "not available in this version; the key sitemaps says which sitemaps are read");
  }
}

/// What goes into a header field: visible ASCII and blanks (RFC 9110, 5.5).
void check_field_value(const std::optional<std::string>& value, const std::string& path, findings& out) {
  if (value && value->empty()) out.emplace_back(path, "expected text; without the key there is none");
  if (value && !std::ranges::all_of(*value, [](char c) { return c >= ' ' && c < '\x7f'; }))
    out.emplace_back(path, "goes into a request header: printable ASCII only");
}

void check_politeness(const politeness& p, findings& out) {
  check_field_value(p.user_agent, "politeness.user_agent", out);
  check_field_value(p.contact, "politeness.contact", out);
  const bool is_product =
      !p.robots_agent ||
      (!p.robots_agent->empty() && std::ranges::all_of(*p.robots_agent, [](char c) { return (is_word(c) && (c < '0' || c > '9')) || c == '_' || c == '-'; }));
  if (!is_product) out.emplace_back("politeness.robots_agent", "a product token has letters, '_' and '-' only (RFC 9309, 2.2.1)");
}

bool is_address(const std::string& text) noexcept {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

/// What net::parse_proxy takes, but for what only the environment may leave out.
constexpr std::array<std::string_view, 4> codings = {"gzip", "deflate", "br", "zstd"};

void check_fetch(const fetch& f, findings& out) {
  if (f.backoff.initial > f.backoff.max) out.emplace_back("fetch.backoff.initial", "is longer than fetch.backoff.max");
  if (f.tls.min_version != "1.2" && f.tls.min_version != "1.3") out.emplace_back("fetch.tls.min_version", "expected \"1.2\" or \"1.3\"");
  check_headers(f.headers, "fetch.headers", out);
  if (f.cache.mode != cache_mode::http && !f.cache.dir) out.emplace_back("fetch.cache.mode", "needs fetch.cache.dir");
  if (f.cache.dir && f.cache.dir->empty()) out.emplace_back("fetch.cache.dir", "expected a path; null is none");
  for (std::size_t i = 0; i < f.compression.size(); ++i)
    if (std::ranges::find(codings, f.compression[i]) == codings.end()) out.emplace_back(item_path("fetch.compression", i), "expected gzip, deflate, br or zstd");
  if (f.content_types.empty()) out.emplace_back("fetch.content_types", "no body would be read; for all of them write [\"*/*\"]");
  for (std::size_t i = 0; i < f.content_types.size(); ++i)
    if (f.content_types[i].find('/') == std::string::npos)
      out.emplace_back(item_path("fetch.content_types", i), "expected a type such as text/html, image/* or */*");
  for (std::size_t i = 0; i < f.proxies.size(); ++i)
    if (!is_proxy(f.proxies[i])) out.emplace_back(item_path("fetch.proxies", i), expected_proxy);
  for (const auto& [name, address] : f.resolve)
    if (!is_address(address)) out.emplace_back(member_path("fetch.resolve", name), "expected an IP address");
}

/// Whether the key has a value that is not empty, well formed or not.
bool says_something(const node& document, std::string_view key) {
  const node* value = document.find(key);
  return value != nullptr && value->is != node::kind::null && (value->is != node::kind::list || !value->list.empty());
}

void check_extract_headers(const nlohmann::json& headers, findings& out) {
  const bool fits = headers.is_boolean() || (headers.is_array() && std::ranges::all_of(headers, [](const auto& n) { return n.is_string(); }));
  if (!fits) out.emplace_back("extract.headers", "expected true, false or a list of names");
}

}  // namespace

/// What the URL Standard takes for the authority's start: any number of slashes, of both kinds.
bool has_credentials(std::string_view url) noexcept {
  const std::size_t colon = url.find(':');
  const std::size_t start = colon == std::string_view::npos ? colon : url.find_first_not_of("/\\", colon + 1);
  if (start == std::string_view::npos) return false;
  const std::string_view rest = url.substr(start);
  return rest.substr(0, rest.find_first_of("/\\?#")).find('@') != std::string_view::npos;
}

void check_seed(const seed& s, const std::string& path, findings& out) {
  if (s.url.empty()) out.emplace_back(path, "a seed needs a url");
  if (has_credentials(s.url)) out.emplace_back(path, "has credentials in its URL; they belong into fetch.auth");
  check_method(s.method, member_path(path, "method"), out);
  const bool has_body = !s.json.is_null() || !s.form.empty() || s.body;
  if ((s.json.is_null() ? 0 : 1) + (s.form.empty() ? 0 : 1) + (s.body ? 1 : 0) > 1) out.emplace_back(path, "json, form and body exclude each other");
  if (has_body && s.method == "HEAD") out.emplace_back(member_path(path, "method"), "a HEAD request has no body");
  if (!s.meta.is_null() && !s.meta.is_object()) out.emplace_back(member_path(path, "meta"), "expected a table of names and values");
  check_headers(s.headers, member_path(path, "headers"), out);
}

void check_headers(const text_map& headers, const std::string& path, findings& out) {
  for (const auto& [name, value] : headers) {
    const std::string at = member_path(path, name);
    if (!is_token(name)) out.emplace_back(at, "not a header name");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) out.emplace_back(at, "a header value has no line ends");
    for (const std::string_view own : {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "keep-alive"})
      if (equal_ignoring_case(name, own)) out.emplace_back(at, "is set by trawl itself");
    for (const std::string_view secret : {"authorization", "proxy-authorization", "cookie"})
      if (equal_ignoring_case(name, secret) && path == "fetch.headers") out.emplace_back(at, "would go to every host; see fetch.auth");
  }
}

namespace {

void check_start(const job& j, const node& document, findings& out) {
  constexpr std::string_view sitemaps_of_robots = "robots";
  const bool wants_named = std::ranges::find(j.sitemaps, sitemaps_of_robots) != j.sitemaps.end();
  const bool has_sitemap = j.sitemaps.size() > static_cast<std::size_t>(std::ranges::count(j.sitemaps, sitemaps_of_robots));
  if (!says_something(document, "seeds") && !says_something(document, "seed_files") && !has_sitemap)
    out.emplace_back("seeds", wants_named ? "nothing to start from: the robots.txt of which host? Give seeds, seed_files or a sitemap's URL"
                                          : "nothing to start from: give seeds, seed_files or sitemaps");
  for (std::size_t i = 0; i < j.sitemaps.size(); ++i)
    if (has_credentials(j.sitemaps[i])) out.emplace_back(item_path("sitemaps", i), "has credentials in its URL; they belong into fetch.auth");
  if (wants_named && j.politeness.robots == robots_mode::ignore) out.emplace_back("sitemaps", "robots.txt names none: politeness.robots is ignore, so it is never asked for");
}

}  // namespace

namespace {

void check_auth(const auth_entry& entry, const std::string& path, findings& out) {
  const bool gives_something = entry.basic || entry.bearer || entry.cookie || !entry.headers.empty();
  const auto has_breaks = [](const std::optional<std::string>& text) { return text && text->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos; };
  if (!gives_something) out.emplace_back(path, "gives nothing to send; expected basic, bearer, cookie or headers");
  if (entry.basic && entry.bearer) out.emplace_back(path, "basic and bearer exclude each other");
  if (entry.basic && entry.basic->user.find(':') != std::string::npos) out.emplace_back(path + ".basic.user", "has a colon, which no user name may have (RFC 7617, 2)");
  if (has_breaks(entry.bearer)) out.emplace_back(path + ".bearer", "a header value has no line ends");
  if (has_breaks(entry.cookie)) out.emplace_back(path + ".cookie", "a header value has no line ends");
  check_headers(entry.headers, path + ".headers", out);
}

}  // namespace

namespace {

/// Its selectors are compiled by who runs the job.
void check_login(const login& l, const fetch& settings, findings& out) {
  const auto page = url::parse(l.page);
  if (!page || !page->is_http()) out.emplace_back("fetch.login.page", "expected an http or https URL");
  if (has_credentials(l.page)) out.emplace_back("fetch.login.page", "has credentials in its URL; they belong into fetch.auth");
  if (l.form.empty()) out.emplace_back("fetch.login.form", "expected a selector");
  if (l.ok && l.ok->empty()) out.emplace_back("fetch.login.ok", "expected a selector; null is none");
  if (!settings.cookies.enabled) out.emplace_back("fetch.login", "needs fetch.cookies.enabled: without cookies nobody stays logged in");
}

}  // namespace

bool is_proxy(std::string_view text) {
  if (text == "env") return true;
  const std::size_t rest = text.find("://");
  const std::string_view scheme = text.substr(0, rest);
  if (rest == std::string_view::npos || (scheme != "http" && scheme != "https" && scheme != "socks5")) return false;
  const auto read = url::parse("http" + std::string(text.substr(rest)));
  return read && read->host && !read->host->empty() && read->path == "/" && !read->query && !read->fragment;
}

findings cross_check(job& j, const node& document) {
  findings out;
  check_name(j, document, out);
  check_start(j, document, out);
  for (std::size_t i = 0; i < j.seeds.size(); ++i) check_seed(j.seeds[i], item_path("seeds", i), out);
  for (std::size_t i = 0; i < j.seed_files.size(); ++i)
    if (j.seed_files[i].empty()) out.emplace_back(item_path("seed_files", i), "expected the path of a file, or '-'");
  if (j.scope.within == within_mode::any && j.scope.max_pages == 0 && j.limits.duration.count() == 0 && j.limits.bytes.bytes == 0)
    out.emplace_back("scope.within", "'any' would crawl the web; it needs scope.max_pages or limits");
  check_follow(j.scope.follow, "scope.follow", out);
  check_politeness(j.politeness, out);
  check_fetch(j.fetch, out);
  for (std::size_t i = 0; i < j.fetch.auth.size(); ++i) check_auth(j.fetch.auth[i], item_path("fetch.auth", i), out);
  if (j.fetch.login) check_login(*j.fetch.login, j.fetch, out);
  check_extract_headers(j.extract.headers, out);
  for (std::size_t i = 0; i < j.rules.size(); ++i) {
    if (j.rules[i].match.empty()) out.emplace_back(item_path("rules", i), "a rule needs match, the pattern of its URLs");
    if (j.rules[i].follow) check_follow(*j.rules[i].follow, item_path("rules", i) + ".follow", out);
  }
  return out;
}

}  // namespace trawl::config
