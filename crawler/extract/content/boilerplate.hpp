// What of a page is no main content wherever it stands: menus, asides, comments, what is hidden.
#pragma once
#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {

/// Drops what says of itself, by its name, class, id or role, that it is none; but nothing that holds half of the page's prose, for layouts
/// are called by their sidebars too. `ignored`: hints that count for nothing this time.
void drop_boilerplate(outline& page, hint_set ignored = 0);

}  // namespace trawl::extract
