// The dashboard: the page at "/" and its files, which hold no data. What it shows it asks the API for, with the token of who looks at it.
#pragma once
#include <span>

#include "server/http/router.hpp"
#include "server/http/static_file.hpp"

namespace trawl::server::dashboard {

using http::static_file;

/// All of them; for the life of the process.
std::span<const static_file> files() noexcept;

/// GET / is index.html, GET /dashboard/{name} the others. Open to who has no token; each has an ETag, so that a browser asks each time
/// and gets a 304 until another version of trawl runs (RFC 9110, 13.1.2).
void add_pages(http::router& to);

}  // namespace trawl::server::dashboard
