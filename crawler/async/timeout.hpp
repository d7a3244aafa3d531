// A deadline around an operation. Boost 1.81 has no cancel_after, and `a || timer` waits for a success, so it is ours.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "crawler/model/error.hpp"

namespace trawl::async {

namespace asio = boost::asio;

/// Runs `work`; if it has not ended after `limit` it is cancelled (terminal), waited for, and the answer is `otherwise`.
/// Cancelling the caller cancels `work`. T is default-constructible.
template <class T>
asio::awaitable<result<T>> with_timeout(asio::awaitable<result<T>> work, std::chrono::steady_clock::duration limit, error otherwise) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto [order, failure, value, timed] = co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred))
                                            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 1 && !timed) co_return std::unexpected(std::move(otherwise));
  if (failure) std::rethrow_exception(failure);
  co_return std::move(value);
}

}  // namespace trawl::async
