#include "server/crawl/live_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "server/console.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

constexpr std::string_view to_empty_line = "\r\x1b[K";

/// Columns of the terminal; 80 where it does not say.
std::size_t columns() noexcept {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void draw_live_line(std::string_view text) noexcept {
  write_message(to_empty_line);
  write_message(text.substr(0, columns() - 1));
  std::fflush(stderr);
  mark_live_line(true);
}

void clear_live_line() noexcept {
  mark_live_line(false);
  write_message(to_empty_line);
}

}  // namespace trawl::server
