// The API's document and the page that shows it. Neither holds data.
#include "server/pages/pages.hpp"

#include "server/api/api.hpp"
#include "server/api/openapi/document.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::request;
using boost::asio::awaitable;

/// What the page may load: its own script and style, and the document. The rest is as on every answer.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

http::route page(std::string_view type, std::string_view text) {
  const auto give = [type, text](const request&) -> awaitable<answer> {
    return [](answer out) -> awaitable<answer> { co_return out; }({.content_type = std::string(type), .fields = {{"Content-Security-Policy", std::string(page_policy)}}, .body = std::string(text)});
  };
  return {.handle = give, .is_open = true, .any_parameters = true};
}

/// Made when it is first asked for: the route table is whole then.
awaitable<answer> document(std::shared_ptr<std::string> kept, const http::router& routes) {
  if (kept->empty()) *kept = openapi(routes).dump();
  co_return http::json(200, *kept);
}

}  // namespace

void add_pages(http::router& to, state& with) {
  to.add("GET", "/docs", page("text/html; charset=utf-8", pages::bytes_of("docs.html")));
  to.add("GET", "/docs/docs.js", page("text/javascript; charset=utf-8", pages::bytes_of("docs.js")));
  to.add("GET", "/docs/docs.css", page("text/css; charset=utf-8", pages::bytes_of("docs.css")));
  auto kept = std::make_shared<std::string>();  // shared by the copies of the handler
  to.add("GET", "/openapi.json", {.handle = [kept, &with](const request&) { return document(kept, with.site.routes); }});
}

}  // namespace trawl::server::api
