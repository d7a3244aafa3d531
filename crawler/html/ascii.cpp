#include "crawler/html/ascii.hpp"

#include <algorithm>

namespace trawl::html {

std::string lowered(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = lower(c);
  return out;
}

bool starts_ignoring_case(std::string_view s, std::string_view prefix) noexcept {
  if (s.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (lower(s[i]) != prefix[i]) return false;
  return true;
}

bool equals_ignoring_case(std::string_view s, std::string_view known) noexcept { return s.size() == known.size() && starts_ignoring_case(s, known); }

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

void append_folded(std::string& out, std::string_view s) {
  for (std::size_t at = 0; at < s.size();) {
    if (is_space(s[at])) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      ++at;
      continue;
    }
    const auto* end = std::find_if(s.begin() + static_cast<std::ptrdiff_t>(at), s.end(), is_space);
    const auto length = static_cast<std::size_t>(end - s.begin()) - at;
    out.append(s, at, length);
    at += length;
  }
}

std::string folded(std::string_view s) {
  std::string out;
  append_folded(out, s);
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool has_word(std::string_view list, std::string_view word) noexcept {
  for (std::size_t at = list.find(word); at != std::string_view::npos && !word.empty(); at = list.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || is_space(list[at - 1])) && (end == list.size() || is_space(list[end]))) return true;
  }
  return false;
}

}  // namespace trawl::html
