// The Link response header (RFC 8288): what it names of other documents.
#pragma once
#include <string_view>
#include <vector>

#include "crawler/extract/page_scan.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// The links of one field value whose rel is next, prev, canonical, or alternate that is untyped or text/html, as a page's link elements
/// have them. Their href is absolute: resolved against `document`, the response's address, and not a page's base (RFC 8288, 3.2). A link
/// with an anchor is about something else, and left out. What does not parse ends the list. Linear time.
std::vector<raw_link> header_links(std::string_view field, const url::url& document);

}  // namespace trawl::extract
