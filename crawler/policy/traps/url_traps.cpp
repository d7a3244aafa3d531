#include "crawler/policy/traps/url_traps.hpp"

#include <algorithm>
#include <vector>

namespace trawl::policy {
namespace {

constexpr std::size_t longest_cycle = 3;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // its slash
    const auto end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  if (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

/// How often a run of `cycle` segments stands in a row at most.
std::size_t most_repeats(const std::vector<std::string_view>& segments, std::size_t cycle) {
  std::size_t most = 0, same = 0;
  for (std::size_t i = cycle; i < segments.size(); ++i) {
    same = segments[i] == segments[i - cycle] ? same + 1 : 0;
    most = std::max(most, same);
  }
  return 1 + most / cycle;
}

}  // namespace

std::string_view url_trap(const url::url& target, const config::traps& settings) {
  const std::string_view path = target.path;
  // Few URLs have so many slashes or ampersands that it is worth a closer look.
  const auto slashes = static_cast<std::size_t>(std::ranges::count(path, '/'));
  if (slashes > settings.max_repeats) {
    const auto segments = segments_of(path);
    if (segments.size() > settings.max_segments) return "trap.segments";
    for (std::size_t cycle = 1; cycle <= longest_cycle; ++cycle)
      if (most_repeats(segments, cycle) > settings.max_repeats) return "trap.repeats";
  } else if (slashes > settings.max_segments && segments_of(path).size() > settings.max_segments) {
    return "trap.segments";
  }
  if (target.query && static_cast<std::size_t>(std::ranges::count(*target.query, '&')) >= settings.max_query_params) return "trap.query";
  return {};
}

}  // namespace trawl::policy
