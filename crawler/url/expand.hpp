// Braces in seeds: {a..b}, {a..b..step}, {x,y}. Lazy: a billion URLs cost no memory.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "crawler/async/generator.hpp"

namespace trawl::url {

/// Every URL that the text stands for, the last brace counting fastest. Zero padding is kept ({01..10}); ranges may run down.
/// A brace that is neither a range nor a list is literal text, and so is all of a text of more than 1 MiB.
generator<std::string> expand(std::string text);

/// Ranges that could never end or start, or too long a text, in words; nothing when the text can be expanded.
std::expected<void, std::string> check_expand(std::string_view text);

}  // namespace trawl::url
