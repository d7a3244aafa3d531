// The URLs of a srcset. Pure.
#pragma once
#include <cstddef>
#include <string_view>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {

/// Gives `take` the URL of each candidate (HTML Standard, 4.8.4.3.10): a URL, blanks, descriptors up to a comma outside parentheses. Linear.
template <class Take>
void each_candidate(std::string_view srcset, Take&& take) {
  std::size_t at = 0;
  const auto skip = [&](auto in) {
    while (at < srcset.size() && in(srcset[at])) ++at;
  };
  for (;;) {
    skip([](char c) { return html::is_space(c) || c == ','; });
    if (at == srcset.size()) return;
    const std::size_t from = at;
    skip([](char c) { return !html::is_space(c); });
    std::string_view url = srcset.substr(from, at - from);
    const bool ended = url.ends_with(',');
    while (url.ends_with(',')) url.remove_suffix(1);
    take(url);
    if (ended) continue;
    int inside = 0;
    skip([&](char c) {
      inside += c == '(' ? 1 : c == ')' && inside > 0 ? -1 : 0;
      return c != ',' || inside > 0;
    });
  }
}

}  // namespace trawl::extract
