// /api/v1/named: jobs that are stored under a name, with their schedule, and runs of them.
#include <charconv>
#include <memory>

#include "crawler/model/json_text.hpp"
#include "crawler/model/record.hpp"
#include "server/api/api.hpp"
#include "server/api/idempotency.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;
using stored_ptr = named_jobs::stored_ptr;

answer no_such_name() { return problem(404, "there is no stored job of this name"); }

/// RFC 9110, 8.8.3. Another text always has another one, also where only a secret has changed.
std::string etag_of(const stored_job& s) { return "\"" + std::to_string(s.version) + "\""; }

void put_time(json_object& o, std::string_view key, const std::optional<stored_job::time>& t) { t ? o.text(key, to_rfc3339(*t)) : o.null(key); }

/// What a list shows of it; `document`: the job itself, or empty.
std::string described(const named_jobs& in, const stored_job& s, const std::string& document) {
  std::string out;
  json_object o(out);
  o.text("name", s.name);
  o.text("source", s.is_file() ? "file" : "api");
  if (s.is_file()) o.text("file", s.file);
  if (s.plan) {
    o.key("schedule");
    json_object plan(out);
    plan.text("cron", s.plan->cron);
    plan.text("timezone", s.plan->timezone);
    plan.text("overlap", s.plan->overlap == config::overlap_mode::queue ? "queue" : "skip");
    plan.text("state", s.plan->state == config::rerun_mode::continue_ ? "continue" : "fresh");
    plan.close();
  } else {
    o.null("schedule");
  }
  put_time(o, "next_run_at", s.due);
  o.flag("waiting", s.waits);
  s.last_run.empty() ? o.null("last_run") : o.text("last_run", s.last_run);
  o.flag("active", in.is_active(s));
  s.problem.empty() ? o.null("problem") : o.text("problem", s.problem);
  if (!document.empty()) o.raw("job", document);
  o.close();
  return out;
}

/// The version that If-Match names; 0: any; nullopt in `known`: it names none that could be here.
struct precondition {
  std::optional<std::uint64_t> version;
  bool can_hold = true;
};
precondition read_condition(const request& r) {
  const auto wanted = r.header("If-Match");
  if (!wanted) return {};
  if (*wanted == "*") return {0, true};
  std::string_view tag = *wanted;
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return {std::nullopt, false};
  tag = tag.substr(1, tag.size() - 2);
  std::uint64_t version = 0;
  const auto [end, wrong] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  const bool is_ours = wrong == std::errc() && end == tag.data() + tag.size() && version != 0;
  return {is_ours ? std::optional(version) : std::nullopt, is_ours};
}

class named_api {
 public:
  named_api(state& with, named_jobs& stored) : with_(with), stored_(stored) {
    for (const auto& [key, value] : with_.jobs.table().list(idempotency_keys::prefix)) keys_.restore(key, value, std::chrono::system_clock::now());
  }

  awaitable<answer> put(const request& r) {
    const auto format = format_of(r);
    if (!format) co_return problem(415, "a job is application/json or application/yaml");
    const precondition condition = read_condition(r);
    if (!condition.can_hold) co_return changed();
    named_jobs::document what{r.parts.at("name"), r.body, *format, r.caller, r.sees_all, condition.version, r.header("If-None-Match") == "*"};
    const auto done = co_await stored_.put(std::move(what));
    co_return told(done);
  }

  awaitable<answer> list(const request& r) const {
    std::string out = R"({"named":[)";
    bool is_first = true;
    for (const auto& [name, s] : stored_.all()) {
      if (!may_see(r, *s)) continue;
      if (!std::exchange(is_first, false)) out += ',';
      out += described(stored_, *s, "");
    }
    co_return http::json(200, out + "]}");
  }

  awaitable<answer> show(const request& r) const {
    const stored_ptr s = of(r);
    if (!s) co_return no_such_name();
    const std::string document = co_await stored_.shown(s);
    answer out = http::json(200, described(stored_, *s, document));
    if (!s->is_file()) out.fields.emplace_back("ETag", etag_of(*s));
    co_return out;
  }

  awaitable<answer> erase(const request& r) {
    const stored_ptr s = of(r);
    if (!s) co_return no_such_name();
    if (s->is_file()) co_return is_file(*s);
    const precondition condition = read_condition(r);
    if (!condition.can_hold || (condition.version && *condition.version != 0 && *condition.version != s->version)) co_return changed();
    co_await stored_.erase(s);
    answer out;
    out.status = 204;
    out.content_type.clear();
    co_return out;
  }

  awaitable<answer> run(const request& r) {
    const stored_ptr s = of(r);
    if (!s) co_return no_such_name();
    if (!r.body.empty() && format_of(r) != body_format::json) co_return problem(415, "overrides are application/json");
    const auto given = r.header("Idempotency-Key");
    if (given && given->size() > idempotency_keys::longest) co_return problem(400, "an Idempotency-Key has at most 255 characters");
    const std::string key = r.caller + "\nnamed\n" + s->name + "\n" + std::string(given.value_or(""));
    if (given) {
      const auto known = keys_.begin(key, r.body, std::chrono::system_clock::now());
      if (known.is == idempotency_keys::seen::other_body) co_return problem(422, "this Idempotency-Key came with another body before");
      if (known.is == idempotency_keys::seen::in_progress) co_return problem(409, "the request with this Idempotency-Key is still being handled");
      if (known.is == idempotency_keys::seen::done) {
        const auto j = with_.jobs.find(known.job);
        co_return j ? created(*j) : no_such_job();
      }
    }
    idempotency_keys::reservation reserved(given ? &keys_ : nullptr, key);
    co_return co_await begin(s, r.body, reserved);
  }

 private:
  static bool may_see(const request& r, const stored_job& s) { return r.sees_all || (!s.is_file() && s.owner == r.caller); }
  static answer changed() { return problem(412, "another job stands under this name than the one that was meant"); }
  static answer is_file(const stored_job& s) { return problem(409, "this job stands in " + s.file + ": change that"); }

  stored_ptr of(const request& r) const {
    const stored_ptr s = stored_.find(r.parts.at("name"));
    return s && may_see(r, *s) ? s : nullptr;
  }

  answer told(const named_jobs::storing& done) const {
    switch (done.is) {
      case named_jobs::stored::refused: return problem(done.wrong.status, done.wrong.status == 400 ? "the job can't be read" : "the job can't run here", done.wrong.errors);
      case named_jobs::stored::foreign: return problem(404, "this name is not yours: another token's job is stored under it");
      case named_jobs::stored::of_file: return problem(409, "a file of jobs.dir has this name: change that");
      case named_jobs::stored::changed: return changed();
      case named_jobs::stored::full: return problem(429, "as much is stored as this server takes");
      case named_jobs::stored::made:
      case named_jobs::stored::replaced: break;
    }
    const bool is_new = done.is == named_jobs::stored::made;
    answer out = http::json(is_new ? 201 : 200, described(stored_, *done.job, ""));
    if (is_new) out.fields.emplace_back("Location", "/api/v1/named/" + done.job->name);
    out.fields.emplace_back("ETag", etag_of(*done.job));
    return out;
  }

  awaitable<answer> begin(stored_ptr s, const std::string& overrides, idempotency_keys::reservation& reserved) {
    newcomer with{.idempotency_row = reserved.row(), .idempotency_value = reserved.value(std::chrono::system_clock::now())};
    const auto run = co_await stored_.run(s, overrides, std::move(with));
    switch (run.is) {
      case named_jobs::begun::refused: co_return problem(run.wrong.status, run.wrong.status == 400 ? "the overrides can't be read" : "the job can't run here", run.wrong.errors);
      case named_jobs::begun::full: co_return no_room();
      case named_jobs::begun::active: co_return problem(409, "its last run is not over, and this one would go on with that one's state (schedule.state: continue)");
      case named_jobs::begun::gone: co_return no_such_name();
      case named_jobs::begun::started: break;
    }
    reserved.fulfil(run.job->id);
    co_return created(*run.job);
  }

  state& with_;
  named_jobs& stored_;
  idempotency_keys keys_;
};

}  // namespace

void add_named(http::router& to, state& with, named_jobs& stored) {
  auto api = std::make_shared<named_api>(with, stored);  // shared by the copies of its handlers
  to.add("PUT", "/api/v1/named/{name}", {.handle = [api](const request& r) { return or_not_stored(api->put(r)); }, .needs = permission::write});
  to.add("GET", "/api/v1/named", {.handle = [api](const request& r) { return api->list(r); }});
  to.add("GET", "/api/v1/named/{name}", {.handle = [api](const request& r) { return api->show(r); }});
  to.add("DELETE", "/api/v1/named/{name}", {.handle = [api](const request& r) { return or_not_stored(api->erase(r)); }, .needs = permission::write});
  to.add("POST", "/api/v1/named/{name}/runs", {.handle = [api](const request& r) { return or_not_stored(api->run(r)); }, .needs = permission::write});
}

}  // namespace trawl::server::api
