// A 64-bit name for a request: what the seen set holds instead of URLs.
#pragma once
#include <cstdint>
#include <string_view>

namespace trawl::url {

/// Nobody else knows it, so no site can make URLs that collide on purpose.
struct fingerprint_key {
  std::uint64_t k0 = 0, k1 = 0;
  static fingerprint_key draw();                   ///< a new one
  static const fingerprint_key& of_process();      ///< drawn at start
};

/// SipHash-1-3 under a key. Never 0.
std::uint64_t fingerprint(const fingerprint_key& key, std::string_view url, std::string_view method = "GET", std::string_view body = {}) noexcept;
/// Under the process's key: the same in one process only.
std::uint64_t fingerprint(std::string_view url, std::string_view method = "GET", std::string_view body = {}) noexcept;

}  // namespace trawl::url
