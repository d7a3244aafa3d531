#include "server/loop_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trawl::server {

namespace asio = boost::asio;

loop_watch::loop_watch(asio::io_context& loop, engine::shards& shards) : loop_(loop), shards_(shards), asked_(shards.size()), answers_(std::make_shared<std::vector<answer>>(shards.size())) {}

asio::awaitable<void> loop_watch::run() {
  asio::steady_timer timer(loop_);
  for (;;) {
    const auto due = clock::now() + every;
    timer.expires_at(due);
    const auto [ended] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ended) co_return;
    const auto now = clock::now();
    own_.add(now - due);
    for (std::size_t i = 0; i < asked_.size(); ++i)
      if ((*answers_)[i].count == asked_[i].count) ask(i, now);
  }
}

void loop_watch::ask(std::size_t shard, clock::time_point now) {
  asked_[shard] = {asked_[shard].count + 1, now};
  asio::post(shards_[shard].context(), [answers = answers_, shard, now] {
    (*answers)[shard].lag.add(clock::now() - now);
    ++(*answers)[shard].count;
  });
}

bool loop_watch::is_stuck(std::size_t shard, clock::time_point now) const noexcept {
  return (*answers_)[shard].count != asked_[shard].count && now - asked_[shard].at > patience;
}

}  // namespace trawl::server
