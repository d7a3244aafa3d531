#include "tests/site/seen.hpp"

#include <algorithm>
#include <vector>

#include "crawler/model/response.hpp"

namespace trawl::site {
namespace {

std::string_view without_blanks(std::string_view s) {
  while (s.starts_with(' ') || s.starts_with('\t')) s.remove_prefix(1);
  return s;
}

/// The values of all fields of a name, in order.
std::vector<std::string> values_of(std::string_view head, std::string_view name) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", from), head.size());
    const std::string_view line = head.substr(from, end - from);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) out.emplace_back(without_blanks(line.substr(colon + 1)));
    from = end + 2;
  }
  return out;
}

}  // namespace

std::string seen_request::header(std::string_view name) const {
  const auto values = values_of(head, name);
  return values.empty() ? std::string() : values.front();
}

std::size_t seen_request::count(std::string_view name) const { return values_of(head, name).size(); }

}  // namespace trawl::site
