#include "server/crawl/progress_view.hpp"

#include <spdlog/spdlog.h>

#include "server/crawl/live_line.hpp"

namespace trawl::server {

progress_view::progress_view(boost::asio::io_context& loop, const engine::crawl& shown, progress_style style) : timer_(loop), crawl_(shown), style_(style) {}

void progress_view::start() {
  if (style_ != progress_style::none) wait();
}

void progress_view::wait() {
  timer_.expires_after(style_ == progress_style::live ? std::chrono::milliseconds(250) : std::chrono::milliseconds(5000));
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec || stopped_) return;
    draw();
    wait();
  });
}

void progress_view::draw() {
  const engine::progress now = crawl_.snapshot();
  const std::string line = progress_line(now, crawl_.job(), meter_.add(now));
  if (style_ == progress_style::logged) return spdlog::info("{}", line);
  draw_live_line(line);
}

void progress_view::stop() {
  stopped_ = true;
  timer_.cancel();
  if (style_ == progress_style::live) clear_live_line();
}

}  // namespace trawl::server
