// One connection: what is read and written, and its deadline.
#include "crawler/net/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/co_test.hpp"

namespace trawl::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using std::chrono::steady_clock;

/// A connection and who is at its other end.
struct ends {
  connection_ptr near;
  tcp::socket far;
};

ends connected(asio::io_context& loop) {
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  tcp::socket near(loop);
  near.connect(acceptor.local_endpoint());
  tcp::socket far = acceptor.accept();
  return {std::make_shared<connection>(std::move(near)), std::move(far)};
}

asio::awaitable<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

CO_TEST(Connection, DeadlineThatIsPutOffHoldsLater) {
  const ends e = connected(loop);
  const auto begin = steady_clock::now();
  e.near->deadline(begin + 20ms, errc::timeout_first_byte);
  e.near->deadline(begin + 80ms, errc::timeout_total);
  std::string into;
  const auto got = co_await e.near->read(into);
  CO_ASSERT(!got.has_value());
  EXPECT_EQ(got.error().code, errc::timeout_total);
  EXPECT_GE(steady_clock::now() - begin, 80ms);
}

CO_TEST(Connection, DeadlineThatIsBroughtForwardHoldsEarlier) {
  const ends e = connected(loop);
  const auto begin = steady_clock::now();
  e.near->deadline(begin + 1h, errc::timeout_total);
  e.near->deadline(begin + 20ms, errc::timeout_first_byte);
  std::string into;
  const auto got = co_await e.near->read(into);
  CO_ASSERT(!got.has_value());
  EXPECT_EQ(got.error().code, errc::timeout_first_byte);
}

CO_TEST(Connection, DeadlineThatIsLiftedEndsNothingAndCanBeSetAgain) {
  const ends e = connected(loop);
  e.near->deadline(steady_clock::now() + 10ms, errc::timeout_first_byte);
  e.near->no_deadline();
  co_await sleep(40ms);
  EXPECT_TRUE(e.near->is_quiet());
  for (const auto late : {30ms, 10ms}) e.near->deadline(steady_clock::now() + late, errc::timeout_total);
  std::string into;
  const auto got = co_await e.near->read(into);
  CO_ASSERT(!got.has_value());
  EXPECT_EQ(got.error().code, errc::timeout_total);
  EXPECT_FALSE(e.near->is_quiet());
}

// A socket takes so much at once and no more: the rest goes when the other side has read.
CO_TEST(Connection, WriteGoesOnWhereTheSocketIsFull) {
  ends e = connected(loop);
  std::string sent;
  for (std::uint32_t i = 0; sent.size() < (8U << 20); ++i) sent += std::to_string(i);
  bool written = false;
  asio::co_spawn(loop, e.near->write(sent), [&written](std::exception_ptr, const result<void>& done) { written = done.has_value(); });
  co_await sleep(1ms);
  EXPECT_FALSE(written);
  std::string received(sent.size(), '\0');
  co_await asio::async_read(e.far, asio::buffer(received), asio::use_awaitable);
  for (int i = 0; i < 1000 && !written; ++i) co_await sleep(1ms);
  EXPECT_TRUE(written);
  EXPECT_TRUE(received == sent);
}

CO_TEST(Connection, ReadsBehindWhatIsThereAndNoMoreThanAskedFor) {
  ends e = connected(loop);
  asio::write(e.far, asio::buffer("abcdef", 6));
  std::string into = "x";
  EXPECT_EQ(co_await e.near->read(into, 4), 4U);
  EXPECT_EQ(into, "xabcd");
  EXPECT_EQ(co_await e.near->read(into), 2U);
  EXPECT_EQ(into, "xabcdef");
  e.far.close();
  EXPECT_EQ(co_await e.near->read(into), 0U);
  EXPECT_EQ(into, "xabcdef");
}

CO_TEST(Connection, PeerIsKnownAfterItsEnd) {
  ends e = connected(loop);
  e.near->close();
  EXPECT_EQ(e.near->peer(), "127.0.0.1");
  co_return;
}

}  // namespace
}  // namespace trawl::net
