#include "crawler/net/happy_eyeballs.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "crawler/net/failure.hpp"

namespace trawl::net {

using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::minutes family_kept{10};

/// The attempts under way. Shared, because their handlers may run after the coroutine that waits for them is gone.
struct race {
  explicit race(const asio::any_io_executor& executor) : wake(executor) {}

  asio::steady_timer wake;  ///< cancelled when an attempt has ended
  std::vector<std::unique_ptr<tcp::socket>> sockets;
  std::size_t open = 0;  ///< attempts that have not ended
  std::optional<std::size_t> winner;
  std::optional<error> why;  ///< of the attempts that failed

  /// An unreachable family says less than a host that has answered.
  void failed(error e) {
    if (!why || why->code == errc::connect_unreachable || e.code == errc::internal) why = std::move(e);
  }
};

/// Closes what has not won, however the coroutine ends.
class race_guard {
 public:
  explicit race_guard(std::shared_ptr<race> held) : held_(std::move(held)) {}
  ~race_guard() {
    for (const auto& s : held_->sockets) {
      boost::system::error_code ignored;
      s->close(ignored);
    }
  }
  race_guard(const race_guard&) = delete;
  race_guard& operator=(const race_guard&) = delete;

 private:
  std::shared_ptr<race> held_;
};

void start(const std::shared_ptr<race>& r, const tcp::endpoint& to) {
  const std::size_t index = r->sockets.size();
  r->sockets.push_back(std::make_unique<tcp::socket>(r->wake.get_executor()));
  ++r->open;
  r->sockets.back()->async_connect(to, [r, index](const boost::system::error_code& ec) {
    --r->open;
    if (ec) r->failed(failure_of(ec, errc::connect_unreachable));
    if (!ec && !r->winner) r->winner = index;
    r->wake.cancel();
  });
}

}  // namespace

std::vector<asio::ip::address> in_turns(const std::vector<asio::ip::address>& found, bool v4_first) {
  std::vector<asio::ip::address> four, six, out;
  for (const asio::ip::address& a : found) (a.is_v4() ? four : six).push_back(a);
  auto& first = v4_first ? four : six;
  auto& second = v4_first ? six : four;
  out.reserve(found.size());
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

void family_memory::learn(const std::vector<tcp::endpoint>& tried, const tcp::endpoint& winner, time_point now) noexcept {
  const bool had_v6 = std::ranges::any_of(tried, [](const tcp::endpoint& e) { return e.address().is_v6(); });
  if (winner.address().is_v6()) v4_until_.reset();
  if (winner.address().is_v4() && had_v6) v4_until_ = now + family_kept;
}

asio::awaitable<result<tcp::socket>> connect_first(std::vector<tcp::endpoint> to, steady_clock::time_point until, errc late, steady_clock::duration delay) {
  const auto r = std::make_shared<race>(co_await asio::this_coro::executor);
  const race_guard guard(r);
  auto next_start = steady_clock::now();
  for (std::size_t next = 0;;) {
    const auto now = steady_clock::now();
    if (r->winner) co_return std::move(*r->sockets[*r->winner]);
    if (r->why && r->why->code == errc::internal) co_return std::unexpected(*r->why);
    if (now >= until) co_return fail(late, "no connection in time");
    if (next < to.size() && (now >= next_start || r->open == 0)) {
      start(r, to[next++]);
      next_start = now + delay;
    } else if (r->open == 0) {
      co_return std::unexpected(r->why.value_or(error{errc::connect_unreachable, "no address"}));
    }
    r->wake.expires_at(next < to.size() ? std::min(next_start, until) : until);
    co_await r->wake.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
  }
}

}  // namespace trawl::net
