// RFC 9111 as decisions of a private cache: what may be stored, how long it is fresh, how it is asked about again, what a 304 changes.
// Pure: time comes in as an argument. It is not the store (fetch/cache) and knows no modes but RFC 9111's own.
//
// Never given is anything stale, whatever allows it (4.2.4, RFC 5861): a record says what the site says now, or that it does not
// answer. So must-revalidate (5.2.2.2) asks for what is done anyway.
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"

namespace trawl::policy {

using wall_time = std::chrono::system_clock::time_point;

/// What of a response decides about its use later.
struct stored_head {
  int status = 0;
  header_list headers;     ///< as `stored_fields` gave them
  header_list vary;        ///< as `vary_fields` gave them
  wall_time request_at;    ///< when it was asked for, or last validated
  wall_time response_at;   ///< when its head had come
};

/// Heuristic freshness: this share of the time since Last-Modified (4.2.2), and at most so long.
inline constexpr int heuristic_share = 10;
inline constexpr std::chrono::hours longest_heuristic{24};

/// Section 3, and that storing is of use: it will be fresh for a while, or can be validated. Only GET, only whole bodies; never 206, 304
/// or what varies by "*".
bool may_store(const request& asked, const response& answer, wall_time now);

/// 3.1: without the fields of the connection, those that Connection names, and Set-Cookie: a cookie is set once, when it comes.
header_list stored_fields(const header_list& received);

/// The fields of the request that Vary names, lower case, each once; one that the request lacks is left out (4.1).
header_list vary_fields(const header_list& received, const header_list& asked);
/// 4.1: is it for a request like this? Never where it varies by "*".
bool vary_matches(const stored_head& stored, const header_list& asked);

/// 4.2.1: max-age, else Expires, else a heuristic where the status allows one. Never negative.
std::chrono::seconds freshness_lifetime(const stored_head& stored);
/// 4.2.3. Never negative.
std::chrono::seconds current_age(const stored_head& stored, wall_time now);

enum class reuse : std::uint8_t {
  use,       ///< it is the answer
  validate,  ///< it is, if the server says 304 to `conditions`
  fetch,     ///< it is not for this request, or can't be validated
};

/// Section 4.
reuse judge_stored(const request& asked, const stored_head& stored, wall_time now);

/// 4.3.1: If-None-Match and If-Modified-Since, as far as the response has validators; both are sent, old servers know only one.
header_list conditions(const stored_head& stored);
/// Does the request bring conditions or ranges of its own? Then its answer is for whoever wrote them: no cache has to do with it.
bool has_own_conditions(const header_list& asked);

/// 4.3.4: does the 304 speak of this response? One with an entity tag does if it is the same one (weakly compared: what compresses on
/// the way weakens tags); one without is taken at its word.
bool is_about(const response& not_modified, const stored_head& stored);
/// 3.2: the stored fields brought up to date by a 304's, but for those that describe the body, which stays what it is.
header_list updated_fields(const header_list& stored, const header_list& received);

/// 4.4: does the answer to a request of this method make what is stored of its URL invalid?
bool invalidates(std::string_view method, int status) noexcept;

}  // namespace trawl::policy
