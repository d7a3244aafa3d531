// What is stored and what is asked of it. How it runs by its schedule is in schedule_runs.cpp.
#include "server/schedule/named_jobs.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <system_error>

#include "server/crawl/state_job.hpp"
#include "server/jobs/strict_json.hpp"
#include "server/schedule/trusted_job.hpp"
#include "server/jobs/job_json.hpp"

namespace trawl::server {
namespace {

constexpr auto look_every = std::chrono::milliseconds(5);

std::string row_of(const std::string& name) { return std::string(stored_prefix) + name; }
std::string text_row_of(const std::string& name) { return std::string(stored_text_prefix) + name; }
std::string kept_text(body_format format, const std::string& text) { return (format == body_format::yaml ? 'y' : 'j') + text; }

submission refused(unsigned status, std::string path, std::string message) {
  submission out;
  out.status = status;
  out.errors.push_back({std::move(path), std::move(message)});
  return out;
}

std::shared_ptr<const config::origin> body() { return std::make_shared<const config::origin>(config::origin{"body", config::trust::any}); }

/// What is wrong with a document's own name: its runs bear the one that it is stored under.
std::optional<submission> wrong_with_name(const std::string& text, body_format format, const std::string& stored_name) {
  const auto normal = format == body_format::json ? normalise_json(text) : text;
  const auto document = normal ? config::parse_document(*normal, config::format::yaml, body()) : std::unexpected(config::problem{});
  const config::node* name = document ? document->find("name") : nullptr;
  if (name == nullptr || name->text == stored_name) return std::nullopt;
  return refused(422, "name", "its runs bear the name that it is stored under, '" + stored_name + "': leave this out, or say the same");
}

/// One run's document: what is stored, the overrides over it, its name in it.
std::expected<std::string, submission> compose(const std::string& text, body_format format, const std::string& name, const std::string& overrides) {
  const auto sent = body();
  const auto normal = format == body_format::json ? normalise_json(text) : text;
  auto document = config::parse_document(normal ? *normal : "", config::format::yaml, sent);
  if (!normal || !document) return std::unexpected(refused(422, "", "what is stored can't be read any more; store it anew"));
  if (!overrides.empty()) {
    const auto over = normalise_json(overrides);
    if (!over) return std::unexpected(refused(400, "", over.error()));
    const auto read = config::parse_document(*over, config::format::yaml, sent);
    if (!read || read->is != config::node::kind::table) return std::unexpected(refused(422, "", "expected an object: the keys of the job that are other ones in this run"));
    for (const char* key : {"name", "schedule"})
      if (read->find(key) != nullptr) return std::unexpected(refused(422, key, "is the stored job's own; a run has no other one"));
    config::merge(*document, *read);
  }
  make_one_run(*document, name);
  return to_json_text(*document);
}

}  // namespace

named_jobs::named_jobs(asio::io_context& loop, helper_threads& helpers, registry& jobs, const server_options& options)
    : loop_(loop), helpers_(helpers), jobs_(jobs), options_(options), tasks_(loop.get_executor()), news_(loop, asio::steady_timer::time_point::max()) {
  if (!options_.jobs_dir.empty()) directory_.emplace(options_.jobs_dir);
}

void named_jobs::take_over() {
  std::vector<job_table::change> gone;  // of a directory that the server file does not name any more
  for (const auto& [name, row] : jobs_.table().list(stored_prefix)) {
    stored_ptr s = stored_job::from_row(name, row);
    if (!s) {
      spdlog::error("stored job {}: what the register has of it can't be read; store it anew", name);
      continue;
    }
    last_version_ = std::max(last_version_, s->version);
    if (s->is_file() && !directory_) gone.emplace_back(row_of(name), std::nullopt);
    else stored_.emplace(name, std::move(s));
  }
  if (!gone.empty()) jobs_.table().write(gone);
  need_states();
}

named_jobs::stored_ptr named_jobs::find(const std::string& name) const {
  const auto at = stored_.find(name);
  return at == stored_.end() ? nullptr : at->second;
}

bool named_jobs::is_active(const stored_job& s) const {
  const auto last = jobs_.find(s.last_run);
  return last && (last->is_active() || last->is_ending);
}

/// Jobs whose state a later run takes up are kept for it.
void named_jobs::need_states() {
  for (const auto& [id, j] : jobs_.all()) j->is_needed = false;
  for (const auto& [name, s] : stored_)
    if (const auto j = jobs_.find(s->state_of); j && s->plan && s->plan->state == config::rerun_mode::continue_) j->is_needed = true;
}

asio::awaitable<void> named_jobs::wait_for(std::string name) {
  asio::steady_timer timer(loop_);
  while (held_.contains(name)) {
    timer.expires_after(look_every);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> named_jobs::keep(stored_ptr s) { co_await jobs_.keep({{row_of(s->name), s->to_row()}}); }

bool named_jobs::has_room_for(const document& what, const stored_ptr& before) const {
  std::size_t bytes = what.text.size();
  for (const auto& [name, s] : stored_)
    if (s != before) bytes += s->bytes;
  return bytes <= options_.limits.stored_bytes && (before || stored_.size() < options_.limits.stored_jobs);
}

asio::awaitable<named_jobs::storing> named_jobs::put(document what) {
  storing out;
  if (!is_stored_name(what.name)) out.wrong = refused(422, "name", "expected 1 to 64 of A-Z a-z 0-9 . _ -");
  if (!out.wrong.errors.empty()) co_return out;
  out.wrong = co_await helpers_.run([this, text = what.text, format = what.format, name = what.name] {
    submission read = read_stored_job(text, format, options_.ceilings, options_.partial_job());
    if (read.errors.empty())
      if (auto wrong = wrong_with_name(text, format, name)) return std::move(*wrong);
    return read;
  });
  if (!out.wrong.errors.empty()) co_return out;
  co_await wait_for(what.name);
  const hold mine(*this, what.name);
  const stored_ptr before = find(what.name);
  if (before && !what.sees_all && before->owner != what.owner) co_return storing{stored::foreign, {}, nullptr};
  if (before && before->is_file()) co_return storing{stored::of_file, {}, nullptr};
  const bool is_expected = !what.if_version || (before && (*what.if_version == 0 || *what.if_version == before->version));
  if (!is_expected || (what.only_new && before)) co_return storing{stored::changed, {}, before};
  if (!has_room_for(what, before)) co_return storing{stored::full, {}, nullptr};
  auto next = before ? std::make_shared<stored_job>(*before) : std::make_shared<stored_job>();
  next->name = what.name;
  if (!before) next->owner = what.owner;
  next->bytes = what.text.size();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
  next->version = last_version_ = std::max(last_version_ + 1, static_cast<std::uint64_t>(ms));
  next->problem.clear();
  next->follow(out.wrong.job.schedule, now());
  co_await jobs_.keep({{row_of(next->name), next->to_row()}, {text_row_of(next->name), kept_text(what.format, what.text)}});
  if (before) before->is_gone = true;
  stored_[next->name] = next;
  need_states();
  spdlog::info("job {} is stored", next->name);
  out.is = before ? stored::replaced : stored::made;
  out.job = std::move(next);
  co_return out;
}

asio::awaitable<void> named_jobs::erase(stored_ptr s) {
  co_await wait_for(s->name);
  const hold mine(*this, s->name);
  if (s->is_gone) co_return;
  co_await jobs_.keep({{row_of(s->name), std::nullopt}, {text_row_of(s->name), std::nullopt}});
  s->is_gone = true;
  stored_.erase(s->name);
  need_states();
  spdlog::info("job {} is stored no more", s->name);
}

asio::awaitable<std::string> named_jobs::shown(stored_ptr s) {
  co_return co_await helpers_.run([this, file = s->file, name = s->name]() -> std::string {
    if (!file.empty()) return read_job_file(file, name).shown;
    const auto kept = jobs_.table().get(text_row_of(name));
    if (!kept || kept->empty()) return "";
    const submission read = read_stored_job(kept->substr(1), kept->front() == 'y' ? body_format::yaml : body_format::json, options_.ceilings, options_.partial_job());
    auto document = config::to_json(read.job, read.secrets);
    document["name"] = name;
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  });
}

/// Files and the register are read, and the job is checked, on a helper thread.
asio::awaitable<named_jobs::made> named_jobs::make(stored_ptr s, std::string overrides) {
  co_return co_await helpers_.run([this, file = s->file, name = s->name, overrides = std::move(overrides)]() -> made {
    if (!file.empty()) {
      if (!overrides.empty()) return {refused(422, "", "a job file's runs are as the file says"), "", {}};
      job_file_text read = read_job_file(file, name);
      if (!read.problems.empty()) return {refused(422, "", read.problems.front()), "", {}};
      return {read_job(read.text, body_format::trusted, options_.ceilings), read.text, body_format::trusted};
    }
    const auto kept = jobs_.table().get(text_row_of(name));
    if (!kept || kept->empty()) return {refused(422, "", "what is stored can't be read any more; store it anew"), "", {}};
    auto text = compose(kept->substr(1), kept->front() == 'y' ? body_format::yaml : body_format::json, name, overrides);
    if (!text) return {std::move(text.error()), "", {}};
    submission read = read_job(*text, body_format::json, options_.ceilings, options_.partial_job());
    return {std::move(read), std::move(*text), body_format::json};
  });
}

asio::awaitable<named_jobs::running> named_jobs::run(stored_ptr s, std::string overrides, newcomer with) {
  co_await wait_for(s->name);
  const hold mine(*this, s->name);
  if (s->is_gone) co_return running{begun::gone, {}, nullptr};
  co_return co_await start(s, std::move(overrides), std::move(with), s->due);
}

/// The caller holds it. `due`: its next run by schedule, kept together with this one.
asio::awaitable<named_jobs::running> named_jobs::start(stored_ptr s, std::string overrides, newcomer with, std::optional<stored_job::time> due) {
  const bool is_own_job = !overrides.empty();
  made what = co_await make(s, std::move(overrides));
  if (!what.read.errors.empty()) co_return running{begun::refused, std::move(what.read), nullptr};
  if (!jobs_.has_room()) co_return running{begun::full, {}, nullptr};
  registry::job_ptr last;
  if (!is_own_job && s->plan && s->plan->state == config::rerun_mode::continue_) last = jobs_.find(s->state_of);
  if (last && last->is_active()) co_return running{begun::active, {}, nullptr};
  if (last) {
    const bool fits = co_await jobs_.has_state_for(last, state_job(what.read.job, {}));
    if (!fits) spdlog::info("job {}: its seeds, scope, rules or extraction are other ones than those of its last run, so it starts afresh", s->name);
    if (!fits) last = nullptr;
  }
  const auto after = std::make_shared<stored_job>(*s);  // shared with the row's writer
  after->due = due;
  after->waits = false;
  after->problem.clear();
  with.name = s->name;
  with.text = std::move(what.text);
  with.format = what.format;
  with.owner = s->owner;
  with.also = [after, is_own_job](const std::string& id) -> job_table::change {
    after->last_run = id;
    if (!is_own_job) after->state_of = id;
    return {row_of(after->name), after->to_row()};
  };
  registry::job_ptr j;
  if (last) j = co_await jobs_.run_again(last, std::move(with));
  else j = co_await jobs_.submit(std::move(with));
  if (!j) co_return running{begun::full, {}, nullptr};
  *s = *after;
  need_states();
  co_return running{begun::started, {}, std::move(j)};
}

}  // namespace trawl::server
