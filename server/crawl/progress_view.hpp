// Shows a running crawl on stderr: a line that is drawn over on a terminal, else a log line every five seconds.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "crawler/engine/crawl.hpp"
#include "server/crawl/progress_text.hpp"

namespace trawl::server {

enum class progress_style : std::uint8_t { none, live, logged };

/// One thread, that of `loop`. What it shows outlives it; `stop` before the loop ends.
class progress_view {
 public:
  progress_view(boost::asio::io_context& loop, const engine::crawl& shown, progress_style style);
  void start();
  /// No more drawing; a live line is cleared.
  void stop();

 private:
  void wait();
  void draw();

  boost::asio::steady_timer timer_;
  const engine::crawl& crawl_;
  progress_style style_;
  rate_meter meter_;
  bool stopped_ = false;
};

}  // namespace trawl::server
