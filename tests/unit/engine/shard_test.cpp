#include "crawler/engine/shard.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace trawl::engine {
namespace {

/// Has a timer on one shard, and is held by whatever is posted to the other ones, as the inside of a crawl is.
struct run_like {
  run_like(boost::asio::io_context& on, bool& gone) : timer(on), gone(gone) {}
  ~run_like() { gone = true; }
  boost::asio::steady_timer timer;
  bool& gone;
};

TEST(Shards, WhatAStoppedLoopHasNotReachedIsRunBeforeAnyLoopGoes) {
  bool gone = false, ran = false;
  {
    shards all(2);
    boost::asio::post(all[1].context(), [] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); });  // it is stopped behind this
    boost::asio::post(all[1].context(), [run = std::make_shared<run_like>(all[0].context(), gone), &ran] { ran = true; });
  }
  EXPECT_TRUE(ran);
  EXPECT_TRUE(gone);
}

TEST(Shards, PostsFromLoopToLoopEndToo) {
  int hops = 0;
  {
    shards all(3);
    struct hopper {
      shards& all;
      int& hops;
      void operator()() const {
        if (++hops < 10) boost::asio::post(all[static_cast<std::size_t>(hops) % 3].context(), *this);
      }
    };
    boost::asio::post(all[0].context(), [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      boost::asio::post(all[1].context(), hopper{all, hops});
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(hops, 10);
}

}  // namespace
}  // namespace trawl::engine
