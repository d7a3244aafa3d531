// A 64-bit name for a request: what the seen set holds instead of URLs.
#pragma once
#include <cstdint>
#include <string_view>

namespace trawl::url {

/// SipHash-1-3 under a key drawn at start, so that no site can make URLs that collide on purpose. Same in one process only.
std::uint64_t fingerprint(std::string_view url, std::string_view method = "GET", std::string_view body = {}) noexcept;

}  // namespace trawl::url
