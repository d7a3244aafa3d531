#include "crawler/policy/traps/near_duplicates.hpp"

#include <algorithm>
#include <bit>

namespace trawl::policy {
namespace {

constexpr std::size_t deepest = 8;

/// Calls `see` with each prefix, the shortest first, until it says true.
template <class See>
bool any_prefix(const url::url& of, See see) {
  const std::string key = of.host_port() + of.path + '?';
  std::size_t at = key.find('/') + 1;
  for (std::size_t depth = 0; depth < deepest; ++depth) {
    at = key.find('/', at);
    if (at == std::string::npos) break;
    if (see(std::string_view(key).substr(0, ++at))) return true;
  }
  return of.query.has_value() && see(std::string_view(key));
}

}  // namespace

bool near_duplicates::count(std::string_view prefix, std::uint64_t simhash) {
  std::vector<kind>& known = prefixes_[std::string(prefix)];
  const auto same = std::ranges::find_if(known, [&](const kind& k) { return std::popcount(k.simhash ^ simhash) <= most_bits; });
  if (same != known.end()) return ++same->pages >= limit_;
  if (known.size() < most_kinds) {
    known.push_back({simhash, 1});
  } else {
    // As in the algorithm of Misra and Gries: what is frequent outlives what is not.
    for (kind& k : known) --k.pages;
    std::erase_if(known, [](const kind& k) { return k.pages == 0; });
  }
  return limit_ == 1;
}

std::optional<std::string> near_duplicates::note(const url::url& page, std::uint64_t simhash) {
  if (limit_ == 0 || !page.host) return std::nullopt;
  std::optional<std::string> full;
  any_prefix(page, [&](std::string_view prefix) {
    if (count(prefix, simhash)) full = std::string(prefix);  // the longest: what lies beside it may be another matter
    return false;
  });
  if (prefixes_.size() > most_prefixes) forget_some();
  if (!full || !stopped_.insert(*full).second) return std::nullopt;
  prefixes_.erase(*full);
  return full;
}

bool near_duplicates::is_stopped(const url::url& target) const {
  if (stopped_.empty() || !target.host) return false;
  return any_prefix(target, [&](std::string_view prefix) { return stopped_.contains(std::string(prefix)); });
}

/// The half whose most frequent kind has the fewest pages.
void near_duplicates::forget_some() {
  const auto most = [](const std::vector<kind>& kinds) {
    std::uint32_t out = 0;
    for (const kind& k : kinds) out = std::max(out, k.pages);
    return out;
  };
  std::vector<std::uint32_t> counts;
  counts.reserve(prefixes_.size());
  for (const auto& [prefix, kinds] : prefixes_) counts.push_back(most(kinds));
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::ranges::nth_element(counts, middle);
  std::size_t left = counts.size() / 2;
  std::erase_if(prefixes_, [&](const auto& entry) { return left > 0 && most(entry.second) <= *middle && left-- > 0; });
}

}  // namespace trawl::policy
