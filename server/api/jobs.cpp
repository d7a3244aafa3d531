// /api/v1/jobs: submit, list, look at, cancel, delete.
#include <spdlog/spdlog.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <functional>
#include <system_error>

#include "crawler/model/json_text.hpp"
#include "crawler/model/response.hpp"
#include "server/api/api.hpp"
#include "server/api/idempotency.hpp"
#include "server/auth.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;

constexpr std::size_t default_page = 100, largest_page = 1'000;

std::string brief(const job& j) {
  std::string out;
  json_object o(out);
  o.text("id", j.id);
  o.text("name", j.name);
  o.text("state", to_string(j.shown()));
  o.close();
  return out;
}

}  // namespace

answer created(const job& j) {
  answer out = http::json(201, brief(j));
  out.fields.emplace_back("Location", "/api/v1/jobs/" + j.id);
  return out;
}

answer no_room() {
  answer out = problem(429, "as many jobs are queued and running as this server takes");
  out.fields.emplace_back("Retry-After", "10");
  return out;
}

answer not_stored(const std::error_code& why) {
  const bool is_full = why == std::errc::no_space_on_device || why == std::errc::file_too_large || why.value() == EDQUOT;
  spdlog::error("a job can't be stored: {}", why.message());
  return problem(is_full ? 507 : 503, "the job can't be stored: " + why.message());
}

namespace {

class jobs_api {
 public:
  explicit jobs_api(state& with) : with_(with) {
    for (const auto& [key, value] : with_.jobs.table().list(idempotency_keys::prefix)) keys_.restore(key, value, std::chrono::system_clock::now());
  }

  awaitable<answer> submit(const request& r) {
    const auto format = format_of(r);
    if (!format) co_return problem(415, "a job is application/json or application/yaml");
    for (const char* name : {"check", "hold"})
      if (const auto value = r.parameter(name).value_or("false"); value != "true" && value != "false") co_return problem(400, std::string(name) + ": true or false");
    const bool only_checks = r.parameter("check") == "true";
    const std::string key = r.caller + "\n" + std::string(r.header("Idempotency-Key").value_or(""));
    const bool has_key = !only_checks && r.header("Idempotency-Key").has_value();
    if (has_key) {
      if (r.header("Idempotency-Key")->size() > idempotency_keys::longest) co_return problem(400, "an Idempotency-Key has at most 255 characters");
      const auto known = keys_.begin(key, r.body, std::chrono::system_clock::now());
      switch (known.is) {
        case idempotency_keys::seen::other_body: co_return problem(422, "this Idempotency-Key came with another body before");
        case idempotency_keys::seen::in_progress: co_return problem(409, "the request with this Idempotency-Key is still being handled");
        case idempotency_keys::seen::done:
          if (const auto j = with_.jobs.find(known.job)) co_return created(*j);
          co_return no_such_job();
        case idempotency_keys::seen::never: break;
      }
    }
    idempotency_keys::reservation reserved(has_key ? &keys_ : nullptr, key);
    answer out = co_await take(r, *format, only_checks, reserved);
    co_return out;
  }

  answer list(const request& r) const {
    std::size_t limit = default_page;
    if (const auto text = r.parameter("limit")) {
      const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), limit);
      if (wrong != std::errc() || end != text->data() + text->size() || limit == 0 || limit > largest_page) return problem(400, "limit: a number from 1 to 1000");
    }
    std::optional<job_state> state;
    if (const auto word = r.parameter("state")) {
      state = job_state_from(*word);
      if (!state) return problem(400, "state: queued, running, paused, completed, failed or cancelled");
    }
    const auto name = r.parameter("name");
    const auto& all = with_.jobs.all();
    const auto cursor = r.parameter("cursor");
    auto at = std::make_reverse_iterator(cursor ? all.lower_bound(std::string(*cursor)) : all.end());
    answer out;
    out.body = R"({"jobs":[)";
    std::size_t count = 0;
    std::string last;
    for (; at != all.rend() && count < limit; ++at) {
      const job& j = *at->second;
      if (j.is_erased || (state && j.shown() != *state) || (name && j.name != *name) || (!r.sees_all && j.owner != r.caller)) continue;
      if (count++ > 0) out.body += ',';
      out.body += j.status();
      last = j.id;
    }
    out.body += R"(],"next":)";
    if (at == all.rend()) out.body += "null";
    else append_json_string(out.body, last);
    out.body += '}';
    return out;
  }

  answer show(const request& r) const {
    const auto j = job_of(with_, r);
    return j ? http::json(200, j->status()) : no_such_job();
  }

  awaitable<answer> document(const request& r) const {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    std::string text = co_await with_.jobs.document(j);
    if (text.empty()) co_return problem(404, "the job's document can't be read any more");
    answer out = http::json(200, std::move(text));
    out.fields.emplace_back("ETag", etag_of(out.body));
    co_return out;
  }

  awaitable<answer> erase(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    if (j->is_active()) co_return problem(409, "the job is not over; cancel it first");
    co_await with_.jobs.erase(j);
    answer out;
    out.status = 204;
    out.content_type.clear();
    co_return out;
  }

 private:
  awaitable<answer> take(const request& r, body_format format, bool only_checks, idempotency_keys::reservation& reserved) {
    submission s = co_await with_.checkers.run([body = r.body, format, options = with_.kept] { return read_job(body, format, options->ceilings, options->partial_job()); });
    if (!s.errors.empty()) co_return problem(s.status, s.status == 400 ? "the job can't be read" : "the job can't run here", s.errors);
    if (only_checks) co_return http::json(200, R"({"valid":true})");
    newcomer one{.name = s.job.name, .text = r.body, .format = format, .owner = r.caller, .takes_seeds = r.parameter("hold") == "true", .idempotency_row = reserved.row(), .idempotency_value = reserved.value(std::chrono::system_clock::now())};
    const auto j = co_await with_.jobs.submit(std::move(one));
    if (!j) co_return no_room();
    reserved.fulfil(j->id);
    co_return created(*j);
  }

  state& with_;
  idempotency_keys keys_;
};

}  // namespace

http::answer no_such_job() { return problem(404, "there is no job with this id"); }

awaitable<answer> or_not_stored(awaitable<answer> work) {
  std::error_code refused;
  try {
    co_return co_await std::move(work);
  } catch (const std::system_error& e) {
    refused = e.code();
  }
  co_return not_stored(refused);
}

std::string etag_of(std::string_view document) { return '"' + sha256_hex(document).substr(0, 32) + '"'; }

registry::job_ptr job_of(state& with, const http::request& r) {
  const auto j = with.jobs.find(r.parts.at("id"));
  return j && (r.sees_all || j->owner == r.caller) ? j : nullptr;
}

std::optional<body_format> format_of(const http::request& r) noexcept {
  const auto type = r.header("Content-Type");
  if (!type) return r.body.find_first_not_of(" \t\r\n") != std::string::npos && r.body[r.body.find_first_not_of(" \t\r\n")] == '{' ? body_format::json : body_format::yaml;
  std::string_view essence = type->substr(0, type->find(';'));
  while (essence.ends_with(' ')) essence.remove_suffix(1);
  if (equal_ignoring_case(essence, "application/json")) return body_format::json;
  for (const std::string_view name : {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
    if (equal_ignoring_case(essence, name)) return body_format::yaml;
  return std::nullopt;
}

void add_jobs(http::router& to, state& with) {
  auto api = std::make_shared<jobs_api>(with);  // shared by its handlers, which are copied with their routes
  const auto at_once = [](auto answer_of) {
    return [answer_of](const request& r) -> awaitable<answer> { return [](answer a) -> awaitable<answer> { co_return a; }(answer_of(r)); };
  };
  to.add("POST", "/api/v1/jobs", {.handle = [api](const request& r) { return or_not_stored(api->submit(r)); }, .needs = permission::write, .parameters = {"check", "hold"}});
  to.add("GET", "/api/v1/jobs", {.handle = at_once([api](const request& r) { return api->list(r); }), .parameters = {"state", "name", "limit", "cursor"}});
  to.add("GET", "/api/v1/jobs/{id}", {.handle = at_once([api](const request& r) { return api->show(r); })});
  to.add("GET", "/api/v1/jobs/{id}/job", {.handle = [api](const request& r) { return api->document(r); }});
  to.add("DELETE", "/api/v1/jobs/{id}", {.handle = [api](const request& r) { return or_not_stored(api->erase(r)); }, .needs = permission::write});
}

}  // namespace trawl::server::api
