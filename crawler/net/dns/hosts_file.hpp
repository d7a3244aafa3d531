// The hosts file (hosts(5)): names that the machine's operator has given addresses.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "crawler/net/dns/name_cache.hpp"

namespace trawl::net {

using host_table = std::unordered_map<std::string, addresses>;

/// A line is an address and its names, '#' begins a comment; what is no address is left out. Names in lower case. Pure; linear time.
host_table parse_hosts(std::string_view text);
/// The same of a file, its first 4 MiB; empty where it can't be read.
host_table read_hosts(const std::filesystem::path& file);

}  // namespace trawl::net
