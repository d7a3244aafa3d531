#include <algorithm>
#include <array>
#include <cstdint>

#include "crawler/policy/cookie_jar.hpp"

namespace trawl::policy {
namespace {

bool is_delimiter(char c) noexcept {  // RFC 6265bis, 5.1.1
  const auto b = static_cast<unsigned char>(c);
  return b == 0x09 || (b >= 0x20 && b <= 0x2F) || (b >= 0x3B && b <= 0x40) || (b >= 0x5B && b <= 0x60) || (b >= 0x7B && b <= 0x7E);
}
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Reads `least` to `most` digits that are not followed by another digit.
bool read_number(std::string_view& s, std::size_t least, std::size_t most, int& out) noexcept {
  std::size_t n = 0;
  int value = 0;
  while (n < s.size() && is_digit(s[n]) && n < most) value = value * 10 + (s[n++] - '0');
  if (n < least || (n < s.size() && is_digit(s[n]))) return false;
  s.remove_prefix(n);
  out = value;
  return true;
}

bool read_time(std::string_view s, int& hour, int& minute, int& second) noexcept {
  if (!read_number(s, 1, 2, hour) || s.empty() || s[0] != ':') return false;
  s.remove_prefix(1);
  if (!read_number(s, 1, 2, minute) || s.empty() || s[0] != ':') return false;
  s.remove_prefix(1);
  return read_number(s, 1, 2, second);
}

int read_month(std::string_view s) noexcept {
  constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  if (s.size() < 3) return 0;
  for (std::size_t m = 0; m < months.size(); ++m) {
    bool same = true;
    for (std::size_t i = 0; i < 3; ++i) same = same && (s[i] | 0x20) == months[m][i];
    if (same) return static_cast<int>(m) + 1;
  }
  return 0;
}

}  // namespace

bool parse_cookie_date(std::string_view text, wall_clock::time_point& out) noexcept {
  int hour = -1, minute = 0, second = 0, day = 0, month = 0, year = -1;
  while (!text.empty()) {
    while (!text.empty() && is_delimiter(text[0])) text.remove_prefix(1);
    std::size_t length = 0;
    while (length < text.size() && !is_delimiter(text[length])) ++length;
    std::string_view token = text.substr(0, length);
    text.remove_prefix(length);
    if (token.empty()) continue;
    int h = 0, m = 0, s = 0, n = 0;
    std::string_view rest = token;
    if (hour < 0 && read_time(token, h, m, s)) {
      hour = h, minute = m, second = s;
    } else if (day == 0 && read_number(rest, 1, 2, n)) {
      day = n;
    } else if (month == 0 && read_month(token) != 0) {
      month = read_month(token);
    } else if (rest = token; year < 0 && read_number(rest, 2, 4, n)) {
      year = n;
    }
  }
  if (year >= 70 && year <= 99) year += 1900;
  if (year >= 0 && year <= 69) year += 2000;
  if (day < 1 || day > 31 || month == 0 || year < 1601 || hour < 0 || hour > 23 || minute > 59 || second > 59) return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  const std::chrono::sys_seconds when = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  // "never" is often written as the year 9999, which a clock that counts nanoseconds can't hold.
  using std::chrono::time_point_cast, std::chrono::seconds;
  constexpr auto first = time_point_cast<seconds>(wall_clock::time_point::min()), last = time_point_cast<seconds>(wall_clock::time_point::max());
  out = std::clamp(when, first, last);
  return true;
}

}  // namespace trawl::policy
