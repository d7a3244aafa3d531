// How the register's jobs run: each has a crawl while it is loaded, and lets it go when it is over, is paused, or goes on anew.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "crawler/frontier/store/storage_error.hpp"
#include "server/crawl/retry_codes.hpp"
#include "server/crawl/state_job.hpp"
#include "server/jobs/registry.hpp"

namespace trawl::server {
namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto look_every = std::chrono::milliseconds(20);
constexpr auto sample_every = std::chrono::seconds(1);
constexpr auto sweep_every = std::chrono::minutes(1);
constexpr auto try_again_after = std::chrono::seconds(5);  // where there was no space
constexpr int most_tries = 500;  // to send seeds to a job that is just being loaded or let go

asio::awaitable<void> pause_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(token);
}

/// Why a crawl that is over is not what was wanted; empty: it is.
std::string why_failed(engine::crawl& crawl, const engine::progress& p) {
  const engine::ending how = crawl.ended();
  if (how == engine::ending::failed) return "its results could not be kept: is the disk full? The server's log says more; what was written can be read";
  if (how == engine::ending::none) return "a fault of the server's own; its log says more";
  return fmt::format("{}", fmt::join(engine::unmet_expectations(crawl.job(), p), "; "));
}

std::function<bool(std::string_view)> matcher(const std::string& codes) {
  if (codes.empty()) return {};
  auto parsed = retry_codes::parse(codes);
  if (!parsed) return {};
  return [codes = std::move(*parsed)](std::string_view record) { return codes.match(record); };
}

}  // namespace

asio::awaitable<void> registry::run() {
  auto next_sample = std::chrono::steady_clock::now(), next_sweep = next_sample;
  while (!stopping_ || !loaded_.empty()) {
    start_queued();
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_sweep) {
      next_sweep = now + sweep_every;
      tasks_.spawn(sweep());
    }
    if (loaded_.empty() && queue_.empty()) {
      co_await wait_for_news();
      continue;
    }
    co_await pause_for(look_every);
    const bool is_due = now >= next_sample;
    if (is_due) next_sample = now + sample_every;
    for (const job_ptr& j : std::vector(loaded_)) {
      if (is_due) j->sample();
      if (!j->crawl || j->is_ending || !j->crawl->finished()) continue;
      j->is_ending = true;
      tasks_.spawn(finish(j));
    }
  }
}

/// Or for the next look at what is kept too long.
asio::awaitable<void> registry::wait_for_news() {
  news_.expires_after(sweep_every);
  co_await news_.async_wait(token);
}

std::size_t registry::places_used() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(loaded_, [](const job_ptr& j) { return j->has_place; }));
}

void registry::start_queued() {
  while (!stopping_ && places_used() < std::max(1U, options_.running) && !queue_.empty()) {
    const auto ready = std::ranges::find_if(queue_, [now = std::chrono::steady_clock::now()](const job_ptr& q) { return q->not_before <= now && !q->is_starting && !q->is_ending; });
    if (ready == queue_.end()) return;
    job_ptr j = *ready;
    queue_.erase(ready);
    j->state = job_state::running;
    j->has_place = true;
    if (!j->started) j->started = job::wall_clock::now();
    if (std::ranges::find(loaded_, j) == loaded_.end()) loaded_.push_back(j);
    tasks_.spawn(start(std::move(j)));
  }
}

/// The register first: what is read of a state that is written depends on it.
asio::awaitable<void> registry::start(job_ptr j) {
  j->is_starting = true;
  std::string wrong;
  try {
    co_await keep(j);
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  j->is_starting = false;
  if (!wrong.empty()) spdlog::warn("the start of job {} can't be written: {}", j->id, wrong);
  if (j->crawl) {
    j->crawl->resume();  // it was loaded to take seeds
  } else {
    co_await load(j, false);
  }
  if (j->crawl && stopping_) j->crawl->drain();
}

/// From the register's text to a crawl that runs, or waits for its place. What goes wrong is the job's end, or its pause.
asio::awaitable<void> registry::load(job_ptr j, bool is_held_back) {
  j->is_starting = true;
  const bool was_whole = std::exchange(j->is_whole, false);
  if (std::ranges::find(loaded_, j) == loaded_.end()) loaded_.push_back(j);
  std::string wrong;
  bool is_for_good = true, is_full = false;
  try {
    submission asked = co_await read(j);
    if (!asked.errors.empty()) throw std::runtime_error(asked.errors.front().path + ": " + asked.errors.front().message);
    engine::crawl_options options;
    options.state = files_.directory(j->id);
    options.state_job = state_job(asked.job, {});
    options.takes_seeds = j->takes_seeds;
    options.retry = matcher(j->retry);
    auto crawl = co_await make_crawl(std::move(asked.job), std::move(options));
    j->retry.clear();
    j->crawl = std::move(crawl);
  } catch (const frontier::storage_error& e) {
    wrong = e.what();
    is_for_good = e.is == frontier::storage_error::kind::damaged;
    is_full = e.is == frontier::storage_error::kind::no_space;
  } catch (const std::system_error& e) {
    wrong = e.what();
    is_for_good = false;
    is_full = e.code() == std::errc::no_space_on_device;
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  j->is_starting = false;
  if (!wrong.empty()) {
    spdlog::error("job {} can't be started: {}", j->id, wrong);
    std::erase(loaded_, j);
    j->has_place = false;
    j->is_whole = was_whole;
    j->state = is_for_good ? job_state::failed : job_state::paused;
    j->reason = "it could not be started: " + wrong;
    j->not_before = std::chrono::steady_clock::now() + try_again_after;
    if (is_full) queue(j, false);
    if (is_for_good) give_up(*j, j->reason);
    co_await keep_end(j);
    co_return;
  }
  j->results->attach(std::shared_ptr<frontier::result_log>(j->crawl, &j->crawl->log()));
  if (is_held_back) j->crawl->pause();
  for (const std::string& host : j->paused_hosts) j->crawl->pause_host(host, true);  // as of now: somebody may have spoken since the load began
  if (!j->takes_seeds) j->crawl->close_seeds();
  j->crawl->start();
  if (j->wants != wish::none) ask(*j, j->wants);
}

void registry::give_up(job& j, std::string reason) {
  unqueue(find(j.id));
  j.state = job_state::failed;
  j.reason = std::move(reason);
  j.finished = job::wall_clock::now();
  j.results->end();
}

asio::awaitable<std::shared_ptr<engine::crawl>> registry::make_crawl(config::job asked, engine::crawl_options options) {
  options.egress_allow = options_.egress_allow;
  co_return co_await helpers_.run([this, asked = std::move(asked), options = std::move(options)]() mutable {
    // Letting a crawl go waits for its end: never on the loop.
    const auto let_go = [this](engine::crawl* c) { helpers_.post([c] { delete c; }); };
    if (!options.state.empty()) return std::make_shared<engine::crawl>(shards_, std::move(asked), std::move(options));
    return std::shared_ptr<engine::crawl>(new engine::crawl(shards_, std::move(asked), std::move(options)), let_go);
  });
}

asio::awaitable<std::shared_ptr<engine::crawl>> registry::make_crawl(config::job asked) { co_return co_await make_crawl(std::move(asked), engine::crawl_options{}); }

/// Once it is loaded; see `load`.
void registry::ask(job& j, wish what) {
  j.wants = what;
  if (!j.crawl) return;
  what == wish::cancel ? j.crawl->cancel() : j.crawl->drain();
}

/// The crawl goes, on a helper thread, when its readers have let go of its log; then its state may be opened again.
asio::awaitable<void> registry::let_go(job_ptr j) {
  j->note_numbers(j->crawl->snapshot());
  j->results->detach();
  auto held = std::exchange(j->crawl, nullptr);
  while (held.use_count() > 1) co_await pause_for(look_every);
  co_await helpers_.run([held = std::move(held)]() mutable {
    held.reset();
    return true;
  });
}

/// What becomes of a job whose crawl has ended.
void registry::judge(job& j, engine::ending how, std::string unmet) {
  const bool was_stopped = how == engine::ending::cancelled;
  if (was_stopped && j.wants != wish::cancel) {
    if (j.wants == wish::pause) j.state = job_state::paused;
    return;
  }
  j.finished = job::wall_clock::now();
  j.ended = to_string(how);
  j.reason = was_stopped ? "" : std::move(unmet);
  j.state = was_stopped ? job_state::cancelled : j.reason.empty() ? job_state::completed : job_state::failed;
}

asio::awaitable<void> registry::finish(job_ptr j) {
  const engine::ending how = j->crawl->ended();
  std::string unmet = why_failed(*j->crawl, j->crawl->snapshot());
  co_await let_go(j);
  judge(*j, how, std::move(unmet));
  std::erase(loaded_, j);
  j->is_whole = true;
  j->wants = wish::none;
  const bool had_place = std::exchange(j->has_place, false);
  const bool goes_on = j->state == job_state::running || (j->state == job_state::completed && !j->retry.empty());
  if (goes_on) queue(j, had_place);
  if (!j->is_active()) {
    unqueue(j);
    j->results->end();
  }
  spdlog::info("job {} ({}) is {}", j->id, j->name, to_string(j->state));
  co_await keep_end(j);
  j->is_ending = false;
  news_.cancel();
}

asio::awaitable<void> registry::keep_end(job_ptr j) {
  std::string wrong;
  try {
    co_await keep(j);
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  if (!wrong.empty()) spdlog::error("that job {} is {} can't be written: {}; after a restart it goes on", j->id, to_string(j->state), wrong);
}

asio::awaitable<bool> registry::begin_seeds(job_ptr j) {
  if (!j->is_active() || stopping_ || j->wants == wish::cancel) co_return false;
  ++j->senders;
  co_return true;
}

/// One that is not loaded is, and held back until it has its place.
asio::awaitable<engine::seed_counts> registry::add_seeds(job_ptr j, std::vector<request> seeds) {
  for (int tries = 0; tries < most_tries && j->is_active() && !stopping_; ++tries) {
    if (!j->is_loaded()) co_await load(j, true);
    if (!j->crawl || j->is_ending) {
      co_await pause_for(look_every);
      continue;
    }
    const auto counts = co_await ask_crawl<engine::seed_counts>([&](auto told) { j->crawl->add_seeds(seeds, std::move(told)); });
    if (!counts.is_over) co_return counts;
    co_await pause_for(look_every);
  }
  co_return engine::seed_counts{.is_over = true};
}

asio::awaitable<void> registry::settle_seeds(job_ptr j) {
  if (!j->crawl || j->is_ending) co_return;  // its end has synced them
  co_await helpers_.run([crawl = j->crawl] {
    crawl->sync();
    return true;
  });
}

void registry::end_seeds(job_ptr j) {
  if (--j->senders == 0 && j->crawl && !j->has_place) j->crawl->drain();
}

/// Jobs that are kept long enough go.
asio::awaitable<void> registry::sweep() {
  if (options_.keep.count() == 0) co_return;
  const auto oldest = job::wall_clock::now() - std::chrono::duration_cast<job::wall_clock::duration>(options_.keep);
  std::vector<job_ptr> due;
  for (const auto& [id, j] : jobs_)
    if (!j->is_active() && !j->is_erased && !j->is_needed && j->finished && *j->finished < oldest) due.push_back(j);
  for (const job_ptr& j : due) {
    spdlog::info("job {} ({}) was kept long enough (jobs.keep)", j->id, j->name);
    std::string wrong;
    try {
      co_await erase(j);
    } catch (const std::exception& e) {
      wrong = e.what();
    }
    if (!wrong.empty()) spdlog::error("job {} can't be removed: {}", j->id, wrong);
  }
}

asio::awaitable<void> registry::stop(std::chrono::milliseconds drain) {
  stopping_ = true;
  news_.cancel();
  for (const job_ptr& j : loaded_)
    if (j->crawl) j->crawl->drain();
  const auto patience = std::chrono::steady_clock::now() + drain;
  while (!loaded_.empty() && std::chrono::steady_clock::now() < patience) co_await pause_for(look_every);
  for (const job_ptr& j : loaded_)
    if (j->crawl) j->crawl->cancel();
  while (!loaded_.empty()) co_await pause_for(look_every);
  for (const auto& [id, j] : jobs_) j->results->end();
  co_await tasks_.close();
}

}  // namespace trawl::server
