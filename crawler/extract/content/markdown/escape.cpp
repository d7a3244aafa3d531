#include "crawler/extract/content/markdown/escape.hpp"

#include <algorithm>

#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

bool is_word(char c) noexcept { return html::is_alpha(c) || html::is_digit(c); }

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Whether a character reference stands here (6.2).
bool begins_reference(std::string_view rest) noexcept {
  std::size_t i = 1;
  if (i < rest.size() && rest[i] == '#') ++i;
  const std::size_t start = i;
  while (i < rest.size() && i < start + 32 && is_word(rest[i])) ++i;
  return i < rest.size() && i > start && rest[i] == ';';
}

bool needs_backslash(std::string_view text, std::size_t i) noexcept {
  const char next = i + 1 < text.size() ? text[i + 1] : '\0';
  switch (text[i]) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '~': return true;
    case '_': return i == 0 || next == '\0' || !is_word(text[i - 1]) || !is_word(next);  // inside a word it means nothing
    case '<': return !html::is_space(next) && !html::is_digit(next) && next != '=';
    case '&': return begins_reference(text.substr(i));
    default: return false;
  }
}

/// Where a backslash keeps GFM from making a link of an address (6.9): at the colon of ://, at the point of www.
bool begins_autolink(std::string_view text, std::size_t i) noexcept {
  if (text[i] == ':') return text.substr(i, 3) == "://";
  return text[i] == '.' && i >= 3 && html::equals_ignoring_case(text.substr(i - 3, 3), "www");
}

/// Whether a word holds an address and something that needs a backslash, which an autolink would show.
bool would_spoil_address(std::string_view text, std::size_t from, std::size_t to) noexcept {
  bool is_address = false, needs_any = false;
  for (std::size_t i = from; i < to; ++i) {
    is_address = is_address || begins_autolink(text, i);
    needs_any = needs_any || needs_backslash(text, i);
  }
  return is_address && needs_any;
}

std::size_t count_leading(std::string_view s, char c) noexcept { return std::min(s.find_first_not_of(c), s.size()); }

bool ends_marker(std::string_view line, std::size_t at) noexcept { return at == line.size() || line[at] == ' '; }

/// Where a backslash keeps the line from beginning a block; npos: it begins none.
std::size_t block_start(std::string_view line) noexcept {
  if (line.empty()) return std::string_view::npos;
  const char first = line[0];
  if (first == '>') return 0;
  if (first == '#') return count_leading(line, '#') <= 6 && ends_marker(line, count_leading(line, '#')) ? 0 : std::string_view::npos;
  if ((first == '-' || first == '+') && ends_marker(line, 1)) return 0;
  if (first == '-' || first == '=' || first == '|' || first == ':')
    return line.find_first_not_of("-=|: ") == std::string_view::npos ? 0 : std::string_view::npos;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 10 && html::is_digit(line[digits])) ++digits;
  const bool is_number = digits > 0 && digits < 10 && digits < line.size() && (line[digits] == '.' || line[digits] == ')') && ends_marker(line, digits + 1);
  return is_number ? digits : std::string_view::npos;
}

std::size_t longest_run(std::string_view s, char c) noexcept {
  std::size_t longest = 0, run = 0;
  for (const char each : s) longest = std::max(longest, run = each == c ? run + 1 : 0);
  return longest;
}

/// Whether the parentheses of a URL can stand as they are: balanced, not deep.
bool has_plain_parentheses(std::string_view url) noexcept {
  int depth = 0;
  for (const char c : url) {
    if (c == '(' && ++depth > 8) return false;
    if (c == ')' && --depth < 0) return false;
  }
  return depth == 0;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const bool is_guarded = would_spoil_address(text, at, end);
    for (; at < end; ++at) {
      if (needs_backslash(text, at) || (is_guarded && begins_autolink(text, at))) out += '\\';
      out += is_control(text[at]) ? ' ' : text[at];
    }
    if (at < text.size()) out += text[at++];
  }
}

std::size_t open_address(std::string_view text) noexcept {
  constexpr std::size_t longest = 2048;
  for (std::size_t i = text.size(), least = i - std::min(i, longest); i-- > least && text[i] != ' ';)
    if (begins_autolink(text, i) && (i == 0 || text[i - 1] != '\\')) return i;
  return std::string_view::npos;
}

void append_lines(std::string& out, std::string_view lines, std::string_view next_line) {
  while (true) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    const std::size_t at = block_start(line);
    if (at == std::string_view::npos) {
      out += line;
    } else {
      out.append(line, 0, at).append("\\").append(line, at);
    }
    if (end == lines.size()) return;
    const bool ends_with_address = open_address(line) != std::string_view::npos;  // an autolink would take in a backslash
    out.append(ends_with_address ? "  \n" : "\\\n").append(next_line);
    lines.remove_prefix(end + 1);
  }
}

void append_destination(std::string& out, std::string_view url) {
  const bool is_plain = has_plain_parentheses(url);
  for (std::size_t i = 0; i < url.size(); ++i) {
    switch (url[i]) {
      case ' ': out += "%20"; break;
      case '<': out += "%3C"; break;
      case '>': out += "%3E"; break;
      case '`': out += "%60"; break;
      case '|': out += "%7C"; break;
      case '\\': out += "\\\\"; break;
      case '(':
      case ')': out.append(is_plain ? "" : "\\").append(1, url[i]); break;
      case '&': out.append(begins_reference(url.substr(i)) ? "&amp;" : "&"); break;
      default: out += url[i];
    }
  }
}

void append_code_span(std::string& out, std::string_view code) {
  std::string clean(code);
  std::ranges::replace_if(clean, is_control, ' ');
  const std::string folded = html::folded(clean);
  if (folded.empty()) return;
  const std::string ticks(longest_run(folded, '`') + 1, '`');
  const bool is_padded = folded.front() == '`' || folded.back() == '`';
  out.append(ticks).append(is_padded ? " " : "").append(folded).append(is_padded ? " " : "").append(ticks);
}

std::string fence_for(std::string_view code) { return std::string(std::max<std::size_t>(3, longest_run(code, '`') + 1), '`'); }

}  // namespace trawl::extract::markdown
