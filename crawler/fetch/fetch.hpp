// A fetch is a function; every cross-cutting concern is a decorator of it (the field's "downloader middleware").
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <variant>

#include "crawler/model/error.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"

namespace trawl::fetch {

namespace asio = boost::asio;

/// A fetch is done, or put off: then the URL goes back to the frontier and its slot to another.
using outcome = std::variant<response, deferral>;

/// Asks for one URL once, on the shard's thread. Errors are values; cancellation (terminal) ends it with errc::cancelled.
/// The request is taken by value: the coroutine's frame owns it.
using fetch_fn = std::function<asio::awaitable<result<outcome>>(request)>;

}  // namespace trawl::fetch
