#include "server/schedule/cron.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace trawl::server {
namespace {

using std::chrono::days;
using std::chrono::local_days;

constexpr int most_days = 5000;  // 29 February can be 8 years off, a weekday on the first of a month 12
constexpr std::size_t longest_line = 1000;

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct field {
  std::string_view name;
  unsigned least, most;
  std::span<const std::string_view> words = {};
};
constexpr std::array<field, 5> fields = {{{"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12, month_names}, {"day of week", 0, 7, weekday_names}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_forms = {{{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}}};

using bits = std::expected<std::uint64_t, std::string>;
using number = std::expected<unsigned, std::string>;

bool same_word(std::string_view a, std::string_view lower) noexcept {
  return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + ('a' - 'A')) : x) == y; });
}

std::vector<std::string_view> split(std::string_view text, std::string_view by, bool keeps_empty) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find_first_of(by);
    if (end != 0 && (end != std::string_view::npos || !text.empty())) out.push_back(text.substr(0, end));
    else if (keeps_empty) out.emplace_back();
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

number read_value(const field& f, std::string_view text) {
  for (std::size_t i = 0; i < f.words.size(); ++i)
    if (same_word(text, f.words[i])) return static_cast<unsigned>(i) + f.least;
  unsigned value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::unexpected(fmt::format("{}: expected a number from {} to {}{}, found '{}'", f.name, f.least, f.most, f.words.empty() ? "" : fmt::format(" or a name such as {}", f.words[1]), text.substr(0, 20)));
  if (value < f.least || value > f.most) return std::unexpected(fmt::format("{}: {} is not from {} to {}", f.name, value, f.least, f.most));
  return value;
}

/// One entry of a list: *, 7, 1-5, */10, 8-18/2.
bits read_entry(const field& f, std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  unsigned first = f.least, last = f.most, step = 1;
  const std::size_t dash = range.find('-');
  if (range != "*") {
    const number from = read_value(f, range.substr(0, dash));
    if (!from) return std::unexpected(from.error());
    const number to = dash == std::string_view::npos ? from : read_value(f, range.substr(dash + 1));
    if (!to) return std::unexpected(to.error());
    first = *from, last = *to;
    if (last < first) return std::unexpected(fmt::format("{}: the range {} ends before it begins", f.name, range));
  }
  if (slash != std::string_view::npos) {
    if (range != "*" && dash == std::string_view::npos) return std::unexpected(fmt::format("{}: a step needs * or a range before it, such as {}-{}/{}", f.name, first, f.most, text.substr(slash + 1).substr(0, 20)));
    const std::string_view by = text.substr(slash + 1);
    const auto [end, wrong] = std::from_chars(by.data(), by.data() + by.size(), step);
    if (wrong != std::errc() || end != by.data() + by.size() || step == 0) return std::unexpected(fmt::format("{}: the step '{}' is no number from 1 on", f.name, by.substr(0, 20)));
  }
  std::uint64_t out = 0;
  for (unsigned v = first; v <= last; v = step > last - v ? last + 1 : v + step) out |= std::uint64_t{1} << v;
  return out;
}

bits read_field(const field& f, std::string_view text) {
  std::uint64_t out = 0;
  for (const std::string_view entry : split(text, ",", true)) {
    if (entry.empty()) return std::unexpected(fmt::format("{}: an entry of the list is empty", f.name));
    const bits one = read_entry(f, entry);
    if (!one) return one;
    out |= *one;
  }
  return out;
}

}  // namespace

std::expected<cron, std::string> cron::parse(std::string_view line) {
  if (line.size() > longest_line) return std::unexpected("longer than 1000 characters");
  auto parts = split(line, " \t", false);
  if (parts.size() == 1 && parts.front().starts_with('@')) {
    const auto known = std::ranges::find_if(short_forms, [&](const auto& form) { return same_word(parts.front(), form.first); });
    if (known == short_forms.end()) return std::unexpected("expected @hourly, @daily, @weekly, @monthly, @yearly or five fields");
    parts = split(known->second, " ", false);
  }
  if (parts.size() != fields.size()) return std::unexpected(fmt::format("expected five fields (minute, hour, day of month, month, day of week), found {}", parts.size()));
  std::array<std::uint64_t, fields.size()> read{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bits one = read_field(fields[i], parts[i]);
    if (!one) return std::unexpected(one.error());
    read[i] = *one;
  }
  cron out;
  out.minutes_ = read[0];
  out.hours_ = static_cast<std::uint32_t>(read[1]);
  out.days_ = static_cast<std::uint32_t>(read[2]);
  out.months_ = static_cast<std::uint32_t>(read[3]);
  out.weekdays_ = static_cast<std::uint32_t>((read[4] | read[4] >> 7) & 0x7f);
  out.either_day_ = !parts[2].starts_with('*') && !parts[4].starts_with('*');
  if (!out.next(local_minutes{})) return std::unexpected("no day of any year fits");
  return out;
}

bool cron::fits(local_days day) const noexcept {
  const std::chrono::year_month_day date(day);
  if ((months_ >> static_cast<unsigned>(date.month()) & 1) == 0) return false;
  const bool by_date = (days_ >> static_cast<unsigned>(date.day()) & 1) != 0;
  const bool by_weekday = (weekdays_ >> std::chrono::weekday(day).c_encoding() & 1) != 0;
  return either_day_ ? by_date || by_weekday : by_date && by_weekday;
}

std::optional<cron::local_minutes> cron::next(local_minutes after) const {
  const local_minutes first = after + std::chrono::minutes(1);
  local_days day = std::chrono::floor<days>(first);
  auto from = static_cast<unsigned>((first - day).count());
  for (int i = 0; i < most_days; ++i, day += days(1), from = 0) {
    if (!fits(day)) continue;
    for (unsigned minute = from; minute < 24 * 60; ++minute)
      if ((hours_ >> (minute / 60) & 1) != 0 && (minutes_ >> (minute % 60) & 1) != 0) return day + std::chrono::minutes(minute);
  }
  return std::nullopt;
}

}  // namespace trawl::server
