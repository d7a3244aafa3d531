#include "crawler/engine/shard.hpp"

#include <algorithm>

namespace trawl::engine {

shard::shard() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

shard::~shard() {
  work_.reset();
  context_.stop();
  thread_.join();
}

shards::shards(unsigned count) {
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  while (all_.size() < count) all_.push_back(std::make_unique<shard>());
}

}  // namespace trawl::engine
