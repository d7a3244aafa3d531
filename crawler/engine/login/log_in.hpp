// The steps of a login, as a browser goes them: the page, its form, and a look at what came.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "crawler/engine/login/login_plan.hpp"
#include "crawler/fetch/fetch.hpp"

namespace trawl::engine {

/// Logs in; the cookies are the business of `fetch`, which follows redirects and puts nothing off. Pages are read on `cpu`. At most three
/// requests, redirects and retries not counted: the page, the form, and once where the answer says to look. Gives where the form was, or, if
/// somebody is logged in already, where that is said. errors: login.failed, whose detail says which step, and cancelled.
boost::asio::awaitable<result<url::url>> log_in(const fetch::fetch_fn& fetch, const login_plan& plan, boost::asio::any_io_executor cpu);

}  // namespace trawl::engine
