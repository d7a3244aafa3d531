#include "crawler/net/h2/multiplex_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/support/h2_peer.hpp"

namespace trawl::net::h2 {
namespace {

using testing::memory_stream;

struct made {
  std::shared_ptr<memory_stream> wire;
  multiplex_ptr h2;
};

made make(boost::asio::io_context& loop) {
  auto wire = std::make_shared<memory_stream>(loop.get_executor());
  return {wire, std::make_shared<multiplex>(loop.get_executor(), wire)};
}

TEST(MultiplexPool, HandsOutOneConnectionARoute) {
  boost::asio::io_context loop;
  multiplex_pool pool;
  EXPECT_EQ(pool.take("a"), nullptr);
  const made first = make(loop), second = make(loop), other = make(loop);
  EXPECT_EQ(pool.keep("a", first.h2), first.h2);
  EXPECT_EQ(pool.keep("a", second.h2), first.h2);
  EXPECT_EQ(pool.keep("b", other.h2), other.h2);
  EXPECT_EQ(pool.take("a"), first.h2);
  EXPECT_EQ(pool.take("a"), first.h2);
  EXPECT_EQ(pool.take("b"), other.h2);
}

TEST(MultiplexPool, DropsWhatTakesNoMore) {
  boost::asio::io_context loop;
  multiplex_pool pool;
  const made first = make(loop), second = make(loop);
  pool.keep("a", first.h2);
  first.wire->hang_up();
  loop.poll();
  EXPECT_EQ(pool.take("a"), nullptr);
  EXPECT_EQ(pool.size(), 0U);
  EXPECT_EQ(pool.keep("a", second.h2), second.h2);
}

TEST(MultiplexPool, ClosesWhatIsIdle) {
  boost::asio::io_context loop;
  multiplex_pool pool;
  made one = make(loop);
  pool.keep("a", std::move(one.h2));
  pool.close_idle();
  EXPECT_TRUE(one.wire->is_closed());
  EXPECT_EQ(pool.size(), 0U);
}

TEST(MultiplexPool, KeepsWhatIsBusyWhenItIsFull) {
  boost::asio::io_context loop;
  multiplex_pool pool(4);
  std::vector<made> all;
  for (int i = 0; i < 4; ++i) pool.keep(std::to_string(i), all.emplace_back(make(loop)).h2);
  request r;
  r.url = "https://h.example/";
  const auto target = url::parse(r.url);
  const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
  boost::asio::co_spawn(loop, all[0].h2->exchange(r, *target, {.first_byte = soon, .total = soon, .wants_body = {}}), boost::asio::detached);
  loop.poll();
  const made fresh = make(loop);
  EXPECT_EQ(pool.keep("fresh", fresh.h2), fresh.h2);
  EXPECT_EQ(pool.take("0"), all[0].h2);
  EXPECT_EQ(pool.take("fresh"), fresh.h2);
  EXPECT_LE(pool.size(), 4U);
}

TEST(MultiplexPool, RemembersWhoWantsHttp1) {
  boost::asio::io_context loop;
  multiplex_pool pool(10, 2);
  const made one = make(loop);
  pool.keep("a", one.h2);
  EXPECT_FALSE(pool.wants_http1("a"));
  pool.mark_http1("a");
  EXPECT_TRUE(pool.wants_http1("a"));
  EXPECT_EQ(pool.take("a"), nullptr);
  EXPECT_TRUE(one.wire->is_closed());
  pool.mark_http1("b");
  pool.mark_http1("c");
  EXPECT_TRUE(pool.wants_http1("c"));
  EXPECT_FALSE(pool.wants_http1("a"));
}

}  // namespace
}  // namespace trawl::net::h2
