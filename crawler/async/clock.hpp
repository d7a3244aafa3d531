// Time as something that can be replaced: the steady clock in service, one moved by hand in tests.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <vector>

namespace trawl::async {

namespace asio = boost::asio;

class alarm;

class clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  virtual ~clock() = default;
  virtual time_point now() const noexcept = 0;

 private:
  friend class alarm;
  /// When an asio timer has to fire for `due`; a clock of its own pace says max and fires it by hand.
  virtual time_point fires_at(time_point due) const noexcept = 0;
  virtual void enter(alarm&) {}
  virtual void leave(alarm&) {}
};

/// The process's steady clock. Any thread.
clock& steady_clock() noexcept;

/// A clock that stands still until it is moved. One thread, that of the executor of its alarms; outlives them.
class manual_clock final : public clock {
 public:
  time_point now() const noexcept override { return now_; }
  /// Moves on and fires what is due, in the order of their times.
  void advance(duration by);

 private:
  time_point fires_at(time_point due) const noexcept override { return due <= now_ ? time_point::min() : time_point::max(); }
  void enter(alarm& a) override { alarms_.push_back(&a); }
  void leave(alarm& a) override { std::erase(alarms_, &a); }

  time_point now_ = time_point(std::chrono::hours(1));
  std::vector<alarm*> alarms_;
};

/// One timer that many coroutines may wait for. Its executor's thread only; waits end with cancellation too.
class alarm {
 public:
  alarm(asio::any_io_executor executor, clock& time);
  ~alarm();
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

  /// From now on it fires at `due` (max: only by `ring`). Who waits already is woken and may wait again.
  void set(clock::time_point due);
  clock::time_point due() const noexcept { return due_; }
  /// Wakes all that wait now.
  void ring() { timer_.cancel(); }
  /// Returns when it fires, is set anew or rung, or when the waiting coroutine is cancelled.
  asio::awaitable<void> wait();

 private:
  friend class manual_clock;
  clock& clock_;
  asio::steady_timer timer_;
  clock::time_point due_ = clock::time_point::max();
};

/// Waits that long; ends early when the coroutine is cancelled.
asio::awaitable<void> sleep_for(clock& time, clock::duration how_long);

}  // namespace trawl::async
