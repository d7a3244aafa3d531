#include "crawler/url/normalize.hpp"

#include <algorithm>
#include <utility>

#include "crawler/url/pattern.hpp"

namespace trawl::url {

std::string strip_query(const url& u, const std::vector<std::string>& globs) {
  if (globs.empty() || !u.query) return u.without_fragment();
  url kept = u;
  std::string query;
  bool dropped = false, first = true;
  for (std::size_t at = 0; at <= u.query->size();) {
    const std::size_t end = std::min(u.query->find('&', at), u.query->size());
    const std::string_view parameter = std::string_view(*u.query).substr(at, end - at);
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (std::ranges::any_of(globs, [&](const std::string& g) { return glob_matches(g, name); })) {
      dropped = true;
    } else {
      if (!std::exchange(first, false)) query += '&';
      query += parameter;
    }
    at = end + 1;
  }
  if (!dropped) return u.without_fragment();
  if (first) {
    kept.query.reset();
  } else {
    kept.query = std::move(query);
  }
  return kept.without_fragment();
}

}  // namespace trawl::url
