#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

class traffic_counter final {
 public:
  traffic_counter(fetch_fn next, traffic& totals) : next_(std::move(next)), totals_(totals) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    ++totals_.requests;
    auto got = co_await next_(std::move(asked));
    if (const auto* answer = got ? std::get_if<response>(&*got) : nullptr) {
      totals_.wire_bytes += answer->wire_bytes;
      totals_.bytes += answer->body.size();
    } else if (got) {
      --totals_.requests;  // put off before anything was sent
    } else {
      ++totals_.failures;
    }
    co_return got;
  }

 private:
  fetch_fn next_;
  traffic& totals_;
};

}  // namespace

fetch_fn with_traffic(fetch_fn next, traffic& totals) { return traffic_counter(std::move(next), totals); }

}  // namespace trawl::fetch
