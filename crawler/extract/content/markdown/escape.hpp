// Plain characters as GitHub-flavoured Markdown that shows just them (GFM spec 0.29, 6.1 backslash escapes).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace trawl::extract::markdown {

/// Appends characters that stand inside a line; what Markdown would read something into gets a backslash. Control characters become blanks.
void append_escaped(std::string& out, std::string_view text);

/// Where in the last word of `text`, which append_escaped() wrote, a backslash would keep GFM from making a link of an address (6.9); npos: nowhere.
std::size_t open_address(std::string_view text) noexcept;

/// Appends finished inline text, a line each '\n', so that no line of it begins a block (a heading, list, quote, rule or table) by mistake.
/// A line ends with a hard break. `next_line`: what every further line begins with.
void append_lines(std::string& out, std::string_view lines, std::string_view next_line);

/// Appends a link's destination (6.3): `url` is a serialised URL.
void append_destination(std::string& out, std::string_view url);

/// Appends a code span (6.11) of `code`, blanks folded, between backticks of a number that does not occur in it; nothing if it is empty.
void append_code_span(std::string& out, std::string_view code);

/// The fence for a code block with this content (4.5): three backticks, or more than occur in it.
std::string fence_for(std::string_view code);

}  // namespace trawl::extract::markdown
