// Which handler answers a path, and which methods it knows. Filled once at start, then only read.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.hpp"
#include "server/http/operation.hpp"
#include "server/options.hpp"

namespace trawl::server::http {

/// The body of a request as it arrives.
class body_stream {
 public:
  virtual ~body_stream() = default;
  /// The next piece; nullopt: that was all, or it did not come whole, see `failed`.
  virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;
  /// 0, or the status to refuse with: 400 malformed, 408 too slow, 413 too large.
  virtual unsigned failed() const noexcept = 0;
};
/// The same for a route that takes its body in pieces: `request::body` is empty.
using streaming_handler = std::function<boost::asio::awaitable<answer>(const request&, body_stream&)>;

/// The request outlives the coroutine. An exception is answered with 500 and logged by the session.
using handler = std::function<boost::asio::awaitable<answer>(const request&)>;

/// How a route is reached.
struct route {
  handler handle;
  bool is_open = false;          ///< needs no token: it holds no data
  permission needs = permission::read;
  streaming_handler takes = {};   ///< instead of `handle`
  std::uint64_t most_bytes = 0;   ///< of such a body
  bool ends_with_peer = false;   ///< its work stops when the client closes its side
  std::vector<std::string_view> parameters;  ///< of the query; another one, or one that stands twice, is a mistake
  bool is_part_of_page = false;  ///< a page's script, style or picture: no call of the API
  bool any_parameters = false;   ///< the query is not looked at
  const operation* doc = nullptr;  ///< what the API's document says of it; outlives the router
  std::string pattern = {};        ///< as it was added
};

class router {
 public:
  /// `pattern`: segments, of which "{name}" stands for any non-empty one: "/api/v1/jobs/{id}".
  void add(std::string method, std::string_view pattern, route r);

  /// What a path means: the route (nullptr: the method is not known there), and the methods that are (empty: no such path).
  struct found {
    const route* to = nullptr;
    std::string allow;
    std::map<std::string, std::string> parts;
  };
  /// Gives a route its words. False where there is no such route.
  bool describe(std::string_view method, std::string_view pattern, const operation& words);
  /// Calls look(method, route) for each, in the order of the paths as they were added.
  void each(const std::function<void(const std::string&, const route&)>& look) const;

  /// HEAD is answered by GET's route. `allow` lists HEAD and OPTIONS too.
  found find(std::string_view method, std::string_view path) const;

 private:
  struct place {
    std::vector<std::string> segments;
    std::map<std::string, route, std::less<>> methods;
  };
  std::vector<place> places_;
};

}  // namespace trawl::server::http
