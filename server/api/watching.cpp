// A job as it runs: its hosts, why a URL is where it is, and its events.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "crawler/frontier/store/storage_error.hpp"
#include "crawler/model/json_text.hpp"
#include "crawler/model/record.hpp"
#include "crawler/url/url.hpp"
#include "server/api/api.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;
namespace asio = boost::asio;

constexpr std::size_t usual_hosts = 100, most_hosts = 1'000;
constexpr auto look_every = std::chrono::milliseconds(200);
constexpr auto progress_every = std::chrono::seconds(1);

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

void put_host(std::string& out, const engine::host_view& h) {
  json_object o(out);
  o.text("host", h.host);
  o.flag("paused", h.is_paused);
  o.number("queued", static_cast<std::int64_t>(h.queued));
  o.number("in_flight", static_cast<std::int64_t>(h.in_flight));
  o.number("fetched", static_cast<std::int64_t>(h.fetched));
  o.number("failed", static_cast<std::int64_t>(h.failed));
  o.number("delay_ms", h.delay.count());
  h.blocked_for.count() > 0 ? o.text("blocked_until", to_rfc3339(std::chrono::system_clock::now() + h.blocked_for)) : o.null("blocked_until");
  h.last_error.empty() ? o.null("last_error") : o.text("last_error", h.last_error);
  o.close();
}

/// One event of the HTML standard's section 9.2 (Server-Sent Events): the data has no line ends of its own.
std::string event(std::string_view name, const std::string& data, std::uint64_t id = 0) {
  std::string out;
  if (id != 0) out += "id: " + std::to_string(id) + "\n";
  out += "event: ";
  out += name;
  out += "\ndata: " + data + "\n\n";
  return out;
}

std::string state_event(const job::change& c) {
  std::string data;
  json_object o(data);
  o.text("state", to_string(c.state));
  o.text("at", c.at);
  c.ended.empty() ? o.null("ended") : o.text("ended", c.ended);
  c.reason.empty() ? o.null("reason") : o.text("reason", c.reason);
  o.close();
  return event("state", data, c.number);
}

/// What has changed since the reader's last event, then changes as they come and the numbers once a second; over with the job.
class job_events final : public async::stream<std::string>::source {
 public:
  job_events(registry::job_ptr j, const http::site& site, std::optional<std::uint64_t> after) : job_(std::move(j)), site_(site) {
    seen_ = after.value_or(job_->changes.empty() ? 0 : job_->changes.back().number - 1);
  }

  awaitable<std::optional<std::string>> next() override {
    if (!std::exchange(has_begun_, true)) co_return "retry: 2000\n\n";
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
      const bool was_over = !job_->is_active() && !job_->is_loaded();
      std::string out = changes();
      const auto now = std::chrono::steady_clock::now();
      if (now >= progress_due_ || (was_over && !std::exchange(has_told_last_, true))) {
        progress_due_ = now + progress_every;
        out += event("progress", job_->status());
      }
      if (!out.empty()) co_return out;
      if (was_over || site_.stopping) co_return std::nullopt;
      timer.expires_after(look_every);
      const auto [cancelled] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (cancelled) co_return std::nullopt;
    }
  }
  std::optional<std::string> ready() override { return std::nullopt; }

 private:
  std::string changes() {
    std::string out;
    for (const job::change& c : job_->changes)
      if (c.number > seen_) out += state_event(c), seen_ = c.number;
    return out;
  }

  registry::job_ptr job_;
  const http::site& site_;
  std::uint64_t seen_ = 0;
  bool has_begun_ = false, has_told_last_ = false;
  std::chrono::steady_clock::time_point progress_due_{};
};

class watching_api {
 public:
  explicit watching_api(state& with) : with_(with) {}

  awaitable<answer> hosts(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    const auto limit = number(r.parameter("limit").value_or(std::to_string(usual_hosts)));
    if (!limit || *limit == 0 || *limit > most_hosts) co_return problem(400, "limit: a number from 1 to 1000");
    const auto all = co_await with_.jobs.hosts(j, *limit);
    if (!all) co_return problem(409, "the job does not run; its hosts are known while it does");
    answer out = http::json(200, R"({"hosts":[)");
    for (std::size_t i = 0; i < all->size(); ++i) {
      if (i > 0) out.body += ',';
      put_host(out.body, (*all)[i]);
    }
    out.body += "]}";
    co_return out;
  }

  awaitable<answer> pause_host(const request& r, bool on) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    const auto target = url::parse("http://" + r.parts.at("host") + "/");
    if (!target || !target->host) co_return problem(400, "the path names no host, as hosts lists them: example.org, or example.org:8080");
    const bool done = co_await with_.jobs.pause_host(j, target->host_port(), on);
    if (!done) co_return problem(409, "the job is over");
    answer out = http::json(202, "");
    json_object o(out.body);
    o.text("host", target->host_port());
    o.flag("paused", on);
    o.close();
    co_return out;
  }

  awaitable<answer> explain(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    auto asked = url::parse(r.parameter("url").value_or(""));
    if (!asked || !asked->is_http()) co_return problem(400, "url: an http or https URL");
    std::string told = co_await with_.jobs.explain(j, std::move(*asked));
    co_return told.empty() ? problem(409, "the job has not run yet") : http::json(200, std::move(told));
  }

  awaitable<answer> events(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    std::optional<std::uint64_t> after;
    if (const auto last = r.header("Last-Event-ID")) {
      after = number(*last);
      if (!after) co_return problem(400, "Last-Event-ID: the id of an event of this job");
    }
    answer out;
    out.content_type = "text/event-stream";
    out.blocks = async::stream<std::string>(std::make_unique<job_events>(j, with_.site, after));
    co_return out;
  }

 private:
  state& with_;
};

}  // namespace

void add_watching(http::router& to, state& with) {
  auto api = std::make_shared<watching_api>(with);  // shared by the copies of its handlers
  to.add("GET", "/api/v1/jobs/{id}/hosts", {.handle = [api](const request& r) { return api->hosts(r); }, .parameters = {"limit"}});
  to.add("POST", "/api/v1/jobs/{id}/hosts/{host}/pause", {.handle = [api](const request& r) { return or_not_stored(api->pause_host(r, true)); }, .needs = permission::write});
  to.add("POST", "/api/v1/jobs/{id}/hosts/{host}/resume", {.handle = [api](const request& r) { return or_not_stored(api->pause_host(r, false)); }, .needs = permission::write});
  to.add("GET", "/api/v1/jobs/{id}/explain", {.handle = [api](const request& r) { return api->explain(r); }, .parameters = {"url"}});
  to.add("GET", "/api/v1/jobs/{id}/events", {.handle = [api](const request& r) { return api->events(r); }});
}

}  // namespace trawl::server::api
