#include "crawler/async/timeout.hpp"
#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

class deadline_keeper final {
 public:
  deadline_keeper(fetch_fn next, config::duration limit) : next_(std::move(next)), limit_(limit) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    return async::with_timeout<outcome>(next_(std::move(asked)), limit_, error{errc::timeout_total, "the exchange took longer than fetch.timeout.total"});
  }

 private:
  fetch_fn next_;
  config::duration limit_;
};

}  // namespace

fetch_fn with_deadline(fetch_fn next, config::duration limit) { return deadline_keeper(std::move(next), limit); }

}  // namespace trawl::fetch
