#include "crawler/engine/seeds/reader.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>

namespace trawl::engine {

namespace asio = boost::asio;

namespace {
constexpr std::size_t most_ahead = 1024;
}

seed_reader::seed_reader(const config::job& job, seed_report on_problem)
    : job_(job), on_problem_(std::move(on_problem)), listed_(job_seeds(job)), stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (stop_event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

seed_reader::~seed_reader() {
  stop();
  if (files_.joinable()) files_.join();
  close(stop_event_);
}

void seed_reader::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  eventfd_write(stop_event_, 1);
  room_.notify_all();
  waiting_.wake_all();
}

std::optional<request> seed_reader::ready() {
  if (!files_begun_) {
    at_ ? static_cast<void>(++*at_) : static_cast<void>(at_ = listed_.begin());
    if (*at_ != std::default_sentinel) return std::move(**at_);
    files_begun_ = true;
    if (job_.seed_files.empty()) {
      ended_ = true;
    } else {
      files_ = std::thread([this] { read_files(); });
    }
  }
  while (auto next = take()) {
    if (auto* seed = std::get_if<request>(&*next)) return std::move(*seed);
    const auto& [where, what] = std::get<trouble>(*next);
    on_problem_(where, what);
  }
  return std::nullopt;
}

asio::awaitable<std::optional<request>> seed_reader::next() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    if (auto seed = ready()) co_return seed;
    frontier::waiter news;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) co_return std::nullopt;
      if (!entries_.empty()) continue;
      if (failure_) std::rethrow_exception(failure_);
      if (ended_) co_return std::nullopt;
      news = waiting_.add(executor);
    }
    co_await news->async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<seed_reader::entry> seed_reader::take() {
  const std::lock_guard lock(mutex_);
  if (stopped_ || entries_.empty()) return std::nullopt;
  entry out = std::move(entries_.front());
  entries_.pop_front();
  room_.notify_one();
  return out;
}

/// On the files' thread. False: stopped.
bool seed_reader::put(entry e) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return stopped_ || entries_.size() < most_ahead; });
  if (stopped_) return false;
  entries_.push_back(std::move(e));
  waiting_.wake_all();
  return true;
}

void seed_reader::read_files() {
  std::exception_ptr failure;
  try {
    const auto report = [this](const std::string& where, const std::string& what) { put(trouble{where, what}); };
    for (auto&& seed : file_seeds(job_, report, stop_event_))
      if (!put(std::move(seed))) break;
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  ended_ = true;
  waiting_.wake_all();
}

}  // namespace trawl::engine
