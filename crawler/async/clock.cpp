#include "crawler/async/clock.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::async {
namespace {

class real_clock final : public clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

 private:
  time_point fires_at(time_point due) const noexcept override { return due; }
};

}  // namespace

clock& steady_clock() noexcept {
  static real_clock one;
  return one;
}

void manual_clock::advance(duration by) {
  now_ += by;
  std::vector<alarm*> due;
  for (alarm* a : alarms_)
    if (a->due_ <= now_) due.push_back(a);
  std::ranges::sort(due, {}, [](const alarm* a) { return a->due_; });
  for (alarm* a : due) a->timer_.expires_at(time_point::min());
}

alarm::alarm(asio::any_io_executor executor, clock& time) : clock_(time), timer_(std::move(executor), clock::time_point::max()) { clock_.enter(*this); }

alarm::~alarm() { clock_.leave(*this); }

void alarm::set(clock::time_point due) {
  due_ = due;
  timer_.expires_at(clock_.fires_at(due));
}

asio::awaitable<void> alarm::wait() {
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> sleep_for(clock& time, clock::duration how_long) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  alarm once(executor, time);
  once.set(time.now() + how_long);
  co_await once.wait();
}

}  // namespace trawl::async
