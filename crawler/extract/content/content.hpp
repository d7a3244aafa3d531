// Main content of a page as plain text and as Markdown, without its navigation, advertising, comments and the like.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "crawler/extract/content/language.hpp"
#include "crawler/html/document.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// What is asked for.
struct content_wish {
  bool text = false, markdown = false, language = false;
};

/// Either is present where it was asked for, and empty where the page has no content.
struct page_content {
  std::optional<std::string> text, markdown;
  std::optional<detected_language> language;  ///< of the text, where one is asked for
  bool is_cut = false;  ///< the page has more than was read or may be written
};

/// Each form ends after so many bytes.
inline constexpr std::size_t most_content = 16UL * 1024 * 1024;

/// Pure; linear. `base`: what links and images are resolved against.
page_content read_content(const html::document& page, const url::url& base, content_wish wish);

}  // namespace trawl::extract
