// From a response to what the crawl keeps of it: the record's content and the candidates among its links. Pure: no loop, no clock.
#pragma once
#include <string>
#include <vector>

#include "crawler/engine/plan.hpp"
#include "crawler/extract/text/simhash.hpp"
#include "crawler/model/record.hpp"
#include "crawler/model/response.hpp"

namespace trawl::engine {

/// What one page gave beside its record.
struct page_result {
  extract::text_print print;         ///< where the plan wants it
  std::vector<link> follow;          ///< out-links of the kinds that the plan follows, distinct, document order
  std::vector<std::string> nofollow; ///< kept out by rel, meta robots or X-Robots-Tag
  std::vector<std::string> same_depth;         ///< what extract.follow found: URLs at the page's own depth
  std::size_t items = 0;                       ///< entries in the record's items
  std::vector<extract::field_fill> fills;      ///< for expect.fields: how often each field was asked for and had a value
};

/// Is it a page of HTML, by its label, or without a usable one by how it begins (html::sniffed_type)?
bool is_html(const response& page);

/// Pure, and safe on any thread: the plan is only read. A tree is built only when the plan has selectors or wants main content; then it serves links and title too.
/// Reads the page into `out` and returns its links. `respect_nofollow`: scope.nofollow; `agent`: the product token that X-Robots-Tag
/// and robots metas may name, see robots_agent.
page_result read_page(const response& page, const page_plan& plan, bool respect_nofollow, std::string_view agent, bool wants_print, record& out);

}  // namespace trawl::engine
