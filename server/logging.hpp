// Where log lines go, and how: text or JSON objects, one a line, control characters of foreign text escaped.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <variant>

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

/// What stands beside a message: a member of its JSON object, or " key=value" behind its text. The key is our own word.
struct log_field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double> value;
};

/// One line with fields. Any thread; costs nothing where the level is not written.
void log_event(config::log_level level, std::string_view message, std::span<const log_field> fields);

/// Says whether the terminal's last line is a progress line, which a log line on stderr must clear first. Any thread.
void mark_live_line(bool is_there) noexcept;

}  // namespace trawl::server
