#include "crawler/frontier/memory/memory_log.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace trawl::frontier {
namespace {

using task = boost::asio::awaitable<void>;

TEST(MemoryLog, AppendWaitsForASlowReader) {
  boost::asio::io_context io;
  memory_log log({.max_bytes = 1000, .max_entries = 2});
  std::uint64_t written = 0;
  boost::asio::co_spawn(io, [&]() -> task {
    for (int i = 0; i < 5; ++i) written = co_await log.append("{\"seq\":0}", true);
    log.close();
  }, [](std::exception_ptr) {});
  io.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(written, 2u);
  std::uint64_t read = 0;
  boost::asio::co_spawn(io, [&]() -> task {
    while (auto entry = co_await log.read(read)) {
      EXPECT_EQ(entry->seq, read + 1);
      read = entry->seq;
    }
  }, [](std::exception_ptr) {});
  io.restart();
  io.run_for(std::chrono::seconds(5));
  EXPECT_EQ(read, 5u);
}

}  // namespace
}  // namespace trawl::frontier
