// What comes to the register and what is asked of it. How its jobs run is in running.cpp.
#include "server/jobs/registry.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "crawler/frontier/inspect/past_log.hpp"
#include "crawler/frontier/store/state_directory.hpp"
#include "crawler/model/record.hpp"
#include "server/crawl/explanation.hpp"
#include "server/crawl/state_job.hpp"

namespace trawl::server {
namespace {

constexpr auto look_every = std::chrono::milliseconds(20);
constexpr std::size_t opened_logs = 8;
constexpr std::size_t active_bytes = 128u << 20;  // of the requests behind jobs that are not over

/// A job's text in the register: how it is written, then itself.
std::string kept_text(const newcomer& what) { return "jyt"[static_cast<std::size_t>(what.format)] + what.text; }

body_format format_of(char letter) noexcept { return letter == 'j' ? body_format::json : letter == 'y' ? body_format::yaml : body_format::trusted; }

std::vector<std::string> patches_of(const std::optional<std::string>& kept) {
  std::vector<std::string> out;
  if (!kept) return out;
  for (const auto& one : nlohmann::json::parse(*kept, nullptr, false))
    if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

asio::awaitable<void> pause_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

registry::registry(asio::io_context& loop, engine::shards& shards, helper_threads& helpers, const job_files& files, job_table& table, const server_options& options)
    : loop_(loop), shards_(shards), helpers_(helpers), files_(files), table_(table), options_(options), tasks_(loop.get_executor()), news_(loop, asio::steady_timer::time_point::max()) {}

/// From now on it is found.
void registry::adopt(const job_ptr& j) {
  j->results = std::make_shared<job_results>(loop_.get_executor(), [this, at = std::weak_ptr(j)] { return open_past(at); });
  if (!j->is_active()) j->results->end();
  jobs_.emplace(j->id, j);
}

void registry::take_over() {
  for (const auto& [id, row] : table_.list("job/")) {
    job_ptr j = job::from_row(id, row);
    if (!j) {
      spdlog::error("job {}: what the register has of it can't be read; put a backup of data/register in its place", id);
      continue;
    }
    const bool was_running = j->state == job_state::running;
    j->is_whole = !was_running;
    if (j->wants == wish::cancel) j->state = job_state::cancelled, j->ended = "cancelled", j->finished = job::wall_clock::now();
    if (j->wants == wish::pause) j->state = job_state::paused;
    if (j->state == job_state::running) j->state = job_state::queued;
    j->wants = wish::none;
    adopt(j);
    if (j->state == job_state::queued && was_running) queue(j, false);
  }
  for (const auto& [id, j] : jobs_)  // behind those that ran: these had no turn yet
    if (j->state == job_state::queued && j->is_whole) queue(j, false);
  if (!queue_.empty()) spdlog::info("{} jobs that were not over go on", queue_.size());
  files_.tidy([this](const std::string& id) { return jobs_.contains(id); });
}

bool registry::has_room() const noexcept {
  std::size_t count = places_taken_, bytes = bytes_taken_;
  for (const auto& [id, j] : jobs_)
    if (j->is_active()) ++count, bytes += j->asked_bytes;
  return !stopping_ && count < options_.limits.active_jobs && bytes < active_bytes;
}

/// A job's place between the look whether there is one and the job's own standing in the queue.
class registry::place {
 public:
  place(registry& in, std::size_t bytes) : in_(in), bytes_(bytes) {
    ++in_.places_taken_;
    in_.bytes_taken_ += bytes_;
  }
  ~place() {
    --in_.places_taken_;
    in_.bytes_taken_ -= bytes_;
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

 private:
  registry& in_;
  std::size_t bytes_;
};

asio::awaitable<void> registry::keep(std::vector<job_table::change> changes) {
  co_await helpers_.run([this, changes = std::move(changes)] {
    table_.write(changes);
    return true;
  });
}

/// Every change of a job comes by here.
asio::awaitable<void> registry::keep(const job_ptr& j) {
  j->note_change();
  co_await keep({{"job/" + j->id, j->to_row()}});
}

/// A job with what it was submitted with; changes that were made to it before are not of this text any more.
asio::awaitable<void> registry::keep(const job& j, newcomer what) {
  std::vector<job_table::change> changes{{"job/" + j.id, j.to_row()}, {"text/" + j.id, kept_text(what)}, {"patches/" + j.id, std::nullopt}};
  if (!what.idempotency_row.empty()) changes.emplace_back(what.idempotency_row, what.idempotency_value + j.id);
  if (what.also) changes.push_back(what.also(j.id));
  co_await keep(std::move(changes));
}

asio::awaitable<registry::job_ptr> registry::submit(newcomer what) {
  if (!has_room()) co_return nullptr;
  const place held(*this, what.text.size());
  auto j = std::make_shared<job>();
  j->id = new_id();
  j->name = what.name;
  j->owner = what.owner;
  j->takes_seeds = what.takes_seeds;
  j->submitted_at = to_rfc3339(job::wall_clock::now());
  j->asked_bytes = what.text.size();
  j->note_change();
  co_await keep(*j, std::move(what));
  spdlog::info("job {} ({}) was submitted", j->id, j->name);
  adopt(j);
  queue(j, false);
  co_return j;
}

asio::awaitable<registry::job_ptr> registry::run_again(job_ptr j, newcomer what) {
  while (j->is_ending) co_await pause_for(look_every);
  if (j->is_active() || j->is_erased || !has_room()) co_return nullptr;
  const place held(*this, what.text.size());
  job again = *j;
  again.state = job_state::queued;
  again.asked_bytes = what.text.size();
  again.ended.clear();
  again.reason.clear();
  again.started.reset();
  again.finished.reset();
  again.note_change();
  {
    struct ending {  // who would start, retry or remove it meanwhile waits
      job& of;
      explicit ending(job& one) : of(one) { of.is_ending = true; }
      ~ending() { of.is_ending = false; }
    } const written(*j);
    co_await keep(again, std::move(what));
  }
  if (j->is_erased) co_return nullptr;
  again.is_ending = false;
  *j = std::move(again);
  j->results->reopen();
  spdlog::info("job {} ({}) goes on with its state", j->id, j->name);
  queue(j, false);
  co_return j;
}

asio::awaitable<bool> registry::has_state_for(job_ptr j, std::string of) {
  while (j->is_ending) co_await pause_for(look_every);
  try {
    const submission before = co_await read(j);
    co_return before.errors.empty() && differences(state_job(before.job, {}), of).empty();
  } catch (const std::system_error& e) {
    spdlog::warn("job {} can't be gone on with: {}", j->id, e.what());
  }
  co_return false;
}

registry::job_ptr registry::find(const std::string& id) const {
  const auto at = jobs_.find(id);
  return at == jobs_.end() || at->second->is_erased ? nullptr : at->second;
}

void registry::queue(const job_ptr& j, bool in_front) {
  j->state = job_state::queued;
  in_front ? queue_.push_front(j) : queue_.push_back(j);
  news_.cancel();
}

void registry::unqueue(const job_ptr& j) { std::erase(queue_, j); }

asio::awaitable<submission> registry::read(const job_ptr& j, std::string patch) {
  co_return co_await helpers_.run([this, id = j->id, patch = std::move(patch)] {
    const auto kept = table_.get("text/" + id);
    if (!kept || kept->empty()) throw std::system_error(EIO, std::generic_category(), "the text of job " + id + " is gone");
    auto patches = patches_of(table_.get("patches/" + id));
    if (!patch.empty()) patches.push_back(patch);
    return read_job(kept->substr(1), format_of(kept->front()), options_.ceilings, options_.partial_job(), patches);
  });
}

asio::awaitable<bool> registry::cancel(job_ptr j) {
  if (!j->is_active() || j->wants == wish::cancel) co_return true;
  if (!j->is_loaded()) {
    unqueue(j);
    j->state = job_state::cancelled;
    j->ended = "cancelled";
    j->finished = job::wall_clock::now();
    j->results->end();
    co_await keep(j);
    co_return true;
  }
  ask(*j, wish::cancel);
  co_await keep(j);
  co_return true;
}

asio::awaitable<bool> registry::pause(job_ptr j) {
  if (!j->is_active()) co_return false;
  if (j->state == job_state::paused || j->wants == wish::pause || j->wants == wish::cancel) co_return true;
  if (j->has_place) {
    ask(*j, wish::pause);
  } else {
    unqueue(j);
    j->state = job_state::paused;
  }
  co_await keep(j);
  co_return true;
}

asio::awaitable<bool> registry::resume(job_ptr j) {
  if (!j->is_active()) co_return false;
  if (j->wants == wish::pause) j->wants = wish::restart;
  if (j->state == job_state::paused) {
    j->reason.clear();
    queue(j, false);
  }
  co_await keep(j);
  co_return true;
}

asio::awaitable<bool> registry::retry(job_ptr j, std::string codes) {
  while (j->is_ending) co_await pause_for(look_every);
  j->retry = j->retry.empty() ? std::move(codes) : j->retry + "," + codes;
  if (!j->is_active()) {
    j->ended.clear();
    j->reason.clear();
    j->finished.reset();
    j->results->reopen();
    queue(j, false);
  } else if (j->is_loaded() && j->wants == wish::none) {
    ask(*j, wish::restart);
  }
  co_await keep(j);
  co_return true;
}

asio::awaitable<bool> registry::close_seeds(job_ptr j) {
  if (!j->is_active()) co_return true;
  j->takes_seeds = false;
  co_await keep(j);
  if (j->crawl) j->crawl->close_seeds();
  co_return true;
}

asio::awaitable<bool> registry::pause_host(job_ptr j, std::string host, bool on) {
  if (!j->is_active()) co_return false;
  std::erase(j->paused_hosts, host);
  if (on) j->paused_hosts.push_back(host);
  co_await keep(j);
  if (j->crawl) j->crawl->pause_host(host, on);
  co_return true;
}

asio::awaitable<std::optional<std::vector<engine::host_view>>> registry::hosts(job_ptr j, std::size_t most) {
  if (!j->crawl || j->is_ending) co_return std::nullopt;
  co_return co_await ask_crawl<std::vector<engine::host_view>>([&](auto told) { j->crawl->hosts(most, std::move(told)); });
}

asio::awaitable<std::string> registry::explain(job_ptr j, url::url asked) {
  co_return co_await helpers_.run([path = files_.directory(j->id), asked = std::move(asked)]() -> std::string {
    if (!frontier::store::state_directory::is_there(path)) return "";
    return explanation(frontier::state_view(path), asked).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  });
}

asio::awaitable<submission> registry::change(job_ptr j, std::string patch) {
  submission changed = co_await read(j, patch);
  if (!changed.errors.empty()) co_return changed;
  co_await helpers_.run([this, id = j->id, patch = std::move(patch)] {
    auto patches = patches_of(table_.get("patches/" + id));
    patches.push_back(patch);
    table_.write({{"patches/" + id, nlohmann::json(patches).dump()}});
    return true;
  });
  if (j->is_loaded() && j->wants == wish::none) ask(*j, wish::restart);
  co_return changed;
}

asio::awaitable<std::string> registry::document(job_ptr j) {
  submission s;
  try {
    s = co_await read(j);
  } catch (const std::system_error& e) {
    spdlog::error("{}", e.what());
    co_return "";
  }
  co_return to_json(s.job, s.secrets).dump();
}

asio::awaitable<void> registry::erase(job_ptr j) {
  j->is_erased = true;
  while (j->is_loaded()) co_await pause_for(look_every);
  j->results->end();
  std::erase(opened_, j);  // an open file that was removed would still take its place on the disk
  try {
    co_await keep({{"job/" + j->id, std::nullopt}, {"text/" + j->id, std::nullopt}, {"patches/" + j->id, std::nullopt}});
  } catch (...) {
    j->is_erased = false;
    throw;
  }
  past_.add(j->counted);
  jobs_.erase(j->id);
  co_await helpers_.run([this, id = j->id] {
    files_.erase(id);
    return true;
  });
}

/// Of a state that was left in order; another one is put right when it is loaded, until then nobody knows what of it counts.
asio::awaitable<std::shared_ptr<frontier::past_log>> registry::open_past(std::weak_ptr<job> at) {
  const job_ptr j = at.lock();
  if (!j || !j->is_whole || j->is_erased) co_return nullptr;
  auto log = co_await helpers_.run([path = files_.directory(j->id)]() -> std::shared_ptr<frontier::past_log> {
    if (!frontier::store::state_directory::is_there(path)) return nullptr;
    return std::make_shared<frontier::past_log>(path);
  });
  if (!log || !j->is_whole) co_return nullptr;
  std::erase(opened_, j);
  opened_.push_back(j);
  if (opened_.size() > opened_logs) {
    opened_.front()->results->forget();
    opened_.pop_front();
  }
  co_return log;
}

job_totals registry::totals() const {
  job_totals out = past_;
  for (const auto& [id, j] : jobs_) out.add(j->numbers());
  return out;
}

const async::byte_budget& registry::bodies() const noexcept { return shards_.bodies(); }

frontier::books registry::running_books() const {
  frontier::books out;
  for (const job_ptr& j : loaded_) {
    if (!j->crawl) continue;
    const auto books = j->crawl->snapshot().books;
    out.queued += books.queued;
    out.in_flight += books.in_flight;
  }
  return out;
}

/// Time in ms, then chance: ids sort by submission, and nobody guesses one.
std::string registry::new_id() {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(job::wall_clock::now().time_since_epoch()).count();
  last_time_ = std::max(last_time_ + 1, static_cast<std::uint64_t>(now));
  std::uint64_t chance = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&chance), sizeof chance) != 1) throw std::runtime_error("no random bytes for an id");
  return fmt::format("{:012x}{:016x}", last_time_, chance);
}

}  // namespace trawl::server
