// Where log lines go, and how: text or JSON objects, one a line, control characters of foreign text escaped.
#pragma once
#include <expected>
#include <string>

#include "config/server.hpp"

namespace trawl::server {

struct log_settings {
  config::log_level level = config::log_level::info;
  config::log_format format = config::log_format::text;
  std::string file;  ///< appended to; empty: stderr
};

/// Replaces spdlog's default logger. Before anything logs; the process's only setting of it.
/// errors  why the file can't be written
std::expected<void, std::string> set_up_logging(const log_settings& settings);

/// Says whether the terminal's last line is a progress line, which a log line on stderr must clear first. Any thread.
void mark_live_line(bool is_there) noexcept;

}  // namespace trawl::server
