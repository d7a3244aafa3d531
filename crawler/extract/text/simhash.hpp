// A 64-bit print of a page's text in which few bits differ where few words do (Charikar, Similarity Estimation Techniques from Rounding
// Algorithms, 2002). Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace trawl::extract {

struct text_print {
  std::uint64_t simhash = 0;  ///< 0 where there are no words
  std::size_t words = 0;
};

/// Of HTML: its text without tags, scripts and styles, character references as they are written. Words are runs of ASCII letters and digits and
/// of bytes above 0x7F, ASCII in lower case, hashed with FNV-1a (64 bits). Each word with the two before it (none: 0) makes a feature:
/// mix(w0 + 3 * w1 + 9 * w2), w0 being the earliest and mix the finaliser of SplitMix64. A bit of the print is set where more than half of
/// the features have it. The first million words count.
text_print print_of_html(std::string_view utf8);
/// The same of plain text.
text_print print_of_text(std::string_view utf8);

}  // namespace trawl::extract
