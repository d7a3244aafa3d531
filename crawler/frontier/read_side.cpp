#include "crawler/frontier/read_side.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::frontier {

namespace asio = boost::asio;

asio::awaitable<std::optional<log_entry>> read_side::read(std::uint64_t after) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    waiter news;
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return std::nullopt;
    {
      const std::lock_guard lock(mutex_);
      if (auto found = find(after)) co_return found;
      if (closed_) co_return std::nullopt;
      news = readers_.add(executor);
    }
    someone_waits();
    co_await news->async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<log_entry> read_side::poll(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  return find(after);
}

std::uint64_t read_side::synced_seq() const noexcept {
  const std::lock_guard lock(mutex_);
  return last_;
}

bool read_side::closed() const noexcept {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace trawl::frontier
