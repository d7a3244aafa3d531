#include "crawler/async/gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <cassert>
#include <cstdlib>

namespace trawl::async {

gate::gate(asio::any_io_executor executor) : executor_(executor), empty_(executor, asio::steady_timer::time_point::max()) {}

gate::~gate() {
  if (!tasks_.empty()) {
    spdlog::critical("a gate was destroyed while it held {} coroutines", tasks_.size());
    std::abort();
  }
}

void gate::spawn(asio::awaitable<void> work) {
  const auto task = tasks_.emplace(tasks_.end());
  asio::co_spawn(executor_, std::move(work), asio::bind_cancellation_slot(task->slot(), [this, task](std::exception_ptr failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) spdlog::error("a task ended with an error: {}", e.what());  // cancelled: as asked
      } catch (const std::exception& e) {
        spdlog::error("a task ended with an exception: {}", e.what());
      }
    }
    tasks_.erase(task);
    if (tasks_.empty()) empty_.cancel();
  }));
}

void gate::cancel_all() {
  // emit may end a task at once and take it out of the list.
  for (auto task = tasks_.begin(); task != tasks_.end();) (task++)->emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> gate::close() {
  closing_ = true;
  while (!tasks_.empty()) co_await empty_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace trawl::async
