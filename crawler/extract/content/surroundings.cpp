#include "crawler/extract/content/surroundings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace trawl::extract {
namespace {

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

}  // namespace

std::uint32_t with_lead(outline& page, std::uint32_t root) {
  auto& all = page.entries;
  if (root == 0) return root;
  const std::uint32_t headline = headline_before(page, root);
  if (headline == 0) return root;
  std::uint32_t above = root;
  while (above != 0 && !holds(all[above], above, headline)) above = all[above].parent;
  std::vector<std::uint32_t> leads;
  if (!all[headline].is_dropped) leads.push_back(headline);
  std::uint64_t amount = 0;
  for (std::uint32_t i = all[headline].end; i < root;) {
    if (all[i].is_dropped) {
      i = all[i].end;
    } else if (!holds(all[i], i, root) && is_lead(all[i])) {
      leads.push_back(i);
      amount += all[i].text;
      i = all[i].end;
    } else {
      ++i;
    }
  }
  if (leads.empty() || amount > all[root].text) return root;
  std::size_t next = 0;
  for (std::uint32_t i = above + 1; i < all[above].end;) {
    const bool is_kept = i == root || (next < leads.size() && i == leads[next]);
    if (is_kept) {
      if (i != root) ++next;
      i = all[i].end;
    } else if (holds(all[i], i, root) || (next < leads.size() && holds(all[i], i, leads[next]))) {
      ++i;
    } else {
      all[i].is_dropped = true;
      i = all[i].end;
    }
  }
  page.measure();
  return above;
}

}  // namespace trawl::extract
