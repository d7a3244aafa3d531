// The five fields of a cron line, as Vixie cron reads them: which minutes of the local calendar they mean. Pure; knows no time zones.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::server {

/// Minute, hour, day of month, month, day of week, each a list of numbers, ranges (1-5), steps (*/10, 8-18/2); months and days also by
/// their first three letters, Sunday is 0 and 7. @hourly @daily @midnight @weekly @monthly @yearly @annually stand for the usual five.
/// source  crontab(5) of Vixie cron
class cron {
 public:
  using local_minutes = std::chrono::local_time<std::chrono::minutes>;

  /// The error names the field, what is wrong with it and what is expected. A line that fits no day at all (30 February) is one.
  static std::expected<cron, std::string> parse(std::string_view line);

  /// The first minute after this one that fits; nullopt: none in the next 13 years, which `parse` rules out for what it accepts.
  std::optional<local_minutes> next(local_minutes after) const;

 private:
  bool fits(std::chrono::local_days day) const noexcept;

  std::uint64_t minutes_ = 0;  ///< bit n: the minute n
  std::uint32_t hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  /// Where both day fields say something, either is enough; a field that begins with * says nothing, and the other one decides with it.
  bool either_day_ = false;
};

}  // namespace trawl::server
