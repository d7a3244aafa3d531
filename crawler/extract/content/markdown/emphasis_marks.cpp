#include "crawler/extract/content/markdown/emphasis_marks.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>

#include "crawler/extract/content/markdown/escape.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

struct mark {
  std::size_t at = 0;  ///< in the text
  char kind = 0;
  std::size_t partner = 0;  ///< index of the other one of the pair
  bool is_kept = true;
};

/// Emphasis that ends and begins anew at the same place goes on.
std::string joined(std::string_view marked) {
  std::string out;
  out.reserve(marked.size());
  for (const char c : marked) {
    const bool goes_on = is_opening(c) && c != link_mark && !out.empty() && out.back() == closing(c);
    if (goes_on) {
      out.pop_back();
    } else {
      out += c;
    }
  }
  return out;
}

/// What stands beside a delimiter, as the rules of flanking see it.
enum class neighbour : std::uint8_t { blank, punctuation, symbol, word };

neighbour kind_of(std::int32_t c) noexcept {
  if (c < 0 || u_isUWhiteSpace(c) != 0) return neighbour::blank;
  const std::uint32_t category = U_MASK(u_charType(c));
  if ((category & U_GC_P_MASK) != 0 || (c < 0x80 && (category & U_GC_S_MASK) != 0)) return neighbour::punctuation;
  return (category & U_GC_S_MASK) != 0 ? neighbour::symbol : neighbour::word;  // newer versions of the spec take symbols for punctuation, older don't
}

bool is_star(char c) noexcept { return c >= strong_mark && c <= closing(em_mark); }

neighbour before(std::string_view text, std::size_t at) {
  while (at > 0 && is_star(text[at - 1])) --at;
  if (at == 0) return neighbour::blank;
  if (is_opening(text[at - 1]) || is_closing(text[at - 1])) return neighbour::punctuation;  // will be ~~, [ or )
  auto i = static_cast<std::int32_t>(at);
  std::int32_t c = 0;
  U8_PREV(text.data(), 0, i, c);
  return kind_of(c);
}

neighbour after(std::string_view text, std::size_t at) {
  while (at < text.size() && is_star(text[at])) ++at;
  if (at == text.size()) return neighbour::blank;
  if (is_opening(text[at]) || is_closing(text[at])) return neighbour::punctuation;
  auto i = static_cast<std::int32_t>(at);
  std::int32_t c = 0;
  U8_NEXT(text.data(), i, static_cast<std::int32_t>(text.size()), c);
  return kind_of(c);
}

/// Whether a delimiter leans on what is inside: no blank there, and nothing outside that would make it lean the other way.
bool leans(neighbour inside, neighbour outside) noexcept {
  if (inside == neighbour::blank) return false;
  return inside == neighbour::word || outside == neighbour::blank || outside == neighbour::punctuation;
}

bool has_content(std::string_view inside) noexcept {
  for (const char c : inside)
    if (!html::is_space(c) && !is_opening(c) && !is_closing(c)) return true;
  return false;
}

std::vector<mark> pair_up(std::string_view text) {
  std::vector<mark> marks;
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_opening(text[at]) && !is_closing(text[at])) continue;
    marks.push_back({at, text[at], marks.size(), true});
    if (is_opening(text[at])) {
      open.push_back(marks.size() - 1);
    } else if (!open.empty()) {
      marks.back().partner = open.back();
      marks[open.back()].partner = marks.size() - 1;
      open.pop_back();
    }
  }
  return marks;
}

void decide(std::string_view text, mark& first, mark& last) {
  const bool is_emphasis = first.kind != link_mark;
  first.is_kept = first.at < last.at && has_content(text.substr(first.at, last.at - first.at));
  if (first.is_kept && is_emphasis)
    first.is_kept = leans(after(text, first.at + 1), before(text, first.at)) && leans(before(text, last.at), after(text, last.at + 1));
  last.is_kept = first.is_kept;
}

std::string_view delimiter(char kind) noexcept {
  if (kind == strong_mark || kind == closing(strong_mark)) return "**";
  return kind == em_mark || kind == closing(em_mark) ? "*" : "~~";
}

void put(std::string& out, const mark& m, const std::string* url) {
  if (m.kind == link_mark) {
    if (out.ends_with('!')) out.insert(out.size() - 1, 1, '\\');  // no image
    out += '[';
  } else if (m.kind == closing(link_mark)) {
    out += "](";
    append_destination(out, *url);
    out += ')';
  } else {
    out += delimiter(m.kind);
  }
}

}  // namespace

std::string resolve_marks(std::string_view marked, const std::vector<std::string>& urls) {
  const std::string text = joined(marked);
  std::vector<mark> marks = pair_up(text);
  for (mark& m : marks)
    if (is_opening(m.kind)) decide(text, m, marks[m.partner]);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t from = 0, link = 0;
  for (const mark& m : marks) {
    out.append(text, from, m.at - from);
    from = m.at + 1;
    if (m.kind == link_mark) ++link;
    if (m.is_kept) put(out, m, m.kind == closing(link_mark) ? &urls[link - 1] : nullptr);
  }
  out.append(text, from);
  return out;
}

}  // namespace trawl::extract::markdown
