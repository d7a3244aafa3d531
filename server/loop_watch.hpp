// Do the loops still turn? Each is asked for a sign of life four times a second; how late it comes is the loop's lag.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "crawler/engine/shard.hpp"
#include "crawler/model/latency_histogram.hpp"

namespace trawl::server {

/// The service's loop asks, and looks; a shard answers on its own thread.
class loop_watch {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr auto every = std::chrono::milliseconds(250);
  static constexpr auto patience = std::chrono::seconds(1);

  /// Both outlive it.
  loop_watch(boost::asio::io_context& loop, engine::shards& shards);

  /// Asks until it is cancelled; spawned once, on the loop.
  boost::asio::awaitable<void> run();

  std::size_t size() const noexcept { return asked_.size(); }
  /// A shard that has owed its sign of life for longer than `patience`.
  bool is_stuck(std::size_t shard, clock::time_point now) const noexcept;
  latency_histogram::numbers lag_of(std::size_t shard) const noexcept { return (*answers_)[shard].lag.now(); }
  /// Of the service's own loop.
  latency_histogram::numbers own_lag() const noexcept { return own_.now(); }

 private:
  struct answer {
    latency_histogram lag;
    std::atomic<std::uint64_t> count{0};
  };
  struct question {
    std::uint64_t count = 0;
    clock::time_point at;
  };
  void ask(std::size_t shard, clock::time_point now);

  boost::asio::io_context& loop_;
  engine::shards& shards_;
  std::vector<question> asked_;
  std::shared_ptr<std::vector<answer>> answers_;  // shared with what is posted, which may run after the watch is gone
  latency_histogram own_;
};

}  // namespace trawl::server
