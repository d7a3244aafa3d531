#include <algorithm>

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

class memory_keeper final {
 public:
  memory_keeper(fetch_fn next, async::byte_account& account, frontier::host_gates& gates) : next_(std::move(next)), account_(account), gates_(gates) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    byte_lease held;
    const auto begin = async::clock::time_point::clock::now();
    auto waited = async::clock::duration::zero();
    if (!account_.try_take(held, async::smallest_lease)) {
      give_back_turn(asked);
      const auto got = co_await account_.take(held, async::smallest_lease, async::clock::time_point::max());
      if (!got) co_return std::unexpected(got.error());
      waited = async::clock::time_point::clock::now() - begin;
    }
    asked.memory = &held;
    auto got = co_await next_(std::move(asked));
    if (auto* answer = got ? std::get_if<response>(&*got) : nullptr) {
      held.trim(std::max<std::uint64_t>(answer->body.size(), async::smallest_lease));
      answer->memory = std::move(held);
      answer->waited += waited;
    }
    co_return got;
  }

 private:
  /// Whoever waits for memory takes another turn of its host's clock then: two that waited must not go out at once.
  void give_back_turn(request& asked) const {
    const auto where = asked.charged ? url::parse(asked.url) : std::nullopt;
    if (where) gates_.gate(where->host_port()).refund(*asked.charged);
    asked.charged.reset();
  }

  fetch_fn next_;
  async::byte_account& account_;
  frontier::host_gates& gates_;
};

}  // namespace

fetch_fn with_memory(fetch_fn next, async::byte_account& account, frontier::host_gates& gates) { return memory_keeper(std::move(next), account, gates); }

}  // namespace trawl::fetch
