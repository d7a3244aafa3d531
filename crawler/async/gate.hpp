// A gate holds every coroutine that is spawned: nothing runs that nobody waits for. After Seastar's gate.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>

namespace trawl::async {

namespace asio = boost::asio;

/// One executor's thread only. Destroying a gate that still holds something is a programming error and ends the process.
class gate {
 public:
  explicit gate(asio::any_io_executor executor);
  ~gate();
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  /// Starts the coroutine and holds it to its end. An exception that leaves it is logged; the others go on.
  void spawn(asio::awaitable<void> work);
  /// Asks everything inside to stop (terminal cancellation). Wait with `close`.
  void cancel_all();
  /// Waits until all has ended; what is spawned meanwhile counts.
  asio::awaitable<void> close();
  bool closing() const noexcept { return closing_; }
  std::size_t held() const noexcept { return tasks_.size(); }

 private:
  asio::any_io_executor executor_;
  std::list<asio::cancellation_signal> tasks_;
  asio::steady_timer empty_;  ///< never fires by itself; cancelled when the last one leaves
  bool closing_ = false;
};

}  // namespace trawl::async
