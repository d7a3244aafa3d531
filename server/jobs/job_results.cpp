#include "server/jobs/job_results.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::server {

namespace asio = boost::asio;
using frontier::log_entry;

void job_results::attach(log_ptr running) {
  running_ = std::move(running);
  past_.reset();
  news_.cancel();
}

void job_results::detach() {
  last_ = synced_seq();
  running_.reset();
  news_.cancel();
}

void job_results::end() {
  is_over_ = true;
  news_.cancel();
}

std::uint64_t job_results::synced_seq() const noexcept {
  const frontier::result_log* const log = running_ ? running_.get() : past_.get();
  return log != nullptr ? std::max(last_, log->synced_seq()) : last_;
}

asio::awaitable<void> job_results::prepare() {
  if (running_ || past_) co_return;
  auto opened = co_await open_();
  if (!running_) past_ = std::move(opened);
  if (past_) last_ = std::max(last_, past_->synced_seq());
}

std::optional<log_entry> job_results::poll(std::uint64_t after) {
  if (running_) return running_->poll(after);
  return past_ ? past_->poll(after) : std::nullopt;
}

/// Waits only where a crawl runs.
asio::awaitable<std::optional<log_entry>> job_results::read_now(std::uint64_t after) {
  co_await prepare();
  const log_ptr from = running_ ? running_ : log_ptr(past_);  // held until its reader is woken, which its end does
  if (!from) co_return std::nullopt;
  co_return co_await from->read(after);
}

asio::awaitable<std::optional<log_entry>> job_results::read(std::uint64_t after) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    const bool was_over = is_over_;
    auto entry = co_await read_now(after);
    if (entry) co_return entry;
    const bool is_cancelled = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    if (was_over || is_cancelled) co_return std::nullopt;
    if (is_over_ || (running_ && !running_->closed())) continue;
    co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace trawl::server
