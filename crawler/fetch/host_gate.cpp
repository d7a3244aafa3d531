#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/as_tuple.hpp>

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

class gate_keeper final {
 public:
  gate_keeper(fetch_fn next, frontier::host_gates& gates) : next_(std::move(next)), gates_(gates) {}

  asio::awaitable<result<response>> operator()(request asked) const {
    if (!asked.charged) {
      const auto where = url::parse(asked.url);
      if (!where) co_return fail(errc::url_invalid, "not a URL");
      const std::string host = where->host_port();
      // Only the clock is charged: a hop goes out under the permit of the lease that it belongs to, so that two chains which cross
      // each other's hosts can't wait for each other for ever.
      asio::steady_timer timer(co_await asio::this_coro::executor);
      for (auto now = frontier::clock::now();; now = frontier::clock::now()) {
        frontier::host_gate& gate = gates_.gate(host);  // looked up again: the table may have moved while we slept
        if (gate.clock_opens_at() <= now) {
          gate.charge(now);
          break;
        }
        timer.expires_at(gate.clock_opens_at());
        const auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return fail(errc::cancelled);
      }
    }
    co_return co_await next_(std::move(asked));
  }

 private:
  fetch_fn next_;
  frontier::host_gates& gates_;
};

}  // namespace

fetch_fn with_host_gate(fetch_fn next, frontier::host_gates& gates) { return gate_keeper(std::move(next), gates); }

}  // namespace trawl::fetch
