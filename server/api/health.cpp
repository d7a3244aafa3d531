// Liveness and readiness, which hold no data and need no token.
#include <algorithm>

#include "crawler/model/json_text.hpp"
#include "server/api/api.hpp"
#include "server/api/readiness.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;

awaitable<answer> give(answer a) { co_return a; }

/// What was looked at, and what came of it: "ok", or what is wrong.
using checks = std::vector<std::pair<std::string, std::string>>;

answer health(const checks& all) {
  const bool is_good = std::ranges::all_of(all, [](const auto& check) { return check.second == "ok"; });
  answer out = http::json(is_good ? 200 : 503, "");
  json_object o(out.body);
  o.text("status", is_good ? "ok" : "failing");
  o.key("checks");
  json_object c(out.body);
  for (const auto& [name, says] : all) c.text(name, says);
  c.close();
  o.close();
  out.body += '\n';
  return out;
}

/// That this is answered at all says that the service's own loop turns.
answer alive(const loop_watch& loops) {
  checks all = {{"api", "ok"}};
  const auto now = loop_watch::clock::now();
  for (std::size_t i = 0; i < loops.size(); ++i) all.emplace_back("shard" + std::to_string(i), loops.is_stuck(i, now) ? "has not answered for a second" : "ok");
  return health(all);
}

/// A running job whose results can't be kept.
std::string state_of_jobs(const registry& jobs) {
  for (const auto& [id, j] : jobs.all())
    if (j->crawl && j->crawl->ended() == engine::ending::failed) return "the results of job " + id + " can't be kept";
  return "ok";
}

awaitable<answer> ready(std::shared_ptr<data_check> data, const state& with) {
  checks all = {{"serving", with.site.stopping ? "is stopping" : "ok"}};
  all.emplace_back("data", co_await data->look());
  all.emplace_back("jobs", state_of_jobs(with.jobs));
  co_return health(all);
}

}  // namespace

void add_health(http::router& to, state& with) {
  to.add("GET", "/healthz", {.handle = [&with](const request&) { return give(alive(with.loops)); }, .is_open = true, .any_parameters = true});
  auto data = std::make_shared<data_check>(with.checkers, with.options.data);  // shared by the copies of the handler
  to.add("GET", "/readyz", {.handle = [data, &with](const request&) { return ready(data, with); }, .is_open = true, .any_parameters = true});
}

}  // namespace trawl::server::api
