#include "crawler/async/byte_budget.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <utility>

namespace trawl::async {

namespace {

constexpr std::size_t with_a_part = 0, not_begun = 1;  // the lines

}  // namespace

/// One lease that waits.
struct byte_account::waiter {
  enum class state : std::uint8_t { waiting, granted, favoured };

  waiter(const asio::any_io_executor& on, std::uint64_t needs, std::size_t in_line) : executor(on), wake(on), bytes(needs), line(in_line) {}

  asio::any_io_executor executor;
  asio::steady_timer wake;  ///< its thread's only
  std::uint64_t bytes;
  std::size_t line;
  state is = state::waiting;  ///< under the budget's mutex
};

/// A waiter's place in line. What was granted and never fetched, because its coroutine is gone, goes back.
class byte_account::place {
 public:
  place(byte_account& of, waiter_ptr w) : of_(of), waiter_(std::move(w)) { of_.enter(waiter_); }
  ~place() { of_.leave(waiter_); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  /// Moves what was granted, if it was, into the lease.
  bool fetch(byte_lease& into) {
    const std::lock_guard lock(of_.budget_.mutex_);
    if (waiter_->is == waiter::state::waiting) return false;
    into.grow(of_, std::exchange(waiter_->bytes, 0));
    if (std::exchange(waiter_->is, waiter::state::granted) == waiter::state::favoured) into.favour(of_);
    return true;
  }

 private:
  byte_account& of_;
  waiter_ptr waiter_;
};

/// One waiter of each account in turns, as long as any can go on. With the mutex held.
void byte_budget::serve() {
  for (std::size_t idle = 0; idle < accounts_.size();) {
    first_ = (first_ + 1) % accounts_.size();
    idle = accounts_[first_]->serve_one() ? 0 : idle + 1;
  }
}

byte_account::byte_account(byte_budget& of, std::uint64_t limit) : budget_(of), limit_(std::min(limit, of.limit())) {
  const std::lock_guard lock(budget_.mutex_);
  budget_.accounts_.push_back(this);
}

byte_account::~byte_account() {
  assert(used_ == 0 && waiting_ == 0);
  const std::lock_guard lock(budget_.mutex_);
  std::erase(budget_.accounts_, this);
}

/// Counts the bytes if they fit.
bool byte_account::has_room(std::uint64_t bytes) noexcept {
  count(bytes);
  if (used_ <= limit_ && budget_.used_ <= budget_.limit_) return true;
  uncount(bytes);
  return false;
}

void byte_account::count(std::uint64_t bytes) noexcept {
  used_ += bytes;
  budget_.used_ += bytes;
}

void byte_account::uncount(std::uint64_t bytes) noexcept {
  used_ -= bytes;
  budget_.used_ -= bytes;
}

bool byte_account::try_take(byte_lease& into, std::uint64_t bytes) noexcept {
  if (into.is_favoured()) {
    count(bytes);
  } else if (budget_.waiting_ > 0 || !has_room(bytes)) {
    return false;
  }
  into.grow(*this, bytes);
  return true;
}

asio::awaitable<result<void>> byte_account::take(byte_lease& into, std::uint64_t bytes, std::chrono::steady_clock::time_point until) {
  if (try_take(into, bytes)) co_return result<void>{};
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto mine = std::make_shared<waiter>(executor, bytes, into.bytes() > 0 ? with_a_part : not_begun);
  place in_line(*this, mine);
  for (;;) {
    if (in_line.fetch(into)) co_return result<void>{};
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
    if (std::chrono::steady_clock::now() >= until) co_return fail(errc::timeout_total, "there was no room for it in fetch.memory");
    mine->wake.expires_at(until);
    co_await mine->wake.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

/// Whoever gives back sees that somebody waits, or whoever waits sees what was given back: both counters are seq_cst.
void byte_account::give_back(std::uint64_t bytes, bool favoured) noexcept {
  uncount(bytes);
  if (!favoured && budget_.waiting_ == 0) return;
  const std::lock_guard lock(budget_.mutex_);
  if (favoured) has_favoured_ = false;
  budget_.serve();
}

void byte_account::enter(const waiter_ptr& w) {
  const std::lock_guard lock(budget_.mutex_);
  lines_[w->line].push_back(w);
  ++waits_;
  ++waiting_;
  ++budget_.waiting_;
  budget_.serve();
}

void byte_account::leave(const waiter_ptr& w) noexcept {
  const std::lock_guard lock(budget_.mutex_);
  if (w->is == waiter::state::waiting) {
    std::erase(lines_[w->line], w);
    --waiting_;
    --budget_.waiting_;
  } else if (w->bytes > 0) {
    uncount(w->bytes);
    if (w->is == waiter::state::favoured) has_favoured_ = false;
  } else {
    return;
  }
  budget_.serve();
}

/// The next in line goes on if it may. With the mutex held. Who has not begun is favoured only where nothing is out whose end would make room.
bool byte_account::serve_one() {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    if (lines_[at].empty()) continue;
    const waiter_ptr next = lines_[at].front();
    const bool may_be_favoured = !has_favoured_ && (at == with_a_part || used_ == 0);
    const bool fits = has_room(next->bytes);
    if (!fits && !may_be_favoured) return false;
    if (!fits) count(next->bytes);
    lines_[at].pop_front();
    grant(next, !fits);
    return true;
  }
  return false;
}

void byte_account::grant(const waiter_ptr& w, bool favoured) {
  w->is = favoured ? waiter::state::favoured : waiter::state::granted;
  has_favoured_ = has_favoured_ || favoured;
  --waiting_;
  --budget_.waiting_;
  asio::post(w->executor, [w] { w->wake.cancel(); });
}

}  // namespace trawl::async
