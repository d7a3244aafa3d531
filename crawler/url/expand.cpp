#include "crawler/url/expand.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace trawl::url {
namespace {

constexpr std::size_t longest = 1U << 20;  // a brace of two bytes takes two hundred when it is read

/// One brace: a range or a list, with the position it has reached.
struct brace {
  std::vector<std::string> choices;  // a list; empty: a range
  std::int64_t first = 0, step = 1;
  std::uint64_t count = 0, at = 0;
  std::size_t width = 0;  // zero padding

  std::string value() const {
    if (!choices.empty()) return choices[at];
    const std::int64_t n = first + step * static_cast<std::int64_t>(at);
    std::string digits = std::to_string(n < 0 ? -n : n);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return n < 0 ? "-" + digits : digits;
  }
};

std::optional<std::int64_t> number(std::string_view s) noexcept {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
  return ec == std::errc() && end == s.data() + s.size() && !s.empty() && s.size() < 17 ? std::optional(n) : std::nullopt;
}

std::optional<brace> read_range(std::string_view s, std::string& problem) {
  const std::size_t dots = s.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  std::string_view last = s.substr(dots + 2), step_text;
  if (const std::size_t more = last.find(".."); more != std::string_view::npos) {
    step_text = last.substr(more + 2);
    last = last.substr(0, more);
  }
  const auto from = number(s.substr(0, dots)), to = number(last), step = step_text.empty() ? std::optional<std::int64_t>(1) : number(step_text);
  if (!from || !to || !step) return std::nullopt;
  if (*step <= 0) {
    problem = "the step of {" + std::string(s) + "} must be a positive number";
    return std::nullopt;
  }
  brace b;
  b.first = *from;
  b.step = *to >= *from ? *step : -*step;
  b.count = static_cast<std::uint64_t>((*to >= *from ? *to - *from : *from - *to) / *step) + 1;
  for (std::string_view end : {s.substr(0, dots), last}) {  // {010..1} and {1..010} both count with three digits
    if (end.starts_with('-')) end.remove_prefix(1);
    if (end.size() > 1 && end[0] == '0') b.width = std::max(b.width, end.size());
  }
  return b;
}

std::optional<brace> read_list(std::string_view s) {
  if (s.find(',') == std::string_view::npos) return std::nullopt;
  brace b;
  for (std::size_t at = 0; at <= s.size();) {
    const std::size_t comma = std::min(s.find(',', at), s.size());
    b.choices.emplace_back(s.substr(at, comma - at));
    at = comma + 1;
  }
  b.count = b.choices.size();
  return b;
}

/// Text pieces and the braces between them: pieces.size() == braces.size() + 1.
void split(std::string_view text, std::vector<std::string>& pieces, std::vector<brace>& braces, std::string& problem) {
  pieces.emplace_back();
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view inside = text.substr(open + 1, close - open - 1);
    auto b = read_range(inside, problem);
    if (!b) b = read_list(inside);
    if (b) {
      pieces.back() += text.substr(0, open);
      braces.push_back(std::move(*b));
      pieces.emplace_back();
    } else {
      pieces.back() += text.substr(0, close + 1);
    }
    text.remove_prefix(close + 1);
  }
  pieces.back() += text;
}

}  // namespace

generator<std::string> expand(std::string text) {
  std::vector<std::string> pieces;
  std::vector<brace> braces;
  std::string problem;
  if (text.size() <= longest) {
    split(text, pieces, braces, problem);
  } else {
    pieces.push_back(std::move(text));
  }
  for (;;) {
    std::string out = pieces[0];
    for (std::size_t i = 0; i < braces.size(); ++i) out += braces[i].value() + pieces[i + 1];
    co_yield std::move(out);
    std::size_t i = braces.size();
    while (i > 0 && ++braces[i - 1].at == braces[i - 1].count) braces[--i].at = 0;
    if (i == 0) co_return;
  }
}

std::expected<void, std::string> check_expand(std::string_view text) {
  if (text.size() > longest) return std::unexpected("is longer than 1 MiB");
  std::vector<std::string> pieces;
  std::vector<brace> braces;
  std::string problem;
  split(text, pieces, braces, problem);
  if (!problem.empty()) return std::unexpected(problem);
  return {};
}

}  // namespace trawl::url
