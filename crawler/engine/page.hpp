// From a response to what the crawl keeps of it: the record's content and the candidates among its links. Pure: no loop, no clock.
#pragma once
#include <string>
#include <vector>

#include "crawler/engine/plan.hpp"
#include "crawler/model/record.hpp"
#include "crawler/model/response.hpp"

namespace trawl::engine {

/// What one page gave.
struct page_result {
  std::vector<link> follow;          ///< out-links of the kinds that the plan follows, distinct, document order
  std::vector<std::string> nofollow; ///< kept out by rel, meta robots or X-Robots-Tag
};

/// Reads the page into `out` and returns its links. `respect_nofollow`: scope.nofollow; `agent`: the token that X-Robots-Tag may name.
page_result read_page(const response& page, const page_plan& plan, bool respect_nofollow, std::string_view agent, record& out);

}  // namespace trawl::engine
