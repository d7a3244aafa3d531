#include "server/logging.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace trawl::server {
namespace {

/// What is logged in `format` by `log`.
template <class F>
std::string logged(config::log_format format, F log) {
  const auto before = spdlog::default_logger();
  const auto file = std::filesystem::temp_directory_path() / ("trawl-log-" + std::to_string(::getpid()));
  EXPECT_TRUE(set_up_logging({config::log_level::info, format, file.string()}));
  log();
  spdlog::set_default_logger(before);
  std::ifstream in(file);
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove(file);
  return text;
}

const log_field fields[] = {{"request_id", "a\"b\n"}, {"status", std::int64_t{404}}, {"duration_ms", 1.5}};

TEST(LogEvent, FieldsAreMembersOfTheJsonObject) {
  const std::string text = logged(config::log_format::json, [] { log_event(config::log_level::info, "request", fields); });
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line["message"], "request");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["request_id"], "a\"b\n");
  EXPECT_EQ(line["status"], 404);
  EXPECT_EQ(line["duration_ms"], 1.5);
}

TEST(LogEvent, FieldsStandBehindTheTextOnOneLine) {
  const std::string text = logged(config::log_format::text, [] { log_event(config::log_level::info, "request", fields); });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_NE(text.find("info: request request_id="), std::string::npos) << text;
  EXPECT_NE(text.find(" status=404 duration_ms=1.500\n"), std::string::npos) << text;
}

TEST(LogEvent, FieldsEndWithTheirLineAndLevelsCount) {
  const std::string text = logged(config::log_format::json, [] {
    log_event(config::log_level::debug, "not written", fields);
    spdlog::info("alone");
  });
  EXPECT_EQ(text.find("request_id"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text)["message"], "alone");
}

}  // namespace
}  // namespace trawl::server
