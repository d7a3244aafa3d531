// Many coroutines that wait for one piece of news: each with a timer of its own, which its deadline rings, or the news.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace trawl::async {

/// A timer in the list of those that the news rings (by cancelling them), as long as this lives. The list outlives it. One thread.
class place_in_line {
 public:
  place_in_line(std::vector<boost::asio::steady_timer*>& line, boost::asio::steady_timer& timer) : line_(line), timer_(timer) { line_.push_back(&timer_); }
  ~place_in_line() { std::erase(line_, &timer_); }
  place_in_line(const place_in_line&) = delete;
  place_in_line& operator=(const place_in_line&) = delete;

 private:
  std::vector<boost::asio::steady_timer*>& line_;
  boost::asio::steady_timer& timer_;
};

}  // namespace trawl::async
