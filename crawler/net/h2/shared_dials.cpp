#include "crawler/net/h2/shared_dials.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "crawler/async/place_in_line.hpp"

namespace trawl::net::h2 {

using std::chrono::steady_clock;

struct shared_dials::dial {
  std::optional<dial_end> came;
  std::vector<asio::steady_timer*> waiting;  ///< rung at the end; each lives in the frame of a coroutine that waits
};

struct shared_dials::book {
  std::unordered_map<std::string, std::shared_ptr<dial>> under_way;
  std::unordered_set<std::string> http1;  ///< routes that spoke it last
  std::size_t most_marks = 0;
};

shared_dials::turn::turn(std::shared_ptr<book> of, std::string route, std::shared_ptr<dial> shared)
    : book_(std::move(of)), route_(std::move(route)), shared_(std::move(shared)) {}

shared_dials::turn::~turn() {
  if (shared_) end(dial_end::abandoned);
}

void shared_dials::turn::end(dial_end how) {
  if (how == dial_end::http2) book_->http1.erase(route_);
  if (how == dial_end::http1) {
    if (book_->http1.size() >= book_->most_marks) book_->http1.clear();  // each that still holds costs one wait
    book_->http1.insert(route_);
  }
  const std::shared_ptr<dial> ended = std::exchange(shared_, nullptr);
  if (!ended) return;
  book_->under_way.erase(route_);
  ended->came = how;
  for (asio::steady_timer* timer : ended->waiting) timer->cancel();
}

shared_dials::shared_dials(std::size_t most_marks) : book_(std::make_shared<book>()) { book_->most_marks = most_marks; }

bool shared_dials::is_under_way(const std::string& route) const { return book_->under_way.contains(route); }

shared_dials::turn shared_dials::begin(const std::string& route) {
  if (book_->http1.contains(route) || is_under_way(route)) return {book_, route, nullptr};
  auto fresh = std::make_shared<dial>();
  book_->under_way.emplace(route, fresh);
  return {book_, route, std::move(fresh)};
}

asio::awaitable<result<dial_end>> shared_dials::outcome(std::string route, steady_clock::time_point until) {
  const auto found = book_->under_way.find(route);
  if (found == book_->under_way.end()) co_return dial_end::abandoned;
  const std::shared_ptr<dial> mine = found->second;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, until);
  const async::place_in_line place(mine->waiting, timer);
  while (!mine->came) {
    if (steady_clock::now() >= until) co_return fail(errc::connect_timeout, "no connection in time");
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
  }
  co_return *mine->came;
}

}  // namespace trawl::net::h2
