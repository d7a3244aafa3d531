// The line at the foot of a terminal that is drawn over and over, on stderr. Log lines clear it first (server/logging.hpp).
#pragma once
#include <string_view>

namespace trawl::server {

/// Draws over what is there, cut to the terminal's width. One thread at a time.
void draw_live_line(std::string_view text) noexcept;
/// Leaves an empty line.
void clear_live_line() noexcept;

}  // namespace trawl::server
