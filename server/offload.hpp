// Work that would keep the service's loop from answering: parsing a large job, opening logs, ending a crawl. Runs on a few threads
// of its own; the coroutine goes on on its own executor.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
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
        asio::post(back, [handler = std::move(handler), failure, value = std::move(value)]() mutable { std::move(handler)(failure, std::move(value)); });
      });
    };
    auto value = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<R>)>(initiate, asio::use_awaitable, std::move(work));
    co_return std::move(*value);
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace trawl::server
