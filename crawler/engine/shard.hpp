// A shard: a thread, the io_context that only it runs, and what that thread alone may touch (connections, DNS, host gates).
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "crawler/frontier/host_gates.hpp"

namespace trawl::engine {

class shard {
 public:
  shard();
  /// Stops the loop at once and joins; crawls on it must have ended.
  ~shard();
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  boost::asio::io_context& context() noexcept { return context_; }
  /// Politeness of every host this shard owns, shared by all its jobs. Shard's thread only.
  frontier::host_gates& gates() noexcept { return gates_; }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  frontier::host_gates gates_;
  std::jthread thread_;
};

}  // namespace trawl::engine
