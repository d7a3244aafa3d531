#include "crawler/extract/content/boilerplate.hpp"

#include <algorithm>

namespace trawl::extract {
namespace {

hint_set hints_of_kind(tag kind) noexcept {
  switch (kind) {
    case tag::nav: return hint::navigation;
    case tag::aside:
    case tag::footer:
    case tag::form: return hint::aside;
    case tag::figcaption: return hint::caption;
    case tag::noscript: return hint::hidden;
    default: return 0;
  }
}

bool has_headline(const outline& page, std::uint32_t i) {
  const auto next = std::ranges::lower_bound(page.headlines, i);
  return next != page.headlines.end() && *next < page.entries[i].end;
}

void drop(outline& page, hint_set unwanted) {
  const std::uint32_t total = page.entries[0].prose;
  for (std::uint32_t i = 1; i < page.entries.size(); ++i) {
    outline_entry& e = page.entries[i];
    if ((e.hints & hint::lead) != 0 && e.prose > 0 && e.links * 4 < e.text) continue;
    const auto hints = static_cast<hint_set>((e.hints | hints_of_kind(e.kind)) & unwanted);
    if (hints == 0) continue;
    const bool is_hidden = (hints & hint::hidden) != 0 && total - e.prose >= 300;
    const std::uint64_t most = has_headline(page, i) ? 5 : 2;
    if (is_hidden || e.prose * most <= total) e.is_dropped = true;
  }
  page.measure();
}

constexpr hint_set all = hint::navigation | hint::aside | hint::byline | hint::hidden | hint::caption;

}  // namespace

void drop_boilerplate(outline& page, hint_set ignored) {
  if (page.entries.empty()) return;
  for (outline_entry& e : page.entries) e.is_dropped = false;
  page.measure();
  drop(page, static_cast<hint_set>(hint::comments & ~ignored));
  drop(page, static_cast<hint_set>(all & ~ignored));
}

}  // namespace trawl::extract
