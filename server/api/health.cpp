// What holds no data and needs no token: liveness, readiness. And what this version does not have yet.
#include "server/api/api.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;

awaitable<answer> give(answer a) { co_return a; }

answer text(unsigned status, std::string body) {
  answer out;
  out.status = status;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(body);
  return out;
}

}  // namespace

void add_health(http::router& to, state& with) {
  to.add("GET", "/healthz", {.handle = [](const request&) { return give(text(200, "ok\n")); }, .is_open = true, .any_parameters = true});
  const auto ready = [&with](const request&) { return give(with.site.stopping ? text(503, "stopping\n") : text(200, "ready\n")); };
  to.add("GET", "/readyz", {.handle = ready, .is_open = true, .any_parameters = true});
}

void add_later(http::router& to) {
  const auto later = [](const request&) { return give(problem(404, "not available in this version")); };
  constexpr std::pair<const char*, const char*> paths[] = {
      {"PUT", "/api/v1/named/{name}"},
      {"POST", "/api/v1/named/{name}/runs"},  {"GET", "/openapi.json"}};
  for (const auto& [method, path] : paths) to.add(method, path, {.handle = later, .any_parameters = true});
}

}  // namespace trawl::server::api
