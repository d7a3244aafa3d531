// Emphasis and links as marks in a text, and what becomes of them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace trawl::extract::markdown {

// Marks are control characters, which the text of a document has none of here: each an opening one, and behind it the closing one.
inline constexpr char strong_mark = '\x01', em_mark = '\x03', del_mark = '\x05', link_mark = '\x0E';
constexpr bool is_opening(char c) noexcept { return c == strong_mark || c == em_mark || c == del_mark || c == link_mark; }
constexpr char closing(char mark) noexcept { return static_cast<char>(mark + 1); }
constexpr bool is_closing(char c) noexcept { return c > 1 && is_opening(static_cast<char>(c - 1)); }

/// `marked`, whose marks are nested, with delimiters and brackets in their place. Left out are those that hold nothing, and emphasis where
/// Markdown can't have it: delimiters have to lean on a word (GFM spec, 6.4, left- and right-flanking). `urls`: of its links, in order. Linear.
std::string resolve_marks(std::string_view marked, const std::vector<std::string>& urls);

}  // namespace trawl::extract::markdown
