#include "crawler/net/happy_eyeballs.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/support/co_test.hpp"
#include "tests/support/peer.hpp"

namespace trawl::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using std::chrono::steady_clock;

asio::ip::address ip(const char* text) { return asio::ip::make_address(text); }
tcp::endpoint closed_port() { return {asio::ip::address_v4::loopback(), testing::free_port()}; }

/// A port whose queue is full: what connects there hears nothing.
class black_hole {
 public:
  explicit black_hole(asio::io_context& loop) : listener_(loop), first_(loop), second_(loop) {
    listener_.open(tcp::v4());
    listener_.bind({asio::ip::address_v4::loopback(), 0});
    listener_.listen(0);
    first_.connect(where());
    second_.async_connect(where(), [](boost::system::error_code) {});
  }
  tcp::endpoint where() const { return listener_.local_endpoint(); }

 private:
  tcp::acceptor listener_;
  tcp::socket first_, second_;
};

TEST(Rfc8305, FamiliesAreTriedInTurns) {  // 4
  const std::vector<asio::ip::address> found = {ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3"), ip("2001:db8::1"), ip("2001:db8::2")};
  EXPECT_EQ(in_turns(found, false), (std::vector{ip("2001:db8::1"), ip("192.0.2.1"), ip("2001:db8::2"), ip("192.0.2.2"), ip("192.0.2.3")}));
  EXPECT_EQ(in_turns(found, true), (std::vector{ip("192.0.2.1"), ip("2001:db8::1"), ip("192.0.2.2"), ip("2001:db8::2"), ip("192.0.2.3")}));
  EXPECT_TRUE(in_turns({}, false).empty());
}

TEST(FamilyMemory, PrefersIpv4ForTenMinutesAfterItHasWonAgainstIpv6) {
  const family_memory::time_point start{1h};
  const tcp::endpoint four(ip("192.0.2.1"), 80), six(ip("2001:db8::1"), 80);
  family_memory memory;
  memory.learn({four}, four, start);
  EXPECT_FALSE(memory.prefers_v4(start));  // there was no IPv6 to compare with
  memory.learn({six, four}, four, start);
  EXPECT_TRUE(memory.prefers_v4(start + 599s));
  EXPECT_FALSE(memory.prefers_v4(start + 600s));
  memory.learn({six, four}, four, start);
  memory.learn({four, six}, six, start + 1s);
  EXPECT_FALSE(memory.prefers_v4(start + 2s));
}

CO_TEST(HappyEyeballs, SecondIsTriedWhileTheFirstIsSilent) {
  const black_hole silent(loop);
  tcp::acceptor good(loop, {asio::ip::address_v4::loopback(), 0});
  const auto begin = steady_clock::now();
  const auto socket = co_await connect_first({silent.where(), good.local_endpoint()}, begin + 3s, errc::connect_timeout, 50ms);
  CO_ASSERT(socket.has_value());
  EXPECT_EQ(socket->remote_endpoint(), good.local_endpoint());
  EXPECT_GE(steady_clock::now() - begin, 50ms);
  EXPECT_LT(steady_clock::now() - begin, 1s);
}

CO_TEST(HappyEyeballs, FirstThatAnswersInTimeIsTheOnlyOneAsked) {
  tcp::acceptor first(loop, {asio::ip::address_v4::loopback(), 0}), second(loop, {asio::ip::address_v4::loopback(), 0});
  const auto socket = co_await connect_first({first.local_endpoint(), second.local_endpoint()}, steady_clock::now() + 1s, errc::connect_timeout);
  CO_ASSERT(socket.has_value());
  EXPECT_EQ(socket->remote_endpoint(), first.local_endpoint());
  second.non_blocking(true);
  boost::system::error_code none;
  tcp::socket nobody(loop);
  second.accept(nobody, none);
  EXPECT_EQ(none, asio::error::would_block);
}

CO_TEST(HappyEyeballs, AfterAFailureTheNextIsTriedAtOnce) {
  tcp::acceptor good(loop, {asio::ip::address_v4::loopback(), 0});
  const auto begin = steady_clock::now();
  const auto socket = co_await connect_first({closed_port(), closed_port(), good.local_endpoint()}, begin + 4s, errc::connect_timeout, 2s);
  CO_ASSERT(socket.has_value());
  EXPECT_LT(steady_clock::now() - begin, 1s);
}

CO_TEST(HappyEyeballs, AHostThatRefusedSaysMoreThanANetworkThatIsNotThere) {
  const auto refused = co_await connect_first({closed_port(), {ip("255.255.255.255"), 80}}, steady_clock::now() + 2s, errc::connect_timeout, 1s);
  CO_ASSERT(!refused.has_value());
  EXPECT_EQ(refused.error().code, errc::connect_refused);
}

CO_TEST(HappyEyeballs, EndsAtTheDeadlineWithItsCode) {
  const black_hole silent(loop);
  const auto begin = steady_clock::now();
  const auto late = co_await connect_first({silent.where()}, begin + 100ms, errc::timeout_total);
  CO_ASSERT(!late.has_value());
  EXPECT_EQ(late.error().code, errc::timeout_total);
  EXPECT_LT(steady_clock::now() - begin, 1s);
}

asio::awaitable<errc> fate_of(tcp::endpoint only) {
  const auto socket = co_await connect_first({only}, steady_clock::now() + 4s, errc::connect_timeout);
  co_return socket ? errc::internal : socket.error().code;
}

CO_TEST(HappyEyeballs, IsCancelledAtOnce) {
  const black_hole silent(loop);
  asio::cancellation_signal stop;
  std::optional<errc> code;
  asio::co_spawn(loop, fate_of(silent.where()), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) { code = e; }));
  asio::steady_timer timer(loop, 20ms);
  co_await timer.async_wait(asio::use_awaitable);
  stop.emit(asio::cancellation_type::terminal);
  timer.expires_after(10ms);
  co_await timer.async_wait(asio::use_awaitable);
  EXPECT_EQ(code, errc::cancelled);
}

}  // namespace
}  // namespace trawl::net
