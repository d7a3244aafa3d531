// Running a piece of work on another executor and coming back with its result: another shard's thread, or the CPU pool.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace trawl::async {

namespace asio = boost::asio;

/// Runs `work` on `there`; the awaiting coroutine goes on where it was. It can't be cancelled while it waits, so `work` is short or
/// its length is bounded; what it refers to lives in the awaiting frame. An exception of `work` comes out of the await.
template <class Executor, class Work>
asio::awaitable<std::invoke_result_t<Work&>> run_on(Executor there, Work work) {
  using value = std::invoke_result_t<Work&>;
  static_assert(!std::is_void_v<value>, "work gives a value, if only whether it was done");
  auto start = [there = std::move(there), work = std::move(work)](auto handler) mutable {
    asio::post(there, [work = std::move(work), handler = std::move(handler)]() mutable {
      std::exception_ptr failure;
      std::optional<value> out;
      try {
        out.emplace(work());
      } catch (...) {
        failure = std::current_exception();
      }
      const auto back = asio::get_associated_executor(handler);
      asio::post(back, [handler = std::move(handler), failure = std::move(failure), out = std::move(out)]() mutable { std::move(handler)(failure, std::move(out)); });
    });
  };
  std::optional<value> out = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<value>)>(std::move(start), asio::use_awaitable);
  co_return std::move(*out);
}

}  // namespace trawl::async
