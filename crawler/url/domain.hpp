// The registrable domain of a host, by the public suffix list: the unit of `scope.within: domain`, of cookies and of budgets.
#pragma once
#include <string_view>

namespace trawl::url {

/// "example.co.uk" for "www.example.co.uk". An address, a bare name or a public suffix is its own. The view is into `host`.
std::string_view registrable_domain(std::string_view host) noexcept;

}  // namespace trawl::url
