// Links as written, title and what the head says of a page: one result, two ways to it. The scanner needs no tree; where a tree is there
// anyway, it is read instead. Both find links as a browser without scripting finds them; template content is inert.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/html/document.hpp"
#include "crawler/model/link.hpp"
#include "crawler/policy/robots_directives.hpp"

namespace trawl::extract {

/// A link as written, not resolved.
struct raw_link {
  std::string href, text, rel;
  link_kind kind = link_kind::a;
  friend bool operator==(const raw_link&, const raw_link&) = default;
};

/// Links of one page: half a million take 80 MB.
inline constexpr std::size_t most_page_links = std::size_t{1} << 19;

/// What one pass over a page finds.
struct page_scan {
  std::string title, base, canonical, language;
  policy::robots_directives robots;  ///< of all robots metas together
  bool is_cut = false;  ///< there were more than `most_page_links`
  std::vector<raw_link> links;
  std::vector<std::pair<std::string, std::string>> meta;  ///< name or property (lower case, no blanks around it) and content, the first 256 in order
};

/// One pass of the scanner; linear. `with_text`: anchor texts are wanted. `robots_agent`: the product token whose metas are rules for us, as
/// those called "robots" always are.
page_scan scan_page(std::string_view utf8, bool with_text, std::string_view robots_agent = {});
/// The same of a tree. Anchor texts may differ where elements overlap.
page_scan scan_tree(const html::document& page, bool with_text, std::string_view robots_agent = {});

}  // namespace trawl::extract
