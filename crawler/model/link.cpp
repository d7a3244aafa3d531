#include "crawler/model/link.hpp"

#include <array>
#include <cstddef>

namespace trawl {
namespace {
constexpr std::array<std::string_view, 11> names = {"a", "area", "frame", "iframe", "link", "link-all", "meta-refresh", "img", "script", "header-link", "sitemap"};
}  // namespace

std::string_view to_string(link_kind kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

bool from_string(std::string_view name, link_kind& out) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) {
      out = static_cast<link_kind>(i);
      return true;
    }
  return false;
}

}  // namespace trawl
