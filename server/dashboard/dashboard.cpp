#include "server/dashboard/dashboard.hpp"

#include <string>

#include "server/auth.hpp"

namespace trawl::server::dashboard {
namespace {

using http::answer;
using http::request;
using boost::asio::awaitable;

/// Script and style are ours alone and stand in files; a text can't become markup, not even by a mistake of ours (Trusted Types).
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::string_view home = "index.html";

std::string_view type_of(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".svg", "image/svg+xml"}};
  for (const auto& [suffix, type] : types)
    if (name.ends_with(suffix)) return type;
  return "application/octet-stream";
}

/// Whether If-None-Match names the tag. Compared weakly (RFC 9110, 8.8.3.2): a proxy that compresses marks it W/.
bool is_known(std::string_view asked, std::string_view tag) noexcept {
  while (!asked.empty()) {
    std::string_view one = asked.substr(0, asked.find(','));
    asked.remove_prefix(std::min(one.size() + 1, asked.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

answer page(const static_file& file, const std::string& tag, const request& r) {
  answer out;
  out.fields = {{"ETag", tag}, {"Cache-Control", "no-cache"}, {"Content-Security-Policy", std::string(page_policy)}};
  if (is_known(r.header("If-None-Match").value_or(""), tag)) {
    out.status = 304;
    out.content_type.clear();
    return out;
  }
  out.content_type = type_of(file.name);
  out.body = file.bytes;
  return out;
}

awaitable<answer> give(answer a) { co_return a; }

}  // namespace

void add_pages(http::router& to) {
  for (const static_file& file : files()) {
    const std::string path = file.name == home ? "/" : "/dashboard/" + std::string(file.name);
    const std::string tag = '"' + sha256_hex(file.bytes).substr(0, 32) + '"';
    to.add("GET", path, {.handle = [file, tag](const request& r) { return give(page(file, tag, r)); }, .is_open = true, .is_part_of_page = file.name != home, .any_parameters = true});
  }
}

}  // namespace trawl::server::dashboard
