#include "crawler/extract/content/surroundings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace trawl::extract {
namespace {

/// Whether the entry `i`, which is not before `e`'s own index `from`, is in it.
bool holds(const outline_entry& e, std::uint32_t from, std::uint32_t i) noexcept { return from <= i && i < e.end; }

/// The headline of the content: the last heading not behind its start that says what the title says, else the last h1. 0: it is inside, or
/// there is none.
std::uint32_t headline_before(const outline& page, std::uint32_t root) {
  const auto& all = page.entries;
  const auto next = std::ranges::lower_bound(page.headlines, root);
  if (next != page.headlines.end() && *next < all[root].end) return 0;
  if (next != page.headlines.begin()) return *std::prev(next);
  for (std::uint32_t i = root; i < all[root].end; ++i)
    if (all[i].kind == tag::h1 && !all[i].is_dropped) return 0;
  for (std::uint32_t i = root; i-- > 1;)
    if (all[i].kind == tag::h1) return i;
  return 0;
}

constexpr std::uint32_t shortest_lead = 50, longest_lead = 1500;

bool is_lead(const outline_entry& e) noexcept {
  if (e.is_dropped || e.text < shortest_lead || e.text > longest_lead || e.links * 4 > e.text) return false;
  return e.kind == tag::p || (is_heading(e.kind) && e.kind != tag::h1) || (e.prose > 0 && e.prose * 10ULL >= e.text * 7ULL);
}

/// The headline, if it is not dropped, and the first paragraphs between it and `root`; empty, if that is more than there is in `root`.
std::vector<std::uint32_t> leads_of(const outline& page, std::uint32_t headline, std::uint32_t root) {
  const auto& all = page.entries;
  std::vector<std::uint32_t> out;
  std::uint64_t amount = 0;
  if (!all[headline].is_dropped) out.push_back(headline);
  for (std::uint32_t i = all[headline].end; i < root;) {
    const bool is_found = !all[i].is_dropped && !holds(all[i], i, root) && is_lead(all[i]);
    if (is_found) {
      out.push_back(i);
      amount += all[i].text;
    }
    i = is_found || all[i].is_dropped ? all[i].end : i + 1;
  }
  if (amount > all[root].text) out.clear();
  return out;
}

/// Drops what is in `above` but for the `kept` entries, which are in document order.
void keep_only(outline& page, std::uint32_t above, const std::vector<std::uint32_t>& kept) {
  auto& all = page.entries;
  auto next = kept.begin();
  for (std::uint32_t i = above + 1; i < all[above].end;) {
    if (next != kept.end() && i == *next) {
      ++next;
      i = all[i].end;
    } else if (next != kept.end() && holds(all[i], i, *next)) {
      ++i;
    } else {
      all[i].is_dropped = true;
      i = all[i].end;
    }
  }
}

}  // namespace

std::uint32_t with_lead(outline& page, std::uint32_t root) {
  const auto& all = page.entries;
  const std::uint32_t headline = root == 0 ? 0 : headline_before(page, root);
  if (headline == 0) return root;
  std::vector<std::uint32_t> kept = leads_of(page, headline, root);
  if (kept.empty()) return root;
  kept.push_back(root);
  std::uint32_t above = root;
  while (above != 0 && !holds(all[above], above, headline)) above = all[above].parent;
  keep_only(page, above, kept);
  page.measure();
  return above;
}

}  // namespace trawl::extract
