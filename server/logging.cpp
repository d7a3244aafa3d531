#include "server/logging.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>

#include "config/document/text.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::server {
namespace {

std::atomic<bool> live_line{false};
thread_local std::span<const log_field> fields_now;  // of the event that this thread is logging: the logger formats where it is called

/// Writes a value: as JSON, or as text that stands on one line.
struct value_writer {
  std::string& to;
  bool as_json;
  void operator()(std::string_view v) const {
    if (as_json) append_json_string(to, v);
    else to += config::printable(v);
  }
  void operator()(std::int64_t v) const { to += std::to_string(v); }
  void operator()(double v) const { fmt::format_to(std::back_inserter(to), "{:.3f}", v); }
};

/// The message as a JSON string.
class json_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&, spdlog::memory_buf_t& to) override {
    std::string text;
    append_json_string(text, {msg.payload.data(), msg.payload.size()});
    for (const log_field& f : fields_now) {
      text += ",\"" + std::string(f.key) + "\":";
      std::visit(value_writer{text, true}, f.value);
    }
    to.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<json_message>(); }
};

/// The message with control characters escaped.
class text_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&, spdlog::memory_buf_t& to) override {
    std::string text = config::printable({msg.payload.data(), msg.payload.size()});
    for (const log_field& f : fields_now) {
      text += " " + std::string(f.key) + "=";
      std::visit(value_writer{text, false}, f.value);
    }
    to.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<text_message>(); }
};

std::unique_ptr<spdlog::formatter> formatter_of(config::log_format format) {
  auto out = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  out->add_flag<json_message>('*').add_flag<text_message>('!');
  out->set_pattern(format == config::log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})" : "%Y-%m-%dT%H:%M:%S.%eZ %l: %!");
  return out;
}

struct closer {
  void operator()(std::FILE* f) const noexcept {
    if (f != stderr) std::fclose(f);
  }
};

/// A line a message, written out at once; on a terminal it takes the place of the progress line, which is drawn again below it.
class line_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit line_sink(std::FILE* to) : to_(to) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    spdlog::memory_buf_t line;
    formatter_->format(msg, line);
    if (to_.get() == stderr && live_line.exchange(false)) std::fputs("\r\x1b[K", stderr);
    std::fwrite(line.data(), 1, line.size(), to_.get());
    std::fflush(to_.get());
  }
  void flush_() override { std::fflush(to_.get()); }

 private:
  std::unique_ptr<std::FILE, closer> to_;
};

spdlog::level::level_enum level_of(config::log_level level) {
  switch (level) {
    case config::log_level::debug: return spdlog::level::debug;
    case config::log_level::info: return spdlog::level::info;
    case config::log_level::warn: return spdlog::level::warn;
    case config::log_level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void log_event(config::log_level level, std::string_view message, std::span<const log_field> fields) {
  fields_now = fields;
  spdlog::log(level_of(level), "{}", message);
  fields_now = {};
}

void mark_live_line(bool is_there) noexcept { live_line = is_there; }

std::expected<void, std::string> set_up_logging(const log_settings& settings) {
  std::FILE* to = settings.file.empty() ? stderr : std::fopen(settings.file.c_str(), "ae");
  if (to == nullptr) return std::unexpected(settings.file + " can't be written: " + std::strerror(errno));
  auto logger = std::make_shared<spdlog::logger>("trawl", std::make_shared<line_sink>(to));
  logger->set_formatter(formatter_of(settings.format));
  logger->set_level(level_of(settings.level));
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace trawl::server
