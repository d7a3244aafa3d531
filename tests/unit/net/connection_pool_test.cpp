#include "crawler/net/connection_pool.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/co_test.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using asio::ip::tcp;
using site::script;

/// Both ends of a connection.
struct both_ends {
  explicit both_ends(asio::io_context& loop) : far(loop) {
    tcp::acceptor at(loop, {asio::ip::address_v4::loopback(), 0});
    far.connect(at.local_endpoint());
    near = std::make_shared<connection>(at.accept());
  }
  tcp::socket far;
  connection_ptr near;
};

TEST(ConnectionPool, HandsOutWhatWasUsedLastByRoute) {
  asio::io_context loop;
  const both_ends a(loop), b(loop), other(loop);
  connection_pool pool;
  pool.give_back("r", a.near);
  pool.give_back("r", b.near);
  pool.give_back("other", other.near);
  EXPECT_EQ(pool.size(), 3U);
  EXPECT_EQ(pool.take("r"), b.near);
  EXPECT_EQ(pool.take("r"), a.near);
  EXPECT_EQ(pool.take("r"), nullptr);
  EXPECT_EQ(pool.take("other"), other.near);
  EXPECT_EQ(pool.size(), 0U);
}

TEST(ConnectionPool, LeavesOutWhatHasBecomeUnfit) {
  asio::io_context loop;
  both_ends spoke(loop), ended(loop), good(loop), idle(loop), old(loop), promised(loop);
  connection_pool pool;
  pool.give_back("r", good.near);
  for (const auto& c : {spoke.near, ended.near, idle.near, old.near, promised.near}) pool.give_back("r", c);
  spoke.far.send(asio::buffer("unasked", 7));
  ended.far.close();
  idle.near->idle_since -= 61s;
  old.near->born -= 301s;
  promised.near->may_idle = 0s;
  EXPECT_EQ(pool.take("r"), good.near);
  EXPECT_EQ(pool.size(), 0U);
}

TEST(ConnectionPool, LetsAConnectionServeItsNumberOfExchanges) {
  asio::io_context loop;
  const both_ends one(loop);
  connection_pool pool({.exchanges = 3});
  for (int i = 0; i < 2; ++i) {
    pool.give_back("r", one.near);
    EXPECT_EQ(pool.take("r"), one.near);
  }
  pool.give_back("r", one.near);
  EXPECT_EQ(pool.take("r"), nullptr);
}

TEST(ConnectionPool, FullOneClosesTheOlderHalf) {
  asio::io_context loop;
  connection_pool pool({.connections = 10});
  std::vector<std::unique_ptr<both_ends>> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(std::make_unique<both_ends>(loop));
    pool.give_back("route " + std::to_string(i), all.back()->near);
    EXPECT_LE(pool.size(), 10U);
  }
  EXPECT_EQ(pool.take("route 29"), all[29]->near);
  EXPECT_EQ(pool.take("route 0"), nullptr);
}

/// A server that ends idle connections when it likes, often just as the next request is on its way: each answer is followed by a pause
/// that is sometimes shorter and sometimes longer than the client's own.
asio::awaitable<void> race_of_closings(asio::io_context& loop, int requests) {
  std::mt19937 random(20240607);
  site::server s([&](const site::seen_request&) {
    const auto dice = random() % 4;
    if (dice == 0) return script({site::send(site::page("ok").bytes), site::close()});
    if (dice == 1) return script({site::send(site::page("ok").bytes), site::pause(std::chrono::milliseconds(random() % 3)), random() % 2 == 0 ? site::close() : site::reset()});
    return site::page("ok");
  });
  client c = open_client(loop);
  asio::steady_timer pause(loop);
  int lost = 0;
  for (int i = 0; i < requests; ++i) {
    const auto r = co_await c.exchange(get(s.url("/" + std::to_string(i))), quick_options());
    if (!r || r->body != "ok") ++lost;
    pause.expires_after(std::chrono::microseconds(random() % 500));
    co_await pause.async_wait(asio::use_awaitable);
  }
  EXPECT_EQ(lost, 0);
  std::map<std::string, int> times;
  int most = 0;
  for (const auto& r : s.log()) most = std::max(most, ++times[r.target]);
  EXPECT_EQ(times.size(), static_cast<std::size_t>(requests));
  EXPECT_LE(most, 2);
  EXPECT_GT(s.connections().size(), static_cast<std::size_t>(requests) / 10);
}

asio::awaitable<void> short_race(asio::io_context& loop) { return race_of_closings(loop, 500); }
asio::awaitable<void> long_race(asio::io_context& loop) { return race_of_closings(loop, 10'000); }

TEST(KeepAlive, ServerThatClosesAtRandomLosesNothing) { testing::run_to_end(&short_race); }                                      // RFC 9112, 9.3.1
TEST(KeepAliveNightly, TenThousandRequestsToAServerThatClosesAtRandom) { testing::run_to_end(&long_race, std::chrono::minutes(5)); }

}  // namespace
}  // namespace trawl::net
