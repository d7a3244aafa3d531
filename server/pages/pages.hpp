// The texts that the service hands out as they are, beside the dashboard: the page that shows the API's document, and the document's parts
// that no struct describes. The build takes them from the files of this folder and of server/api/openapi.
#pragma once
#include <span>
#include <string_view>

#include "server/http/static_file.hpp"

namespace trawl::server::pages {

using http::static_file;

/// All of them; for the life of the process.
std::span<const static_file> files() noexcept;
/// The bytes of one that is there.
std::string_view bytes_of(std::string_view name) noexcept;

}  // namespace trawl::server::pages
