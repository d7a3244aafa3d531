// A node back into characters: its text, and its HTML.
#pragma once
#include <string>

#include "crawler/html/document.hpp"

namespace trawl::html {

/// The text of a node and all in it, blanks folded, trimmed. Scripts, styles and templates inside say nothing to a reader and are left
/// out; asked for themselves, they give their text. Iterative; linear.
std::string text_of(node n);

/// The node's outer HTML (HTML Standard, 13.3, serializing fragments); comments are left out. Iterative; linear.
std::string html_of(node n);

}  // namespace trawl::html
