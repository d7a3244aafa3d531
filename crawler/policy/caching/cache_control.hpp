// What Cache-Control and Pragma say (RFC 9111, 5.2 and 5.4), as far as a private cache has to know. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/model/request.hpp"

namespace trawl::policy {

/// The directives of one message. Those that are for shared caches alone (s-maxage, proxy-revalidate) are left out, and so are those that
/// ask for stale answers (stale-if-error, stale-while-revalidate, max-stale): none is ever given.
struct cache_control {
  bool no_store = false;
  bool no_cache = false;         ///< also where it names fields that a stored response has: 5.2.2.4 allows it
  bool must_understand = false;  ///< 5.2.2.3
  bool is_public = false, is_private = false;
  bool immutable = false;        ///< RFC 8246
  std::optional<std::chrono::seconds> max_age;  ///< of several the first (4.2.1); 0 where it is no number
};

/// All Cache-Control fields of a message together. Names are compared without case; what is unknown is ignored (5.2.3).
cache_control read_cache_control(const header_list& headers);

/// The same of a request: `Pragma: no-cache` counts where there is no Cache-Control (5.4).
cache_control read_request_cache_control(const header_list& headers);

/// delta-seconds (1.2.2): what is too large is 2^31; nullopt where it is no number.
std::optional<std::chrono::seconds> read_delta_seconds(std::string_view text);

/// The members of a comma-separated field, blanks trimmed, empty ones left out; commas inside quoted strings part nothing.
std::vector<std::string_view> list_members(std::string_view value);

/// The values of all fields of this name, joined as RFC 9110, 5.3 has it; nullopt if there is none.
std::optional<std::string> joined_field(const header_list& headers, std::string_view name);

}  // namespace trawl::policy
