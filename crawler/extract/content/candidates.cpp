#include "crawler/extract/content/candidates.hpp"

namespace trawl::extract {
namespace {

/// The entry with the most prose among those that `is_one`, in what is not dropped below `from`; 0: none.
template <class Test>
std::uint32_t largest(const outline& page, std::uint32_t from, const Test& is_one) {
  std::uint32_t best = 0;
  const auto& all = page.entries;
  for (std::uint32_t i = from + 1; i < all[from].end;) {
    if (all[i].is_dropped) {
      i = all[i].end;
      continue;
    }
    if (is_one(all[i]) && (best == 0 || all[i].prose > all[best].prose)) best = i;
    ++i;
  }
  return best;
}

/// The deepest element in `from` that holds so many hundredths of its prose.
std::uint32_t narrowed(const outline& page, std::uint32_t from, std::uint64_t percent) {
  const auto& all = page.entries;
  const std::uint64_t whole = all[from].prose;
  for (std::uint32_t i = from + 1; i < all[from].end;) {
    if (!all[i].is_dropped && all[i].kind != tag::text && all[i].prose > 0 && all[i].prose * 100ULL >= whole * percent && is_block(all[i].kind) &&
        all[i].kind != tag::p) {
      from = i++;
    } else {
      i = all[i].end;
    }
  }
  return from;
}

}  // namespace

std::uint32_t find_content(const outline& page) {
  const auto& all = page.entries;
  if (all.empty()) return 0;
  const std::uint64_t total = all[0].prose;
  const auto holds = [&](std::uint32_t i, std::uint64_t percent) { return i != 0 && all[i].prose * 100ULL >= total * percent; };
  if (const auto i = largest(page, 0, [](const outline_entry& e) { return (e.hints & hint::body) != 0 && e.kind != tag::p; }); holds(i, 30)) return i;
  if (const auto i = largest(page, 0, [](const outline_entry& e) { return e.kind == tag::article; }); holds(i, 40)) return narrowed(page, i, 95);
  if (const auto i = largest(page, 0, [](const outline_entry& e) { return e.kind == tag::main || (e.hints & hint::content) != 0; }); holds(i, 40))
    return narrowed(page, i, 95);
  return narrowed(page, 0, 80);
}

}  // namespace trawl::extract
