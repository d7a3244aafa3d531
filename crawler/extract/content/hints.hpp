// What the words of class, id, role and itemprop say of an element: people name what they lay out.
#pragma once
#include <cstdint>

#include "crawler/html/document.hpp"

namespace trawl::extract {

/// A set of what may be said of an element.
using hint_set = std::uint16_t;
namespace hint {
inline constexpr hint_set body = 1;        ///< an article's text: entry-content, articleBody
inline constexpr hint_set content = 2;     ///< where the page's own content stands: main, content, article, post
inline constexpr hint_set navigation = 4;  ///< menus, breadcrumbs, pages, search, tables of contents
inline constexpr hint_set comments = 8;    ///< what readers say
inline constexpr hint_set aside = 16;      ///< related pages, advertising, sharing, forms for newsletters, cookie notices
inline constexpr hint_set byline = 32;     ///< author, date, tags, credits
inline constexpr hint_set hidden = 64;     ///< not shown, or only to some readers
inline constexpr hint_set caption = 128;   ///< what stands under a picture
inline constexpr hint_set lead = 256;      ///< an article's first paragraph, often set apart from its text
}  // namespace hint

/// Reads the attributes of one element. Linear; at most the first 512 bytes of each attribute count.
hint_set hints_of(html::node element);

}  // namespace trawl::extract
