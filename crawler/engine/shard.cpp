#include "crawler/engine/shard.hpp"

#include <algorithm>

namespace trawl::engine {

shard::shard() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

shard::~shard() {
  work_.reset();
  context_.stop();
  thread_.join();
}

namespace {
unsigned count_or_cores(unsigned count) { return count != 0 ? count : std::max(1U, std::thread::hardware_concurrency()); }
}  // namespace

shards::shards(unsigned count) : cpu_(count_or_cores(count)) {
  while (all_.size() < count_or_cores(count)) all_.push_back(std::make_unique<shard>());
}

}  // namespace trawl::engine
