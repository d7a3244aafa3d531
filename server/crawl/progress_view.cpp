#include "server/crawl/progress_view.hpp"

#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "server/console.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

/// Columns of the terminal; 80 where it does not say.
std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

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
  tell("\r\x1b[K{}", line.substr(0, columns() - 1));
  std::fflush(stderr);
  mark_live_line(true);
}

void progress_view::stop() {
  stopped_ = true;
  timer_.cancel();
  if (style_ != progress_style::live) return;
  mark_live_line(false);
  tell("\r\x1b[K");
}

}  // namespace trawl::server
