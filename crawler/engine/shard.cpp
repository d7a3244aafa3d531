#include "crawler/engine/shard.hpp"

namespace trawl::engine {

shard::shard() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

shard::~shard() {
  work_.reset();
  context_.stop();
  thread_.join();
}

}  // namespace trawl::engine
