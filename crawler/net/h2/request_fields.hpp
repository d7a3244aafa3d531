// A request as the fields of an HTTP/2 HEADERS frame (RFC 9113, 8.2 and 8.3.1). Pure.
#pragma once
#include "crawler/model/request.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net::h2 {

/// Pseudo-header fields first, then the request's own with lower-case names; what belongs to a connection, and what a Connection field
/// names, is left out. A Host field, if the request has one, becomes the authority. Cookies stay in one field.
header_list request_fields(const request& r, const url::url& target);

}  // namespace trawl::net::h2
