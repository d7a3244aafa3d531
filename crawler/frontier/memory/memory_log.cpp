#include "crawler/frontier/memory/memory_log.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::frontier {

namespace asio = boost::asio;

asio::awaitable<std::uint64_t> memory_log::append(std::string record, bool output) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    waiter room;
    const bool cancelled = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) co_return 0;
      const bool is_full = entries_.size() >= options_.max_entries || (!entries_.empty() && bytes_ + record.size() > options_.max_bytes);
      if (!is_full || cancelled) {
        put_seq(record, ++last_);
        bytes_ += record.size();
        entries_.push_back({last_, std::move(record), output});
        readers_.wake_all();
        co_return last_;
      }
      room = writers_.add(executor);
    }
    co_await room->async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<log_entry> memory_log::find(std::uint64_t after) {
  if (consumers_.empty()) drop_to(after);
  if (entries_.empty() || entries_.back().seq <= after) return std::nullopt;
  const std::uint64_t first = entries_.front().seq;
  return entries_[after < first ? 0 : after + 1 - first];
}

void memory_log::drop_to(std::uint64_t seq) {
  bool dropped = false;
  for (; !entries_.empty() && entries_.front().seq <= seq; entries_.pop_front(), dropped = true) bytes_ -= entries_.front().line.size();
  if (dropped) writers_.wake_all();
}

void memory_log::drop_read() {
  if (consumers_.empty()) return;
  drop_to(std::ranges::min_element(consumers_, {}, [](const auto& c) { return c.second; })->second);
}

void memory_log::trim(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  drop_to(seq);
}

void memory_log::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  readers_.wake_all();
  writers_.wake_all();
}

int memory_log::subscribe() {
  const std::lock_guard lock(mutex_);
  consumers_[++consumer_ids_] = entries_.empty() ? last_ : entries_.front().seq - 1;
  return consumer_ids_;
}

void memory_log::advance(int consumer, std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto it = consumers_.find(consumer);
  if (it == consumers_.end()) return;
  it->second = std::max(it->second, seq);
  drop_read();
}

void memory_log::unsubscribe(int consumer) {
  const std::lock_guard lock(mutex_);
  if (consumers_.erase(consumer) != 0) drop_read();
}

}  // namespace trawl::frontier
