// How stored jobs run by their schedule, and what comes of files in jobs.dir.
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "server/schedule/named_jobs.hpp"

namespace trawl::server {
namespace {

constexpr auto try_again_after = std::chrono::seconds(10);  // where there was no room

std::string why(const submission& wrong) {
  if (wrong.errors.empty()) return "";
  const auto& [path, message] = wrong.errors.front();
  return path.empty() ? message : path + ": " + message;
}

}  // namespace

asio::awaitable<void> named_jobs::watch() {
  auto next_look = std::chrono::steady_clock::now();
  while (!stopping_) {
    if (directory_ && std::chrono::steady_clock::now() >= next_look) {
      co_await look_into_directory();
      next_look = std::chrono::steady_clock::now() + options_.limits.directory_tick;
    }
    std::vector<stored_ptr> all;
    for (const auto& [name, s] : stored_) all.push_back(s);
    for (const stored_ptr& s : all)
      if (!stopping_) co_await take_turn(s);
    if (stopping_) break;
    news_.expires_after(options_.limits.schedule_tick);
    co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> named_jobs::stop() {
  stopping_ = true;
  news_.cancel();
  co_await tasks_.close();
}

asio::awaitable<void> named_jobs::take_turn(stored_ptr s) {
  if (s->not_before > std::chrono::steady_clock::now() || decide(*s, now(), is_active(*s)).is == turn::none) co_return;
  co_await wait_for(s->name);
  const hold mine(*this, s->name);
  if (s->is_gone) co_return;
  const decision what = decide(*s, now(), is_active(*s));
  std::string failure;
  try {
    switch (what.is) {
      case turn::none: co_return;
      case turn::run: co_await run_due(s, what.due); co_return;
      case turn::skip: spdlog::info("job {}: its last run goes on, so this one is left out (schedule.overlap: skip)", s->name); break;
      case turn::queue: s->waits = true; break;
      case turn::late: spdlog::warn("job {}: a run that was due more than a day ago is left out", s->name); break;
    }
    s->due = what.due;
    co_await keep(s);
  } catch (const std::exception& e) {
    failure = e.what();
  }
  if (failure.empty()) co_return;
  spdlog::error("job {} can't run by its schedule: {}; it is tried again", s->name, failure);
  s->not_before = std::chrono::steady_clock::now() + try_again_after;
}

asio::awaitable<void> named_jobs::run_due(stored_ptr s, std::optional<stored_job::time> next) {
  running r = co_await start(s, "", {}, next);
  switch (r.is) {
    case begun::started: spdlog::info("job {} runs by its schedule: {}", s->name, r.job->id); break;
    case begun::gone: break;
    case begun::full:
      spdlog::warn("job {} is due, but there is no room for one more job; it is tried again", s->name);
      s->not_before = std::chrono::steady_clock::now() + try_again_after;
      break;
    case begun::active:  // somebody has taken up the state that it goes on with
      s->waits = s->plan && s->plan->overlap == config::overlap_mode::queue;
      s->due = next;
      co_await keep(s);
      break;
    case begun::refused:
      s->problem = why(r.wrong);
      spdlog::error("job {} is due, but can't run: {}", s->name, s->problem);
      s->due = next;
      s->waits = false;
      co_await keep(s);
      break;
  }
}

asio::awaitable<void> named_jobs::look_into_directory() {
  std::string failure;
  try {
    job_directory::news news = co_await helpers_.run([this] { return directory_->look(); });
    if (!news.problem.empty()) spdlog::error("{}", news.problem);
    for (const std::string& path : news.gone) co_await forget_file(path);
    for (job_file& file : news.changed) co_await take_file(std::move(file));
    for (const auto& [name, s] : std::map(stored_))  // files of an earlier run of the service that went meanwhile
      if (news.is_read && s->is_file() && !directory_->knows(s->file)) co_await forget_file(s->file);
  } catch (const std::exception& e) {
    failure = e.what();
  }
  if (!failure.empty()) spdlog::error("jobs.dir can't be taken up: {}", failure);
}

asio::awaitable<void> named_jobs::take_file(job_file file) {
  for (const std::string& problem : file.problems) spdlog::error("{}", problem);
  if (!file.problems.empty())
    for (const auto& [name, s] : stored_)
      if (s->file == file.path) file.name = name;  // what it says now may be half of it
  co_await wait_for(file.name);
  const hold mine(*this, file.name);
  for (const auto& [name, s] : std::map(stored_))  // it had another name before
    if (s->file == file.path && name != file.name) co_await forget_file(file.path);
  const stored_ptr before = find(file.name);
  const bool is_taken = before && before->file != file.path;
  if (is_taken) spdlog::error("{}: a job named {} is stored already{}; this one does not run", file.path, file.name, before->is_file() ? " (" + before->file + ")" : "");
  if (is_taken || !is_stored_name(file.name)) co_return;
  if (!before && stored_.size() >= options_.limits.stored_jobs) {
    spdlog::error("{}: as many jobs are stored as this server takes; this one does not run", file.path);
    co_return;
  }
  auto next = before ? std::make_shared<stored_job>(*before) : std::make_shared<stored_job>();
  next->name = file.name;
  next->file = file.path;
  next->problem = file.problems.empty() ? "" : file.problems.front();
  if (file.problems.empty() && (!before || before->plan != file.plan || !next->times)) next->follow(std::move(file.plan), now());
  co_await keep(next);
  if (before) before->is_gone = true;
  stored_[next->name] = next;
  need_states();
}

asio::awaitable<void> named_jobs::forget_file(std::string path) {
  for (const auto& [name, s] : std::map(stored_)) {
    if (s->file != path) continue;
    co_await wait_for(name);
    const hold mine(*this, name);
    co_await jobs_.keep({{std::string(stored_prefix) + name, std::nullopt}});
    s->is_gone = true;
    stored_.erase(name);
    spdlog::info("job {} is stored no more: {} is gone", name, path);
  }
  need_states();
}

}  // namespace trawl::server
