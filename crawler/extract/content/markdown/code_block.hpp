// Preformatted text as fenced code.
#pragma once
#include <cstdint>
#include <string>

#include "crawler/extract/content/outline.hpp"

namespace trawl::extract::markdown {

/// Whether a `pre` holds just lines of text, as highlighters write them too; not where it has come to hold paragraphs or tables.
bool is_code_block(const outline& page, std::uint32_t pre);

/// The lines of a fenced code block (GFM spec, 4.5) with its language where a class names it (HTML Standard, 4.5.15: `language-x`; Sphinx, GitHub and others
/// have their own); empty if there is no text in it.
std::string code_block(const outline& page, std::uint32_t pre);

}  // namespace trawl::extract::markdown
