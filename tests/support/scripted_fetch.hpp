// A fetch that answers from a list: what every decorator is tested against.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "crawler/fetch/fetch.hpp"

namespace trawl::testing {

namespace asio = boost::asio;

/// Gives the prepared outcomes in their order and remembers what it was asked. The functions made from it share its script, so it
/// may be copied into decorators; one thread.
class scripted_fetch {
 public:
  /// What a fetch function's coroutine gives: result<…>.
  using outcome = decltype(std::declval<const fetch::fetch_fn&>()(std::declval<request>()))::value_type;

  /// The next outcome: a response, an error by `fail`, or whatever else a fetch may give.
  template <class T>
  scripted_fetch& then(T next) {
    script_->steps.push_back({outcome(std::move(next)), false});
    return *this;
  }
  /// The next fetch never ends by itself; cancelled, it fails with errc::cancelled.
  scripted_fetch& then_never() {
    script_->steps.push_back({outcome(fail(errc::cancelled)), true});
    return *this;
  }

  fetch::fetch_fn function() const {
    return [script = script_](request r) { return answer(script, std::move(r)); };
  }
  const std::vector<request>& asked() const noexcept { return script_->asked; }
  std::size_t left() const noexcept { return script_->steps.size(); }

 private:
  struct step {
    outcome gives;
    bool never = false;
  };
  struct script {
    std::deque<step> steps;
    std::vector<request> asked;
  };

  static asio::awaitable<outcome> answer(std::shared_ptr<script> from, request r) {
    from->asked.push_back(std::move(r));
    if (from->steps.empty()) {
      ADD_FAILURE() << "asked once more than the script has answers: " << from->asked.back().url;
      co_return fail(errc::internal, "the script has ended");
    }
    step next = std::move(from->steps.front());
    from->steps.pop_front();
    if (next.never) {
      asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::move(next.gives);
  }

  std::shared_ptr<script> script_ = std::make_shared<script>();  // shared: a decorator owns its copy of the function
};

/// A response with this status, header fields and body.
inline response answer_of(int status, header_list headers = {}, std::string body = "") {
  response r;
  r.status = status;
  r.http_version = "1.1";
  r.headers = std::move(headers);
  r.body = std::move(body);
  return r;
}

}  // namespace trawl::testing
