// The registrable domain of a host, by the public suffix list: the unit of `scope.within: domain`, of cookies and of budgets.
#pragma once
#include <string_view>

namespace trawl::url {

/// "example.co.uk" for "www.example.co.uk". An address, a bare name or a public suffix is its own. The view is into `host`.
std::string_view registrable_domain(std::string_view host) noexcept;

/// Nobody owns it: "co.uk", "github.io" and, as the list's default rule says, any bare name. Not an address.
bool is_public_suffix(std::string_view host) noexcept;

}  // namespace trawl::url
