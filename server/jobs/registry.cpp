#include "server/jobs/registry.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "crawler/frontier/log/segment_log.hpp"
#include "crawler/model/record.hpp"
#include "server/jobs/past_job.hpp"

namespace trawl::server {
namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto look_every = std::chrono::milliseconds(20);
constexpr auto sample_every = std::chrono::seconds(1);
constexpr std::size_t opened_logs = 8;
constexpr std::size_t active_bytes = 128u << 20;  // of the requests behind queued and running jobs

/// Why a crawl that is over is not what was wanted; empty: it is.
std::string why_failed(engine::crawl& crawl, const engine::progress& p) {
  const engine::ending how = crawl.ended();
  if (how == engine::ending::failed) return "its results could not be kept: is the disk full? The server's log says more; what was written can be read";
  if (how == engine::ending::none) return "a fault of the server's own; its log says more";
  return fmt::format("{}", fmt::join(engine::unmet_expectations(crawl.job(), p), "; "));
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(token);
}

}  // namespace

registry::registry(asio::io_context& loop, engine::shards& shards, helper_threads& helpers, const job_files& files, const server_options& options)
    : shards_(shards), helpers_(helpers), files_(files), options_(options), tasks_(loop.get_executor()), news_(loop) {}

void registry::take_over() {
  for (const job_files::left& files : files_.list()) jobs_.emplace(files.id, past_job(files));
}

asio::awaitable<void> registry::run() {
  auto next_sample = std::chrono::steady_clock::now();
  while (!stopping_ || !running_.empty()) {
    start_queued();
    if (running_.empty()) {
      news_.expires_at(asio::steady_timer::time_point::max());
      co_await news_.async_wait(token);
      continue;
    }
    co_await pause(look_every);
    const auto now = std::chrono::steady_clock::now();
    const bool is_due = now >= next_sample;
    if (is_due) next_sample = now + sample_every;
    for (const job_ptr& j : std::vector(running_)) {
      if (is_due) j->sample();
      if (j->crawl && j->crawl->finished()) co_await finish(j);
    }
  }
}

bool registry::has_room() const noexcept {
  if (stopping_ || places_taken_ + queue_.size() + running_.size() >= options_.limits.active_jobs) return false;
  std::size_t bytes = bytes_taken_;
  for (const job_ptr& j : queue_) bytes += j->asked_bytes;
  for (const job_ptr& j : running_) bytes += j->asked_bytes;
  return bytes < active_bytes;
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

asio::awaitable<registry::job_ptr> registry::submit(config::job asked, std::size_t bytes) {
  if (!has_room()) co_return nullptr;
  const place held(*this, bytes);
  auto j = std::make_shared<job>();
  j->id = new_id();
  j->name = asked.name;
  j->submitted_at = to_rfc3339(std::chrono::system_clock::now());
  j->asked_bytes = bytes;
  j->asked = std::move(asked);
  co_await helpers_.run([this, j] {
    files_.write_job(j->id, nlohmann::ordered_json{{"id", j->id}, {"name", j->name}, {"submitted_at", j->submitted_at}, {"job", to_json(*j->asked)}}.dump());
    return true;
  });
  spdlog::info("job {} ({}) was submitted", j->id, j->name);
  jobs_.emplace(j->id, j);
  queue_.push_back(j);
  news_.cancel();
  co_return j;
}

registry::job_ptr registry::find(const std::string& id) const {
  const auto at = jobs_.find(id);
  return at == jobs_.end() || at->second->is_erased ? nullptr : at->second;
}

void registry::start_queued() {
  while (!stopping_ && running_.size() < std::max(1U, options_.running) && !queue_.empty()) {
    job_ptr j = std::move(queue_.front());
    queue_.pop_front();
    j->state = job_state::running;
    j->started = job::wall_clock::now();
    running_.push_back(j);
    tasks_.spawn(start(std::move(j)));
  }
}

asio::awaitable<void> registry::start(job_ptr j) {
  std::string wrong;
  try {
    j->crawl = co_await make_crawl(std::move(*j->asked), files_.directory(j->id));
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  j->asked.reset();
  if (!wrong.empty()) {
    spdlog::error("job {} can't be started: {}", j->id, wrong);
    j->reason = "it could not be started; the server's log says why";
    co_await finish(j);
    co_return;
  }
  j->crawl->start();
  if (j->cancel_asked || stopping_) j->crawl->cancel();
}

asio::awaitable<std::shared_ptr<engine::crawl>> registry::make_crawl(config::job asked, std::filesystem::path segments) {
  engine::crawl_options options;
  options.egress_allow = options_.egress_allow;
  options.segments = std::move(segments);
  co_return co_await helpers_.run([this, asked = std::move(asked), options = std::move(options)]() mutable {
    // Letting a crawl go waits for its end: never on the loop.
    const auto let_go = [this](engine::crawl* c) { helpers_.post([c] { delete c; }); };
    return std::shared_ptr<engine::crawl>(new engine::crawl(shards_, std::move(asked), std::move(options)), let_go);
  });
}

/// The last numbers, the verdict, and no more hold on the crawl.
void registry::close_books(job& j) {
  j.finished = job::wall_clock::now();
  j.ends = true;
  j.asked_bytes = 0;
  if (!j.crawl) {
    j.state = j.cancel_asked ? job_state::cancelled : job_state::failed;
    j.last_status = j.status();
    return;
  }
  const engine::progress p = j.crawl->snapshot();
  past_.add(p);
  j.ended = to_string(j.crawl->ended());
  j.recorded = p.books.recorded;
  j.reason = j.crawl->ended() == engine::ending::cancelled ? "" : why_failed(*j.crawl, p);
  j.state = j.crawl->ended() == engine::ending::cancelled ? job_state::cancelled : j.reason.empty() ? job_state::completed : job_state::failed;
  if (j.state == job_state::cancelled && stopping_ && !j.cancel_asked) j.reason = "the server was stopped; the results so far are kept";
  j.last_status = j.status();
  j.crawl.reset();
}

asio::awaitable<void> registry::finish(job_ptr j) {
  std::erase(running_, j);
  close_books(*j);
  spdlog::info("job {} ({}) is {}", j->id, j->name, to_string(j->state));
  news_.cancel();
  std::string wrong;
  try {
    co_await helpers_.run([this, j] {
      files_.write_end(j->id, j->last_status);
      return true;
    });
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  j->ends = false;
  if (!wrong.empty()) spdlog::error("the end of job {} can't be written: {}; after a restart it will be listed as interrupted", j->id, wrong);
}

void registry::cancel(job& j) {
  if (!j.is_active() || j.cancel_asked) return;
  j.cancel_asked = true;
  if (j.state == job_state::running) {
    if (j.crawl) j.crawl->cancel();
    return;
  }
  const auto at = std::ranges::find(queue_, &j, &job_ptr::get);
  if (at == queue_.end()) return;
  job_ptr held = std::move(*at);
  queue_.erase(at);
  held->asked.reset();
  held->ended = "cancelled";
  tasks_.spawn(finish(std::move(held)));
}

asio::awaitable<std::string> registry::document(job_ptr j) {
  co_return co_await helpers_.run([this, id = j->id] {
    const auto about = nlohmann::ordered_json::parse(files_.read_job(id), nullptr, false);
    return about.is_object() && about.contains("job") ? about["job"].dump() : std::string();
  });
}

asio::awaitable<void> registry::erase(job_ptr j) {
  j->is_erased = true;
  while (j->ends) co_await pause(look_every);  // its end is being written where its files are removed
  if (const auto log = j->log.lock()) std::erase(opened_, log);  // an open file that was removed would still take its place on the disk
  try {
    co_await helpers_.run([this, id = j->id] {
      files_.erase(id);
      return true;
    });
  } catch (...) {
    j->is_erased = false;
    throw;
  }
  jobs_.erase(j->id);
}

asio::awaitable<std::shared_ptr<frontier::result_log>> registry::open_log(job_ptr j) {
  if (j->crawl) co_return std::shared_ptr<frontier::result_log>(j->crawl, &j->crawl->log());
  if (j->is_active() || j->is_erased) co_return nullptr;
  if (auto known = j->log.lock()) co_return known;
  auto [log, missing] = co_await helpers_.run([path = files_.directory(j->id), id = j->id, recorded = j->recorded] {
    auto opened = frontier::segment_log::open_to_read(path);
    const std::uint64_t lacks = missing_in(*opened, id, recorded);
    return std::pair(std::shared_ptr<frontier::result_log>(std::move(opened)), lacks);
  });
  j->missing = missing;
  j->log = log;
  opened_.push_back(log);
  if (opened_.size() > opened_logs) opened_.pop_front();
  co_return log;
}

job_totals registry::totals() const {
  job_totals out = past_;
  for (const job_ptr& j : running_)
    if (j->crawl) out.add(j->crawl->snapshot());
  return out;
}

const async::byte_budget& registry::bodies() const noexcept { return shards_.bodies(); }

frontier::books registry::running_books() const {
  frontier::books out;
  for (const job_ptr& j : running_) {
    if (!j->crawl) continue;
    const auto books = j->crawl->snapshot().books;
    out.queued += books.queued;
    out.in_flight += books.in_flight;
  }
  return out;
}

asio::awaitable<void> registry::stop(std::chrono::milliseconds drain) {
  stopping_ = true;
  news_.cancel();
  for (const job_ptr& j : running_)
    if (j->crawl) j->crawl->drain();
  const auto patience = std::chrono::steady_clock::now() + drain;
  while (!running_.empty() && std::chrono::steady_clock::now() < patience) co_await pause(look_every);
  for (const job_ptr& j : running_)
    if (j->crawl) j->crawl->cancel();
  co_await tasks_.close();
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
