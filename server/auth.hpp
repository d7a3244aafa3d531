// Who may call: bearer tokens where there are any; on loopback without tokens everyone on this machine, but no web page.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/options.hpp"

namespace trawl::server {

/// The tokens of a service, kept only as SHA-256. Read once at start; then constant.
class keyring {
 public:
  struct holder {
    std::string name;
    std::vector<permission> permissions;
    bool may(permission what) const noexcept;
  };

  /// Throws std::runtime_error on a file that can't be read, a token shorter than 16 characters, a hash that is none.
  explicit keyring(const std::vector<token_source>& sources);

  bool empty() const noexcept { return keys_.empty(); }
  /// Whom an Authorization header names ("Bearer …", RFC 6750, 2.1); nullptr: nobody. Takes the same time for every wrong token.
  const holder* identify(std::string_view authorization) const;

 private:
  using digest = std::array<unsigned char, 32>;
  struct key {
    digest hash;
    holder who;
  };
  std::vector<key> keys_;
};

/// 64 hex digits (FIPS 180-4).
std::string sha256_hex(std::string_view text);

/// The token that a service off loopback makes for itself: data/token, mode 0600, 256 bits in hex. Makes it where it is not there;
/// `made` says so. Made by root it belongs to whom `data` belongs to. Throws std::system_error.
token_source own_token(const std::filesystem::path& data, bool& made);

/// A name under which only this machine is meant: localhost, 127.0.0.0/8, [::1], with any port. Without tokens nothing else may stand
/// in Host: a web page whose name was pointed at 127.0.0.1 sends its own (DNS rebinding).
bool names_this_machine(std::string_view host) noexcept;

/// What a browser says about a request that another site's page made it send; true also where no browser is at work.
bool is_same_origin(std::optional<std::string_view> sec_fetch_site, std::optional<std::string_view> origin, std::string_view host) noexcept;

}  // namespace trawl::server
