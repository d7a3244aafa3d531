// ASCII as the HTML Standard reads it: blanks, case, lists of words (Infra Standard, 4.5 and 4.6).
#pragma once
#include <string>
#include <string_view>

namespace trawl::html {

/// ASCII whitespace: tab, LF, FF, CR, space.
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lowered(std::string_view s);
/// Whether `s` begins with `prefix`, which is lower case, whatever the case of `s`.
bool starts_ignoring_case(std::string_view s, std::string_view prefix) noexcept;
/// ASCII case-insensitive equality; `known` is lower case.
bool equals_ignoring_case(std::string_view s, std::string_view known) noexcept;

std::string_view trimmed(std::string_view s) noexcept;
/// Strip and collapse ASCII whitespace (Infra Standard, 4.6): runs of blanks become one, none at the ends.
std::string folded(std::string_view s);
/// Appends what `folded` would give, as if `out` and all that is appended to it had been folded together; a last blank may remain.
void append_folded(std::string& out, std::string_view s);

/// Whether a blank-separated list holds the word, case and all.
bool has_word(std::string_view list, std::string_view word) noexcept;

}  // namespace trawl::html
