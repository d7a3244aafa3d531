#include "crawler/engine/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "crawler/async/run_on.hpp"
#include "crawler/frontier/memory/memory_frontier.hpp"
#include "crawler/frontier/memory/memory_log.hpp"

namespace trawl::engine {

namespace {

constexpr auto publish_every = std::chrono::milliseconds(100);
constexpr auto save_cookies_every = std::chrono::seconds(5);
constexpr auto drain_grace = std::chrono::seconds(10);

std::unique_ptr<frontier::appendable_log> make_log(const crawl_options& options) {
  if (!options.state.empty()) return nullptr;
  return std::make_unique<frontier::memory_log>();
}

/// The caller's options, with the callbacks made safe for all shards at once.
crawl_options serialised(crawl_options options, std::mutex& one_at_a_time) {
  if (auto inner = std::move(options.on_rejected))
    options.on_rejected = [inner = std::move(inner), &one_at_a_time](const rejected& r) {
      const std::lock_guard lock(one_at_a_time);
      inner(r);
    };
  if (auto inner = std::move(options.on_surveyed))
    options.on_surveyed = [inner = std::move(inner), &one_at_a_time](const std::string& host, std::chrono::nanoseconds delay) {
      const std::lock_guard lock(one_at_a_time);
      inner(host, delay);
    };
  return options;
}

std::optional<login_session> session_of(const config::job& job) {
  if (!fetch::logs_in(job)) return std::nullopt;
  return std::optional<login_session>(std::in_place, *job.fetch.login);
}

void report(const std::string& job, std::exception_ptr failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("the crawl {} stopped by a fault of its own: {}", job, e.what());
  }
}

}  // namespace

crawl::run::run(shards& where, config::job job, crawl_options options)
    : job_(std::move(job)),
      options_(serialised(std::move(options), rejecting_)),
      log_(make_log(options_)),
      shards_(where),
      books_(job_.fetch.concurrency, job_.scope.max_pages),
      bodies_(where.bodies(), job_.fetch.memory ? job_.fetch.memory->bytes : where.bodies().limit()),
      login_(session_of(job_)),
      context_{job_, options_, books_, maker(), joined_, cookies_, login_ ? &*login_ : nullptr, seed_hosts_, where.cpu(), async::steady_clock(), bodies_, where.addresses(), domains_, [this](std::string_view why) { fail(why); },
               [this](std::uint32_t at, found_sitemap found) { pass_on(at, std::move(found)); },
               [this] { resume_after_login(); },
               [this](std::uint32_t at, std::uint32_t from, aside what, request asked) { return ask_at(at, from, what, std::move(asked)); },
               [this](std::uint64_t digest, std::string url) { return claim_body(digest, std::move(url)); }},
      news_(where[0].context().get_executor(), context_.time) {
  context_.takes_seeds = options_.takes_seeds;
  open_state();
  fetch::load_cookies(job_.fetch.cookies, cookies_);
  if (store_ && job_.fetch.cookies.enabled) cookies_.load_netscape(store_->directory().cookies(), std::chrono::system_clock::now());
  cookies_saved_ = cookies_.version();
  for (std::size_t at = 0; at < where.size(); ++at) workers_.push_back(std::make_unique<worker>(context_, where[at], where.size()));
}

frontier::result_log& crawl::run::log() noexcept {
  if (store_) return store_->log();
  return *log_;
}

/// What was there is taken up: pages count towards the limit, and what joined the scope is in it.
void crawl::run::open_state() {
  if (options_.state.empty() && job_.scope.revisit_after.count() > 0) spdlog::warn("the crawl {} keeps no state, so scope.revisit_after has no effect", job_.name);
  if (options_.state.empty()) return;
  frontier::store::store_options how;
  how.on_failure = [this](const std::string& why) { fail(why); };
  how.on_pause = [name = job_.name](const std::string& why) {
    if (why.empty()) {
      spdlog::warn("the crawl {} goes on: there is space again", name);
    } else {
      spdlog::error("the crawl {} waits until there is space: {}", name, why);
    }
  };
  how.shard_of = [owners = shard_map(shards_.size())](const std::string& host) mutable { return owners.of(host).value_or(0); };
  store_ = std::make_unique<frontier::store::job_store>(options_.state, std::move(how));
  store_->start(books_);
  if (!options_.state_job.empty()) store_->directory().keep_job(options_.state_job);
  queue_revisits();
  if (options_.retry) spdlog::info("the crawl {} visits {} URLs again", job_.name, store_->requeue(options_.retry));
  const auto& before = store_->opened_as();
  books_.has_committed(before.pages);
  for (const std::string& joined : store_->joined())
    if (const auto target = url::parse(joined)) joined_.add(*target);
  context_.key = store_->key();
  context_.seeds_taken = before.seeds;
  context_.is_resumed = before.queued > 0;
  context_.tallies = &store_->tallies();
  marks_ = std::make_unique<frontier::crash_marks>(store_->directory().reading());
  context_.marks = marks_.get();
  take_up_domains();
  if (before.discovered > 0) spdlog::info("the crawl {} goes on: {} records are there, {} URLs are queued", job_.name, before.recorded, before.queued);
}

/// Hosts that links have found count until the seeds are read again, which exempt theirs.
void crawl::run::take_up_domains() {
  if (!job_.scope.traps.detect) return;
  for (const auto& [name, row] : store_->hosts())
    if (const auto host = row.by_links > 0 ? url::parse("http://" + name + '/') : std::nullopt; host && host->host) domains_.resume(*host, row.by_links);
}

/// What was visited long enough ago is due once in a run, as it begins.
void crawl::run::queue_revisits() {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(job_.scope.revisit_after);
  if (age.count() == 0) return;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::int64_t latest = (now - age).count();
  const std::uint64_t due = store_->requeue_visited_before(latest);
  if (due > 0) spdlog::info("the crawl {} visits {} URLs again", job_.name, due);
}

std::vector<frontier::stored_host> crawl::run::hosts_of(std::uint32_t shard) const {
  shard_map owners(shards_.size());
  std::vector<frontier::stored_host> out;
  for (auto& host : store_->hosts()) {
    if (owners.of(host.first) == shard) out.push_back(std::move(host));
  }
  return out;
}

/// The parts are made in the order of the shards.
frontier_maker crawl::run::maker() {
  return [this](const asio::any_io_executor& loop, frontier::host_gates& gates, frontier::frontier_options options) -> std::unique_ptr<frontier::frontier> {
    if (!store_) return std::make_unique<frontier::memory_frontier>(loop, books_, gates, *log_, std::move(options));
    return std::make_unique<frontier::durable_frontier>(loop, books_, gates, *store_, hosts_of(parts_made_++), std::move(options));
  };
}

void crawl::run::begin() {
  has_begun_ = true;
  started_ = context_.time.now();
  asio::co_spawn(shards_[0].context(), main(), [self = shared_from_this()](std::exception_ptr failure) {
    report(self->job_.name, failure);
    self->end();
  });
}

void crawl::run::end() noexcept {
  log().close();
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void crawl::run::stop(ending why, bool abort) {
  ending none = ending::none;
  ended_.compare_exchange_strong(none, why);
  if (abort && store_) store_->give_up();
  for (std::size_t at = 0; at < shards_.size(); ++at)
    asio::post(shards_[at].context(), [self = shared_from_this(), at, abort] {
      if (!self->closing_) self->workers_[at]->stop(abort);
    });
}

void crawl::run::fail(std::string_view why) {
  if (!has_failed_.exchange(true)) spdlog::error("the crawl {} ends: {}", job_.name, why);
  stop(ending::failed, false);
}

void crawl::run::add_seeds(std::vector<request> sent, std::function<void(seed_counts)> told) {
  asio::post(shards_[0].context(), [self = shared_from_this(), sent = std::move(sent), told = std::move(told)]() mutable {
    if (self->closing_) return told({.is_over = true});
    self->workers_[0]->take_seeds(std::move(sent), std::move(told));
  });
}

void crawl::run::tell_hosts(std::size_t most, std::function<void(std::vector<host_view>)> told) {
  asio::co_spawn(shards_[0].context(), gather_hosts(most, std::move(told)), [self = shared_from_this()](std::exception_ptr failure) { report(self->job_.name, failure); });
}

crawl::run::task crawl::run::gather_hosts(std::size_t most, std::function<void(std::vector<host_view>)> told) {
  std::vector<host_view> all;
  for (std::size_t at = 0; at < shards_.size(); ++at) {
    auto ask = [this, at, most] { return closing_ ? std::vector<host_view>() : workers_[at]->hosts(most); };
    auto part = co_await async::run_on(shards_[at].context().get_executor(), ask);
    all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  }
  keep_busiest(all, most);
  told(std::move(all));
}

/// Each is told: the one that owns the host minds.
void crawl::run::pause_host(const std::string& host, bool on) {
  for (std::size_t at = 0; at < shards_.size(); ++at)
    asio::post(shards_[at].context(), [self = shared_from_this(), at, host, on] {
      if (!self->closing_) self->workers_[at]->pause_host(host, on);
    });
}

/// To its owner, with what kept the job open on the way.
void crawl::run::pass_on(std::uint32_t at, found_sitemap found) {
  asio::post(shards_[at].context(), [self = shared_from_this(), at, found = std::move(found)]() mutable {
    if (!self->closing_) self->workers_[at]->take_sitemap(std::move(found));
    self->books_.close();
  });
}

void crawl::run::resume_after_login() {
  for (std::size_t at = 0; at < shards_.size(); ++at)
    asio::post(shards_[at].context(), [self = shared_from_this(), at] {
      if (!self->closing_) self->workers_[at]->go_on_after_login();
    });
}

/// Cancelled, the wait ends; what is asked for ends with the crawl.
asio::awaitable<result<response>> crawl::run::ask_at(std::uint32_t at, std::uint32_t from, aside what, request asked) {
  struct reply {
    reply(const asio::any_io_executor& here, async::clock& time) : news(here, time) {}
    async::alarm news;
    std::optional<result<response>> got;
  };
  const asio::any_io_executor here = shards_[from].context().get_executor();
  const auto mine = std::make_shared<reply>(here, context_.time);
  auto answer = [here, to = std::weak_ptr(mine)](result<response> got) {
    asio::post(here, [to, got = std::move(got)]() mutable {
      const auto waiting = to.lock();  // on its own thread, where it may also be the last
      if (!waiting) return;
      waiting->got = std::move(got);
      waiting->news.ring();
    });
  };
  asio::post(shards_[at].context(), [self = shared_from_this(), at, what, asked = std::move(asked), answer]() mutable {
    if (self->closing_) return answer(std::unexpected(error{errc::cancelled, ""}));
    self->workers_[at]->ask_for(what, std::move(asked), std::move(answer));
  });
  while (!mine->got) {
    co_await mine->news.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return std::unexpected(error{errc::cancelled, ""});
  }
  co_return std::move(*mine->got);
}

asio::awaitable<std::string> crawl::run::claim_body(std::uint64_t digest, std::string url) {
  if (!store_) co_return body_holders_.claim(digest, url);
  co_return co_await store_->claim_body(digest, std::move(url));
}

void crawl::run::start_worker(std::size_t at) {
  asio::co_spawn(shards_[at].context(), workers_[at]->run(), [this, self = shared_from_this()](std::exception_ptr failure) {
    report(job_.name, failure);
    asio::post(shards_[0].context(), [self] {
      --self->running_;
      self->news_.ring();
    });
  });
}

crawl::run::task crawl::run::main() {
  running_ = shards_.size();
  workers_[0]->feed_seeds();
  for (std::size_t at = 0; at < shards_.size(); ++at) start_worker(at);
  auto kill_at = async::clock::time_point::max();
  while (running_ > 0) {
    progress p = co_await gather();
    check_limits(p);
    tell_of_memory();
    publish(std::move(p));
    co_await save_cookies_in_time();
    const auto now = context_.time.now();
    if (ended_ != ending::none && kill_at == async::clock::time_point::max()) kill_at = now + drain_grace;
    if (now >= kill_at) stop(ended_, true);
    news_.set(now + publish_every);
    if (running_ > 0) co_await news_.wait();
  }
  ending none = ending::none;
  ended_.compare_exchange_strong(none, books_.limit_reached() ? ending::max_pages : books_.aside() > 0 ? ending::host_blocked : ending::drained);
  progress last = co_await gather();
  publish(std::move(last));
  co_await dismiss_workers();
  save_cookies();
}

/// They are part of the state; one that can't be written now is written the next time.
void crawl::run::save_cookies() noexcept {
  const std::uint64_t now = cookies_.version();
  if (!store_ || now == cookies_saved_) return;
  try {
    store_->directory().keep_cookies(cookies_.to_netscape(std::chrono::system_clock::now()));
    cookies_saved_ = now;
  } catch (const std::exception& e) {
    spdlog::debug("the cookies of {} could not be kept: {}", job_.name, e.what());
  }
}

crawl::run::task crawl::run::save_cookies_in_time() {
  const auto now = context_.time.now();
  if (!store_ || cookies_.version() == cookies_saved_ || now - cookies_saved_at_ < save_cookies_every) co_return;
  cookies_saved_at_ = now;
  auto save = [this] {
    save_cookies();
    return true;
  };
  co_await async::run_on(context_.cpu, save);
}

/// Every worker goes on its own thread, behind all that was ever posted to it.
crawl::run::task crawl::run::dismiss_workers() {
  closing_ = true;
  for (std::size_t at = 0; at < shards_.size(); ++at) co_await async::run_on(shards_[at].context().get_executor(), [] { return true; });
  for (std::size_t at = 0; at < shards_.size(); ++at) {
    auto dismiss = [this, at] {
      workers_[at].reset();
      return true;
    };
    co_await async::run_on(shards_[at].context().get_executor(), dismiss);
  }
}

void crawl::run::check_limits(const progress& p) {
  const auto& limits = job_.limits;
  if (limits.duration.count() > 0 && p.elapsed >= limits.duration) stop(ending::duration, false);
  if (limits.bytes.bytes > 0 && p.wire_bytes >= limits.bytes.bytes) stop(ending::bytes, false);
  std::uint64_t failures = 0;
  for (const auto& [code, count] : p.errors) failures += count;
  if (limits.errors > 0 && failures >= limits.errors) stop(ending::errors, false);
}

/// Once a minute, while anything waits for it.
void crawl::run::tell_of_memory() {
  constexpr auto every = std::chrono::minutes(1);
  const auto now = context_.time.now();
  const std::size_t waiting = bodies_.waiting();
  if (waiting == 0 || (told_of_memory_ != decltype(told_of_memory_){} && now - told_of_memory_ < every)) return;
  told_of_memory_ = now;
  spdlog::warn("the crawl {} waits for memory: bodies in flight have {} bytes of {} (fetch.memory), and {} requests wait for more", job_.name, bodies_.used(), bodies_.limit(), waiting);
}

/// The numbers of all shards, each consistent in itself.
asio::awaitable<progress> crawl::run::gather() {
  progress all;
  for (std::size_t at = 0; at < shards_.size(); ++at) {
    auto ask = [this, at] { return workers_[at]->numbers(); };
    const progress part = co_await async::run_on(shards_[at].context().get_executor(), ask);
    all += part;
  }
  all.elapsed = context_.time.now() - started_;
  co_return all;
}

void crawl::run::publish(progress p) {
  const std::lock_guard lock(mutex_);
  published_ = std::move(p);
}

progress crawl::run::copy() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

bool crawl::run::wait(std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return finished_.load(); });
}

}  // namespace trawl::engine
