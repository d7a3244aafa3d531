#include "crawler/extract/dates.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

/// A run of digits, a run of letters, or one other character; blanks part them and are dropped.
struct piece {
  enum class kind { number, word, sign } is = kind::sign;
  std::string_view text;
  int value = 0;
};

constexpr std::size_t most_pieces = 32;

std::vector<piece> pieces_of(std::string_view s) {
  std::vector<piece> out;
  for (std::size_t at = 0; at < s.size() && out.size() < most_pieces;) {
    const std::size_t from = at;
    const auto run = [&](auto in) {
      while (at < s.size() && in(s[at])) ++at;
      return s.substr(from, at - from);
    };
    if (html::is_digit(s[at])) {
      piece p{piece::kind::number, run(html::is_digit), 0};
      for (const char c : p.text.substr(0, 9)) p.value = p.value * 10 + (c - '0');
      out.push_back(p);
    } else if (html::is_alpha(s[at])) {
      out.push_back({piece::kind::word, run(html::is_alpha), 0});
    } else if (html::is_space(s[at])) {
      ++at;
    } else {
      out.push_back({piece::kind::sign, s.substr(at++, 1), 0});
    }
  }
  return out;
}

/// "Mar", "March", "sept" → 3, 3, 9; 0 for no month's name.
int month_named(std::string_view word) {
  constexpr std::array<std::string_view, 12> months = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"};
  const std::string name = html::lowered(word);
  if (name.size() < 3) return 0;
  for (std::size_t i = 0; i < months.size(); ++i)
    if (months[i].starts_with(name)) return static_cast<int>(i) + 1;
  return 0;
}

bool is_day_name(std::string_view word) {
  constexpr std::array<std::string_view, 7> days = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  const std::string name = html::lowered(word);
  for (const std::string_view day : days)
    if (name.size() >= 3 && day.starts_with(name)) return true;
  return false;
}

class reader {
 public:
  explicit reader(std::string_view text) : pieces_(pieces_of(text)) {}

  std::optional<std::string> run() {
    if (peek().is == piece::kind::word && is_day_name(peek().text)) ++at_, skip(","), skip(".");
    if (!date()) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(year_), std::chrono::month(static_cast<unsigned>(month_)), std::chrono::day(static_cast<unsigned>(day_))};
    if (!day.ok() || year_ > 9999) return std::nullopt;
    char out[40];
    std::snprintf(out, sizeof out, "%04d-%02d-%02d", year_, month_, day_);
    std::string text = out;
    if (done()) return text;
    skip(",");
    if (peek().is == piece::kind::word && (html::lowered(peek().text) == "t" || html::lowered(peek().text) == "at")) ++at_;
    return time(text) && done() ? std::optional(text) : std::nullopt;
  }

 private:
  piece peek(std::size_t ahead = 0) const { return at_ + ahead < pieces_.size() ? pieces_[at_ + ahead] : piece{}; }
  bool done() const noexcept { return at_ >= pieces_.size(); }
  bool skip(std::string_view text) {
    if (done() || pieces_[at_].text != text) return false;
    ++at_;
    return true;
  }
  bool number(std::size_t least, std::size_t most, int& out) {
    const piece p = peek();
    if (p.is != piece::kind::number || p.text.size() < least || p.text.size() > most) return false;
    out = p.value;
    ++at_;
    return true;
  }

  bool date() {
    if (peek().is == piece::kind::word) {  // March 5, 2024
      month_ = month_named(peek().text);
      ++at_;
      skip(".");
      return month_ != 0 && number(1, 2, day_) && ordinal() && (skip(","), number(4, 4, year_));
    }
    if (peek().is != piece::kind::number) return false;
    if (peek().text.size() == 4) return year_first();
    if (peek().text.size() == 8) return compact();
    int first = 0;
    if (!number(1, 2, first)) return false;
    const std::string_view sign = peek().text;
    if (peek().is == piece::kind::sign && peek(1).is == piece::kind::number) return day_or_month_first(first, sign);
    day_ = first;  // 5 March 2024, 05-Mar-2024
    ordinal();
    skip(".");
    skip("-");
    if (peek().is == piece::kind::word && html::lowered(peek().text) == "of") ++at_;
    month_ = peek().is == piece::kind::word ? month_named(peek().text) : 0;
    if (month_ == 0) return false;
    ++at_;
    skip("-");
    skip(".");
    skip(",");
    return number(4, 4, year_);
  }

  bool ordinal() {
    const std::string_view word = peek().text;
    if (word == "st" || word == "nd" || word == "rd" || word == "th") ++at_;
    return true;
  }

  bool year_first() {
    number(4, 4, year_);
    const std::string_view sign = peek().text;
    if (sign != "-" && sign != "/" && sign != ".") return false;
    ++at_;
    return number(1, 2, month_) && skip(sign) && number(1, 2, day_);
  }

  bool compact() {  // 20240305
    const int value = peek().value;
    ++at_;
    year_ = value / 10000, month_ = value / 100 % 100, day_ = value % 100;
    return true;
  }

  bool day_or_month_first(int first, std::string_view sign) {
    ++at_;
    int second = 0;
    if (!number(1, 2, second) || !skip(sign) || !number(4, 4, year_)) return false;
    const bool day_first = sign == "." || first > 12 || first == second;  // with points it is the day everywhere
    if (!day_first && second <= 12) return false;
    day_ = day_first ? first : second;
    month_ = day_first ? second : first;
    return true;
  }

  bool time(std::string& out) {
    int hour = 0, minute = 0, second = 0;
    if (!number(1, 2, hour) || !skip(":") || !number(2, 2, minute)) return false;
    const bool has_seconds = skip(":");
    if (has_seconds && !number(2, 2, second)) return false;
    std::string fraction;
    if (has_seconds && (skip(".") || skip(","))) {
      if (peek().is != piece::kind::number) return false;
      fraction = "." + std::string(peek().text.substr(0, 9));
      ++at_;
    }
    const std::string half = html::lowered(peek().text);
    if (half == "am" || half == "pm") {
      if (hour < 1 || hour > 12) return false;
      hour = hour % 12 + (half == "pm" ? 12 : 0);
      ++at_;
    }
    if (hour > 23 || minute > 59 || second > 60) return false;
    char text[24];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02d", hour, minute, second);
    out += text + fraction;
    return zone(out);
  }

  bool zone(std::string& out) {
    if (done()) return true;
    const std::string word = html::lowered(peek().text);
    if (word == "z" || word == "gmt" || word == "utc") {
      ++at_;
      out += 'Z';
      return true;
    }
    const std::string sign(peek().text);
    if (sign != "+" && sign != "-") return false;
    ++at_;
    int hours = 0, minutes = 0;
    if (peek().text.size() == 4) {
      if (!number(4, 4, hours)) return false;
      minutes = hours % 100;
      hours /= 100;
    } else if (!number(2, 2, hours) || (skip(":") && !number(2, 2, minutes))) {
      return false;
    }
    if (hours > 23 || minutes > 59) return false;
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", hours, minutes);
    out += sign + text;
    return true;
  }

  std::vector<piece> pieces_;
  std::size_t at_ = 0;
  int year_ = 0, month_ = 0, day_ = 0;
};

}  // namespace

std::optional<std::string> to_iso_date(std::string_view text) {
  if (text.size() > 128) return std::nullopt;
  return reader(text).run();
}

}  // namespace trawl::extract
