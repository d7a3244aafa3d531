#include "crawler/extract/content/main_content.hpp"

#include "crawler/extract/content/boilerplate.hpp"
#include "crawler/extract/content/candidates.hpp"
#include "crawler/extract/content/link_blocks.hpp"
#include "crawler/extract/content/surroundings.hpp"

namespace trawl::extract {

namespace {

std::uint32_t attempt(outline& page, hint_set ignored) {
  drop_boilerplate(page, ignored);
  drop_link_blocks(page);
  const std::uint32_t root = with_lead(page, find_content(page));
  drop_bare_headings(page, root);
  return root;
}

}  // namespace

std::uint32_t find_main_content(outline& page) {
  if (page.entries.empty()) return 0;
  std::uint32_t best_size = 0;
  hint_set best = 0;
  for (const hint_set ignored :
       {hint_set{0}, hint_set{hint::aside | hint::byline | hint::hidden}, hint_set{hint::aside | hint::byline | hint::hidden | hint::comments}}) {
    const std::uint32_t root = attempt(page, ignored);
    const std::uint32_t size = page.entries[root].text;
    if (size > 2 * best_size) best = ignored, best_size = size;
    if (best_size >= 250) return root;
  }
  return attempt(page, best);
}

}  // namespace trawl::extract
