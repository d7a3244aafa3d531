// A request as handlers see it, and the answer they give: whole text, or a stream of blocks that is pulled as the socket takes it.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/async/stream.hpp"

namespace trawl::server::http {

using field_list = std::vector<std::pair<std::string, std::string>>;

/// A checked request with its whole body.
struct request {
  std::string method, path, host;
  field_list query;                            ///< decoded, in order
  field_list fields;                           ///< in order, names as received
  std::map<std::string, std::string> parts;    ///< what the route's {names} stand for
  std::string body;
  std::string id;                              ///< X-Request-Id; for logs
  std::string caller;                          ///< name of the token that was shown; empty where none is needed
  bool sees_all = true;                        ///< also what belongs to others: the token's scope is admin, or there are no tokens

  /// First value; nullopt if absent. Header names are compared without case, query names exactly.
  std::optional<std::string_view> header(std::string_view name) const noexcept;
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

/// Splits a target into path and decoded query (application/x-www-form-urlencoded). False where a %-escape is broken.
bool split_target(std::string_view target, request& out);

/// What goes back. With `blocks` the body is their sequence and `body` is not used.
struct answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  field_list fields;
  std::string body;
  std::optional<async::stream<std::string>> blocks;
  std::function<field_list()> trailers;        ///< asked when the blocks are over; may be empty
};

/// JSON with a status.
answer json(unsigned status, std::string text);

/// One thing wrong with a submitted document; `path` is dotted.
struct problem_entry {
  std::string path, message;
};
/// Problem details, RFC 9457: type about:blank, so that the title is the status's phrase. `detail` is in our own words.
answer problem(unsigned status, std::string_view detail, const std::vector<problem_entry>& errors = {});

}  // namespace trawl::server::http
