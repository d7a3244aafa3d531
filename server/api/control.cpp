// What is asked of a job that is there: cancel, pause, resume, retry, changes, more seeds.

#include "config/seed_line.hpp"
#include "crawler/engine/seeds.hpp"
#include "crawler/model/json_text.hpp"
#include "server/api/api.hpp"
#include "server/crawl/retry_codes.hpp"
#include "server/jobs/strict_json.hpp"

#include <nlohmann/json.hpp>

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;

constexpr std::uint64_t most_seed_bytes = std::uint64_t{1} << 30;
constexpr std::size_t longest_line = 1u << 20, seeds_at_once = 500;

answer accepted(const job& j) {
  std::string out;
  json_object o(out);
  o.text("id", j.id);
  o.text("name", j.name);
  o.text("state", to_string(j.shown()));
  o.close();
  return http::json(202, std::move(out));
}

answer is_over(const job& j) { return problem(409, "the job is over: it is " + std::string(to_string(j.state))); }

/// Seeds as they arrive: a line is a URL or a JSON seed; '#' begins a comment, as in a file of URLs.
class seed_lines {
 public:
  /// Whole lines of `piece` and what was left before become requests; `last`: what is left is a line too.
  void take(std::string_view piece, bool last) {
    rest_ += piece;
    std::size_t from = 0;
    for (std::size_t end; (end = rest_.find('\n', from)) != std::string::npos; from = end + 1) read(std::string_view(rest_).substr(from, end - from));
    rest_.erase(0, from);
    if (rest_.size() > longest_line) {
      ++invalid;
      rest_.clear();
      skips_ = true;
    }
    if (last && !rest_.empty()) read(std::exchange(rest_, {}));
  }

  std::vector<trawl::request> ready;
  std::uint64_t invalid = 0;

 private:
  void read(std::string_view line) {
    if (std::exchange(skips_, false)) return;
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') return;
    if (line.front() == '{' || line.front() == '"') return read_json(line);
    if (config::has_credentials(line)) ++invalid;
    else ready.push_back(engine::text_seed(std::string(line)));
  }

  void read_json(std::string_view line) {
    std::vector<config::problem> problems;
    const auto seed = config::read_seed_line(line, "body", 1, problems);
    if (!seed) {
      ++invalid;
      return;
    }
    for (auto&& one : engine::expand_seed(*seed)) ready.push_back(std::move(one));
  }

  std::string rest_;
  bool skips_ = false;  ///< the line that is being read was too long
};

void put_counts(json_object& o, const engine::seed_counts& all) {
  o.number("accepted", static_cast<std::int64_t>(all.accepted));
  o.number("duplicates", static_cast<std::int64_t>(all.duplicates));
  o.number("filtered", static_cast<std::int64_t>(all.filtered));
  o.number("invalid", static_cast<std::int64_t>(all.invalid));
}

class control_api {
 public:
  explicit control_api(state& with) : with_(with) {}

  using verb = awaitable<bool> (registry::*)(registry::job_ptr);
  awaitable<answer> ask(const request& r, verb what) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    const bool done = co_await (with_.jobs.*what)(j);
    co_return done ? accepted(*j) : is_over(*j);
  }

  awaitable<answer> retry(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    const auto normal = normalise_json(r.body);
    if (!normal) co_return problem(400, "the body can't be read", {{"", normal.error()}});
    const auto asked = nlohmann::json::parse(*normal);
    std::string codes;
    if (asked.is_object() && asked.size() == 1 && asked.contains("codes")) {
      for (const auto& one : asked["codes"].is_array() ? asked["codes"] : nlohmann::json::array({asked["codes"]}))
        if (one.is_string()) codes += (codes.empty() ? "" : ",") + one.get<std::string>();
    }
    const auto parsed = retry_codes::parse(codes);
    if (!parsed) co_return problem(422, R"(expected {"codes": ["timeout.*", "5xx"]})", {{"codes", parsed.error()}});
    if (!j->is_active() && !with_.jobs.has_room()) co_return full();
    co_await with_.jobs.retry(j, std::move(codes));
    co_return accepted(*j);
  }

  /// RFC 9110, 13.1.1: If-Match keeps two who change the same job from undoing each other's work.
  awaitable<answer> change(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    if (!j->is_active()) co_return is_over(*j);
    if (const auto wanted = r.header("If-Match"); wanted && *wanted != "*") {
      const std::string now = etag_of(co_await with_.jobs.document(j));
      if (*wanted != now) co_return problem(412, "the job was changed since: its ETag is " + now);
    }
    submission s = co_await with_.jobs.change(j, r.body);
    if (!s.errors.empty()) co_return problem(s.status, s.status == 400 ? "the change can't be read" : "the job can't be changed so", s.errors);
    answer out = http::json(200, co_await with_.jobs.document(j));
    out.fields.emplace_back("ETag", etag_of(out.body));
    co_return out;
  }

  awaitable<answer> take_seeds(const request& r, http::body_stream& body) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    const bool takes = co_await with_.jobs.begin_seeds(j);
    if (!takes) co_return is_over(*j);
    struct sender {
      registry& jobs;
      registry::job_ptr j;
      ~sender() { jobs.end_seeds(j); }
    };
    const sender mine{with_.jobs, j};
    engine::seed_counts all;
    all = co_await pass_on(j, body);
    co_await with_.jobs.settle_seeds(j);
    std::string out;
    json_object o(out);
    put_counts(o, all);
    o.close();
    if (all.is_over) co_return problem(409, "the job came to its end meanwhile; of the seeds sent: " + out);
    co_return http::json(200, std::move(out));
  }

 private:
  static answer full() {
    answer out = problem(429, "as many jobs are queued and running as this server takes");
    out.fields.emplace_back("Retry-After", "10");
    return out;
  }

  awaitable<engine::seed_counts> pass_on(const registry::job_ptr& j, http::body_stream& body) {
    engine::seed_counts all;
    seed_lines lines;
    for (bool goes_on = true; goes_on && !all.is_over;) {
      const auto piece = co_await body.next();
      goes_on = piece.has_value();
      lines.take(piece ? std::string_view(*piece) : std::string_view(), !goes_on);
      if (lines.ready.size() < seeds_at_once && goes_on) continue;
      auto sent = std::exchange(lines.ready, {});
      if (sent.empty()) continue;
      const auto counts = co_await with_.jobs.add_seeds(j, std::move(sent));
      all.accepted += counts.accepted;
      all.duplicates += counts.duplicates;
      all.filtered += counts.filtered;
      all.invalid += counts.invalid;
      all.is_over = counts.is_over;
    }
    all.invalid += lines.invalid;
    co_return all;
  }

  state& with_;
};

}  // namespace

void add_job_control(http::router& to, state& with) {
  auto api = std::make_shared<control_api>(with);  // shared by the copies of its handlers
  const auto verb = [&](const char* path, control_api::verb what) {
    to.add("POST", path, {.handle = [api, what](const request& r) { return or_not_stored(api->ask(r, what)); }, .needs = permission::write});
  };
  verb("/api/v1/jobs/{id}/cancel", &registry::cancel);
  verb("/api/v1/jobs/{id}/pause", &registry::pause);
  verb("/api/v1/jobs/{id}/resume", &registry::resume);
  verb("/api/v1/jobs/{id}/close", &registry::close_seeds);
  to.add("POST", "/api/v1/jobs/{id}/retry", {.handle = [api](const request& r) { return or_not_stored(api->retry(r)); }, .needs = permission::write});
  to.add("PATCH", "/api/v1/jobs/{id}", {.handle = [api](const request& r) { return or_not_stored(api->change(r)); }, .needs = permission::write});
  to.add("POST", "/api/v1/jobs/{id}/seeds", {.handle = {}, .needs = permission::write, .takes = [api](const request& r, http::body_stream& body) { return or_not_stored(api->take_seeds(r, body)); }, .most_bytes = most_seed_bytes});
}

}  // namespace trawl::server::api
