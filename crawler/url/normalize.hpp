// The normalised URL: the standard's serialisation without fragment, after strip_query. Nothing else is rewritten.
#pragma once
#include <string>
#include <vector>

#include "crawler/url/url.hpp"

namespace trawl::url {

/// Drops the query parameters whose name matches one of `globs` ('*' is any run of characters). A query that loses all its
/// parameters goes with its '?'.
std::string strip_query(const url& u, const std::vector<std::string>& globs);

}  // namespace trawl::url
