// The host parser of the URL Standard (3.5): IPv4 in all its number forms, IPv6, domains by UTS 46, opaque hosts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace trawl::url {

/// The serialised host, or nullopt for failure. `special`: the scheme is http, https, ws, wss, ftp or file.
std::optional<std::string> parse_host(std::string_view input, bool special);

/// An IPv4 or bracketed IPv6 address, as parse_host writes it.
bool is_address(std::string_view host) noexcept;

}  // namespace trawl::url
