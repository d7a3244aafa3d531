#include "server/pages/pages.hpp"

#include <algorithm>

namespace trawl::server::pages {

std::string_view bytes_of(std::string_view name) noexcept {
  const auto at = std::ranges::find(files(), name, &static_file::name);
  return at == files().end() ? std::string_view() : at->bytes;
}

}  // namespace trawl::server::pages
