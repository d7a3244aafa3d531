// What proves to a host who asks (fetch.auth): each entry goes to its own host, and nowhere else. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/model/request.hpp"
#include "crawler/url/url.hpp"

namespace trawl::policy {

/// A host as `fetch.auth` names it: a name or address, and a port where it has one.
struct auth_host {
  std::string name;                   ///< as the URL parser writes it
  std::optional<std::uint16_t> port;  ///< nullopt: every port
};

/// nullopt where the text is not name[:port], [address][:port] or address[:port].
std::optional<auth_host> parse_auth_host(const std::string& text);

/// Immutable once made; may be shared between threads.
class credentials {
 public:
  /// Entries whose host can't be read give nothing; check them before by `parse_auth_host`.
  explicit credentials(const std::vector<config::auth_entry>& entries);
  /// Adds what belongs to the target's host: Authorization (RFC 7617, RFC 6750), Cookie, and the entry's headers. An entry with the port
  /// wins over one without, an earlier one over a later one, and what the request has already over all.
  void add_to(header_list& headers, const url::url& target) const;

 private:
  struct entry {
    auth_host host;
    header_list headers;
  };
  std::vector<entry> entries_;  ///< those with a port first
};

}  // namespace trawl::policy
