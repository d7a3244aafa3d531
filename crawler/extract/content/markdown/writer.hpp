// Main content as GitHub-flavoured Markdown.
#pragma once
#include <cstdint>
#include <string>

#include "crawler/extract/content/outline.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// What is in the entry `root` and not dropped, as GitHub-flavoured Markdown (GFM spec 0.29) that renders the same: headings, paragraphs, lists, quotes,
/// tables of data, code with its language, emphasis, links and images with absolute URLs. `base` is what they are resolved against. At most
/// `room` bytes and the rest of a block. Iterative; linear.
std::string markdown_of(const outline& page, std::uint32_t root, const url::url& base, std::size_t room);

}  // namespace trawl::extract
