// Out-links, title and what the head says of a page, by the scanner: no tree. Links are found as a browser without scripting finds
// them; template content is inert.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/async/generator.hpp"
#include "crawler/model/link.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// A link as written, not resolved.
struct raw_link {
  std::string href, text, rel;
  link_kind kind = link_kind::a;
};

/// What one pass over a page finds.
struct page_scan {
  std::string title, base, canonical, language, robots;
  bool noindex = false, nofollow = false;
  std::vector<raw_link> links;
  std::vector<std::pair<std::string, std::string>> meta;  ///< name or property (lower case) and content, in order
};

/// One pass; linear. `with_text`: anchor texts are wanted.
page_scan scan_page(std::string_view utf8, bool with_text);

/// The page's links, resolved against the first base href (or the document's address), fragment cut, http(s) only, each URL once, in
/// document order. Lazy; `scan` and `document` outlive it.
generator<link> links(const page_scan& scan, const url::url& document);

/// title, description, canonical, language, author, … as a JSON object's text; empty where the page says nothing.
std::string metadata(const page_scan& scan, const url::url& document);

}  // namespace trawl::extract
