#include "crawler/engine/shard.hpp"

#include <algorithm>

#include "crawler/async/memory_limit.hpp"

namespace trawl::engine {

shard::shard() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

void shard::stop() {
  work_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

std::size_t shard::run_out() {
  context_.restart();
  return context_.poll();
}

namespace {
unsigned count_or_cores(unsigned count) { return count != 0 ? count : std::max(1U, std::thread::hardware_concurrency()); }
}  // namespace

shards::shards(unsigned count) : bodies_(async::memory_limit() / 2), cpu_(count_or_cores(count)) {
  while (all_.size() < count_or_cores(count)) all_.push_back(std::make_unique<shard>());
}

/// What waits in one loop's queue may hold the last reference to a run, and with it timers of another: all queues are empty before the
/// first loop goes.
shards::~shards() {
  cpu_.join();
  for (const auto& each : all_) each->stop();
  for (std::size_t ran = 1; ran > 0;) {
    ran = 0;
    for (const auto& each : all_) ran += each->run_out();
  }
}

}  // namespace trawl::engine
