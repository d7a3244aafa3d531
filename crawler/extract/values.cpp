#include "crawler/extract/values.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "crawler/extract/dates.hpp"
#include "crawler/html/ascii.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::extract {
namespace {

constexpr std::size_t longest_number = 64, deepest_json = 64;

/// The text as digits, signs and separators in ASCII: typographic minus, blanks and apostrophes become plain, currencies go.
/// Empty if there is anything else.
std::string plain_number_text(std::string_view s) {
  std::string out;
  const auto length = static_cast<std::int32_t>(s.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(s.data(), at, length, c);
    if (c == 0x2212) c = '-';
    if (c == 0x2019) c = '\'';
    if (c == 0xA0 || c == 0x202F || c == 0x2009) c = ' ';
    if (c < 0) return {};
    if (u_charType(c) == U_CURRENCY_SYMBOL) continue;
    if (c > 0x7F) return {};
    out += static_cast<char>(c);
  }
  const auto drop_code = [](std::string_view t) {  // EUR 5, 5 EUR
    const auto capitals = [](std::string_view w) { return w.size() == 3 && std::ranges::all_of(w, [](char c) { return c >= 'A' && c <= 'Z'; }); };
    if (capitals(t.substr(0, 3))) t.remove_prefix(3);
    if (t.size() > 3 && capitals(t.substr(t.size() - 3))) t.remove_suffix(3);
    return t;
  };
  return std::string(html::trimmed(drop_code(html::trimmed(out))));
}

/// Whether `digits` is cut by `separator` into groups of three, the first of one to three.
bool is_grouped(std::string_view digits, char separator) noexcept {
  std::size_t end = digits.size();
  for (std::size_t at = digits.rfind(separator); at != std::string_view::npos; at = at == 0 ? at : digits.rfind(separator, at - 1)) {
    if (end - at != 4 || at == 0) return false;
    end = at;
  }
  return end >= 1 && end <= 3;
}

/// The integer part with its thousands' separators taken out; false if they part it wrongly.
bool drop_groups(std::string& whole) {
  for (const char separator : {',', '.', '\'', ' '}) {
    if (whole.find(separator) == std::string::npos) continue;
    if (!is_grouped(whole, separator)) return false;
    std::erase(whole, separator);
    break;
  }
  return !whole.empty() && std::ranges::all_of(whole, html::is_digit);
}

/// Where the decimals begin; npos if there are none.
std::size_t decimal_mark(std::string_view s) noexcept {
  const std::size_t comma = s.rfind(','), point = s.rfind('.');
  if (comma != std::string_view::npos && point != std::string_view::npos) {
    const std::size_t last = std::max(comma, point);
    return s.find(s[last]) == last ? last : std::string_view::npos;  // the last one, if it is the only one of its kind
  }
  if (point != std::string_view::npos) return s.find('.') == point ? point : std::string_view::npos;
  if (comma == std::string_view::npos || s.find(',') != comma) return std::string_view::npos;
  const bool thousands = s.size() - comma == 4 && comma >= 1 && comma <= 3 && s[0] != '0';
  return thousands ? std::string_view::npos : comma;
}

std::optional<std::string> to_integer(std::string_view text) {
  const auto plain = to_plain_number(text);
  if (!plain) return std::nullopt;
  const std::string_view s = std::string_view(*plain);
  const std::size_t point = s.find('.');
  if (point != std::string_view::npos && s.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
  std::int64_t value = 0;
  const std::string_view whole = s.substr(0, point);
  const auto [end, ec] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (ec != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  return std::to_string(value);
}

std::optional<std::string> to_number(std::string_view text) {
  double value = 0;
  const std::string_view exact = html::trimmed(text);
  auto [end, ec] = std::from_chars(exact.data(), exact.data() + exact.size(), value);
  if (ec != std::errc() || end != exact.data() + exact.size() || !html::is_digit(exact.back())) {
    const auto plain = to_plain_number(text);
    if (!plain) return std::nullopt;
    std::from_chars(plain->data(), plain->data() + plain->size(), value);
  }
  std::array<char, 32> out;
  const auto written = std::to_chars(out.data(), out.data() + out.size(), value);
  return std::string(out.data(), written.ptr);
}

std::optional<std::string> to_boolean(std::string_view text) {
  const std::string word = html::lowered(html::trimmed(text));
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (word == yes) return "true";
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (word == no) return "false";
  return std::nullopt;
}

std::optional<std::string> json_string(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::string out;
  append_json_string(out, *text);
  return out;
}

std::optional<std::string> to_url(std::string_view text, const url::url& base) {
  const auto parsed = html::trimmed(text).empty() ? std::nullopt : url::parse(text, &base);
  return parsed ? json_string(parsed->href()) : std::nullopt;
}

/// JSON on one line. Its depth is checked before the parser sees it.
std::optional<std::string> to_json(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (html::is_space(c)) {
      // Two values that only a blank parts must not grow together.
      if (!out.empty() && i + 1 < text.size() && (html::is_alpha(out.back()) || html::is_digit(out.back()))) out += ' ';
      continue;
    }
    if (out.ends_with(' ') && !html::is_alpha(c) && !html::is_digit(c) && c != '-') out.pop_back();
    out += c;
    in_string = c == '"';
    if ((c == '{' || c == '[') && ++depth > deepest_json) return std::nullopt;
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  if (out.ends_with(' ')) out.pop_back();
  return nlohmann::json::accept(out) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<std::string> to_plain_number(std::string_view text) {
  if (text.size() > longest_number) return std::nullopt;
  std::string s = plain_number_text(text);
  const bool negative = s.starts_with('-');
  if (negative || s.starts_with('+')) s.erase(0, 1);
  s = html::trimmed(s);
  const std::size_t mark = decimal_mark(s);
  std::string whole = s.substr(0, mark);
  const std::string decimals = mark == std::string::npos ? "" : s.substr(mark + 1);
  if (whole.empty() && !decimals.empty()) whole = "0";
  if (!drop_groups(whole) || !std::ranges::all_of(decimals, html::is_digit)) return std::nullopt;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  return (negative ? "-" : "") + whole + (decimals.empty() ? "" : "." + decimals);
}

std::optional<std::string> to_json_value(std::string_view text, config::value_type type, const url::url& base) {
  using enum config::value_type;
  switch (type) {
    case string: return json_string(std::string(text));
    case number: return to_number(text);
    case integer: return to_integer(text);
    case boolean: return to_boolean(text);
    case url: return to_url(text, base);
    case date: return json_string(to_iso_date(text));
    case json: return to_json(text);
  }
  return std::nullopt;
}

}  // namespace trawl::extract
