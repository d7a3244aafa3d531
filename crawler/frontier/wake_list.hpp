// Coroutines that wait for a log to move, each on its own executor. Guarded by the log's mutex.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

namespace trawl::frontier {

using waiter = std::shared_ptr<boost::asio::steady_timer>;

class wake_list {
 public:
  /// A timer that never fires by itself; wait on it after the mutex is released.
  waiter add(const boost::asio::any_io_executor& executor) {
    waiters_.push_back(std::make_shared<boost::asio::steady_timer>(executor, boost::asio::steady_timer::time_point::max()));
    return waiters_.back();
  }
  bool is_empty() const noexcept { return waiters_.empty(); }
  void wake_all() {
    for (waiter& w : waiters_) {
      const auto executor = w->get_executor();
      // Set into the past, not cancelled: a wait that has not begun yet then ends at once.
      boost::asio::post(executor, [timer = std::move(w)] { timer->expires_at(boost::asio::steady_timer::time_point::min()); });
    }
    waiters_.clear();
  }

 private:
  std::vector<waiter> waiters_;
};

/// Puts the number where the record has `"seq":0`, or in front of the first member.
inline void put_seq(std::string& record, std::uint64_t seq) {
  static constexpr std::string_view marker = "\"seq\":0";
  if (const auto at = record.find(marker); at != std::string::npos) {
    record.replace(at + marker.size() - 1, 1, std::to_string(seq));
  } else if (!record.empty()) {
    record.insert(1, "\"seq\":" + std::to_string(seq) + (record.size() > 2 ? "," : ""));
  }
}

}  // namespace trawl::frontier
