#include "crawler/net/dns/name_cache.hpp"

#include <algorithm>

namespace trawl::net {

const result<addresses>* name_cache::find(const std::string& name, time_point now) const {
  const auto known = entries_.find(name);
  return known == entries_.end() || known->second.expires <= now ? nullptr : &known->second.answer;
}

void name_cache::put(const std::string& name, addresses found, std::chrono::seconds ttl, time_point now) {
  keep(name, {std::move(found), now + std::clamp(ttl, shortest_kept, longest_kept)}, now);
}

void name_cache::put_none(const std::string& name, error why, time_point now) { keep(name, {std::unexpected(std::move(why)), now + none_kept}, now); }

void name_cache::keep(const std::string& name, entry e, time_point now) {
  if (entries_.size() >= most_ && !entries_.contains(name)) {
    std::erase_if(entries_, [&](const auto& known) { return known.second.expires <= now; });
    if (entries_.size() >= most_) {
      std::vector<time_point> ends;
      ends.reserve(entries_.size());
      for (const auto& [known, value] : entries_) ends.push_back(value.expires);
      const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
      std::ranges::nth_element(ends, middle);
      std::erase_if(entries_, [&](const auto& known) { return known.second.expires <= *middle; });
    }
  }
  entries_.insert_or_assign(name, std::move(e));
}

}  // namespace trawl::net
