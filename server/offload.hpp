// Work that would keep the service's loop from answering. `helper_threads` do what must be done to its end: writing files, opening
// logs, ending crawls. `judges` compute what nobody misses when the service ends: checking a submitted job.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace trawl::server {

namespace asio = boost::asio;

/// Destruction waits for everything that was given to it.
class helper_threads {
 public:
  explicit helper_threads(std::size_t count) : pool_(count) {}
  ~helper_threads() { pool_.join(); }
  helper_threads(const helper_threads&) = delete;
  helper_threads& operator=(const helper_threads&) = delete;

  /// Any thread. `work` must not throw.
  template <class F>
  void post(F work) {
    asio::post(pool_, std::move(work));
  }

  /// Runs `work` and gives its value; an exception is thrown to the one who waits. Not cancelled: what has begun is waited for.
  template <class F, class R = std::invoke_result_t<F&>>
  asio::awaitable<R> run(F work) {
    const auto initiate = [this](auto handler, F task) {
      asio::post(pool_, [handler = std::move(handler), task = std::move(task)]() mutable {
        std::exception_ptr failure;
        std::optional<R> value;
        try {
          value.emplace(task());
        } catch (...) {
          failure = std::current_exception();
        }
        const auto back = asio::get_associated_executor(handler);
        asio::post(back, [handler = std::move(handler), failure = std::move(failure), value = std::move(value)]() mutable { std::move(handler)(failure, std::move(value)); });
      });
    };
    auto value = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<R>)>(initiate, asio::use_awaitable, std::move(work));
    co_return std::move(*value);
  }

 private:
  asio::thread_pool pool_;
};

/// Threads for pure work, which owns all it looks at. Whoever waits for it can be cancelled at any time, and destruction waits for
/// nothing: work that has begun then runs on by itself, its value goes nowhere. Destroyed before the executors of those who wait.
class judges {
 public:
  explicit judges(std::size_t count) : pool_(std::make_shared<asio::thread_pool>(count)) {}
  ~judges() {
    {
      const std::lock_guard lock(door_->mutex);
      door_->is_shut = true;
    }
    pool_->stop();
    std::thread([pool = std::move(pool_)] { pool->join(); }).detach();
  }
  judges(const judges&) = delete;
  judges& operator=(const judges&) = delete;

  /// Runs `work` and gives its value; an exception is thrown to the one who waits. Throws operation_aborted when the wait is cancelled.
  template <class F, class R = std::invoke_result_t<F&>>
  asio::awaitable<R> run(F work) {
    struct outcome {
      std::optional<R> value;
      std::exception_ptr failure;
      asio::steady_timer news;
    };
    const auto executor = co_await asio::this_coro::executor;
    const auto here = std::make_shared<outcome>(std::nullopt, nullptr, asio::steady_timer(executor, asio::steady_timer::time_point::max()));
    asio::post(*pool_, [work = std::move(work), executor, door = door_, there = std::weak_ptr<outcome>(here)]() mutable {
      if (there.expired()) return;  // nobody waits any more
      std::optional<R> value;
      std::exception_ptr failure;
      try {
        value.emplace(work());
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(door->mutex);
      if (door->is_shut) return;  // the executor may be gone
      asio::post(executor, [there, failure = std::move(failure), value = std::move(value)]() mutable {
        const auto waiting = there.lock();
        if (!waiting) return;
        waiting->value = std::move(value);
        waiting->failure = std::move(failure);
        waiting->news.cancel();
      });
    });
    co_await here->news.async_wait(asio::as_tuple(asio::use_awaitable));
    if (here->failure) std::rethrow_exception(here->failure);
    if (!here->value) throw boost::system::system_error(asio::error::operation_aborted);
    co_return std::move(*here->value);
  }

 private:
  struct entrance {
    std::mutex mutex;
    bool is_shut = false;
  };
  std::shared_ptr<asio::thread_pool> pool_;
  std::shared_ptr<entrance> door_ = std::make_shared<entrance>();
};

}  // namespace trawl::server
