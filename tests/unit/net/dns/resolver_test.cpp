#include "crawler/net/dns/resolver.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>

#include "tests/support/co_test.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/peer.hpp"

namespace trawl::net {
namespace {

using namespace std::chrono_literals;
using testing::dns_reply;
using testing::dns_server;

std::chrono::steady_clock::time_point soon(std::chrono::milliseconds length = 2s) { return std::chrono::steady_clock::now() + length; }

asio::ip::address ip(const char* text) { return asio::ip::make_address(text); }

resolver_settings asking(const dns_server& server) { return {.fixed = {}, .servers = server.address(), .hosts_file = ""}; }

asio::awaitable<void> sleep_for(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

CO_TEST(Resolver, AnAddressStandsForItself) {
  resolver names(loop, {});
  for (const char* host : {"192.0.2.7", "[2001:db8::1]"}) {
    const auto found = co_await names.resolve(host, soon());
    CO_ASSERT(found.has_value());
    EXPECT_EQ(found->size(), 1U);
  }
}

CO_TEST(Resolver, FixedNamesGoWhereTheJobSays) {
  resolver names(loop, {.fixed = {{"shop.test", "127.0.0.2"}, {"six.test", "::1"}, {"brackets.test", "[::1]"}, {"UPPER.test", "127.0.0.3"}}});
  for (const auto& [host, address] : std::vector<std::pair<std::string, std::string>>{{"shop.test", "127.0.0.2"}, {"six.test", "::1"}, {"brackets.test", "::1"}, {"upper.test", "127.0.0.3"}}) {
    const auto found = co_await names.resolve(host, soon());
    CO_ASSERT(found.has_value());
    EXPECT_EQ(found->front().to_string(), address);
  }
}

CO_TEST(Resolver, LocalhostIsLoopbackWithoutAsking) {  // RFC 6761, 6.3
  resolver names(loop, {});
  for (const char* host : {"localhost", "a.localhost", "localhost."}) {
    const auto found = co_await names.resolve(host, soon());
    CO_ASSERT(found.has_value());
    for (const auto& address : *found) EXPECT_TRUE(address.is_loopback()) << host;
  }
}

CO_TEST(Resolver, NameThatDnsCannotHoldFailsWithoutAsking) {
  resolver names(loop, {});
  const auto found = co_await names.resolve(std::string(64, 'a') + ".test", soon());  // RFC 1035, 2.3.4: a label has at most 63 octets
  CO_ASSERT(!found.has_value());
  EXPECT_EQ(found.error().code, errc::dns_failed);
}

CO_TEST(Resolver, HostsFileComesBeforeDns) {
  const auto file = std::filesystem::temp_directory_path() / ("trawl-hosts-" + std::to_string(::getpid()));
  std::ofstream(file) << "# ours\n127.0.0.9 listed.test Alias.Test # both\n::9\tlisted.test\nnonsense line\n";
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.code = 3}; });
  resolver names(loop, {.fixed = {}, .servers = server.address(), .hosts_file = file.string()});
  const auto listed = co_await names.resolve("listed.test", soon());
  const auto alias = co_await names.resolve("alias.test.", soon());
  std::filesystem::remove(file);
  CO_ASSERT(listed && alias);
  EXPECT_EQ(*listed, (addresses{ip("127.0.0.9"), ip("::9")}));
  EXPECT_EQ(*alias, addresses{ip("127.0.0.9")});
  EXPECT_EQ(server.asked("listed.test"), 0U);
}

CO_TEST(Resolver, BothFamiliesAreAskedForAndKept) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{{ip("192.0.2.1"), ip("2001:db8::1"), ip("192.0.2.2")}}; });
  resolver names(loop, asking(server));
  for (int i = 0; i < 3; ++i) {
    const auto found = co_await names.resolve("both.test", soon());
    CO_ASSERT(found.has_value());
    EXPECT_EQ(*found, (addresses{ip("192.0.2.1"), ip("192.0.2.2"), ip("2001:db8::1")}));
  }
  EXPECT_EQ(server.asked("both.test"), 1U);
  EXPECT_EQ(server.asked("both.test", true), 1U);
}

CO_TEST(Resolver, NameThatFlipsStaysWhereItWasChecked) {  // DNS rebinding: TTL 0 is kept a minute
  const dns_server server([](const auto&, bool, std::size_t before) { return dns_reply{.found = {before == 0 ? ip("192.0.2.1") : ip("127.0.0.1")}, .ttl = 0}; });
  resolver names(loop, asking(server));
  for (int i = 0; i < 2; ++i) {
    const auto found = co_await names.resolve("flips.test", soon());
    CO_ASSERT(found.has_value());
    EXPECT_EQ(*found, addresses{ip("192.0.2.1")});
  }
}

CO_TEST(Resolver, FailuresHaveTheirCodesAndOnlyTheServersWordIsKept) {
  const dns_server server([](const std::string& name, bool, std::size_t) { return name == "none.test" ? dns_reply{.code = 3} : name == "empty.test" ? dns_reply{} : dns_reply{.code = 2}; });
  resolver names(loop, asking(server));
  for (int i = 0; i < 2; ++i)
    for (const auto& [host, code] : std::vector<std::pair<std::string, errc>>{{"none.test", errc::dns_not_found}, {"empty.test", errc::dns_not_found}, {"broken.test", errc::dns_failed}}) {
      const auto found = co_await names.resolve(host, soon());
      CO_ASSERT(!found.has_value());
      EXPECT_EQ(found.error().code, code) << host;
    }
  EXPECT_EQ(server.asked("none.test"), 1U);
  EXPECT_GT(server.asked("broken.test"), 1U);
}

CO_TEST(Resolver, FamilyThatIsLateIsNotWaitedForLong) {  // RFC 8305, 3
  const dns_server server([](const auto&, bool v6, std::size_t) { return v6 ? dns_reply{.silent = true} : dns_reply{{ip("192.0.2.1")}}; });
  resolver names(loop, asking(server));
  const auto begin = std::chrono::steady_clock::now();
  const auto found = co_await names.resolve("lame.test", soon());
  CO_ASSERT(found.has_value());
  EXPECT_EQ(*found, addresses{ip("192.0.2.1")});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

CO_TEST(Resolver, QuestionsForOneNameAreOne) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.found = {ip("192.0.2.1")}, .pause = 50ms}; });
  resolver names(loop, asking(server));
  int ended = 0;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(loop, names.resolve("shared.test", soon()), [&](std::exception_ptr, const result<addresses>& found) { ended += found ? 1 : 0; });
  for (int i = 0; i < 100 && ended < 20; ++i) co_await sleep_for(10ms);
  EXPECT_EQ(ended, 20);
  EXPECT_EQ(server.asked("shared.test"), 1U);
}

CO_TEST(Resolver, NamesThatHangDelayNoOther) {
  const dns_server server([](const std::string& name, bool, std::size_t) { return name.starts_with("hang") ? dns_reply{.silent = true} : dns_reply{{ip("192.0.2.1")}}; });
  resolver names(loop, asking(server));
  for (int i = 0; i < 1000; ++i) {
    asio::co_spawn(loop, names.resolve("hang" + std::to_string(i) + ".test", soon(4s)), asio::detached);
    if (i % 50 == 49) co_await sleep_for(5ms);  // no more at once than the server's socket holds
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const auto found = co_await names.resolve("quick" + std::to_string(i) + ".test", soon());
    EXPECT_TRUE(found.has_value()) << i;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);  // one that waited for a hanging one would take four
}

CO_TEST(Resolver, DeadlineIsATimeOut) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.silent = true}; });
  resolver names(loop, asking(server));
  const auto begin = std::chrono::steady_clock::now();
  const auto found = co_await names.resolve("hangs.test", soon(100ms));
  CO_ASSERT(!found.has_value());
  EXPECT_EQ(found.error().code, errc::dns_timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

CO_TEST(Resolver, AnswerToAnotherQuestionIsNone) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.found = {ip("192.0.2.66")}, .wrong_id = true}; });
  resolver names(loop, asking(server));
  const auto found = co_await names.resolve("spoofed.test", soon(200ms));
  CO_ASSERT(!found.has_value());
  EXPECT_EQ(found.error().code, errc::dns_timeout);
}

CO_TEST(Resolver, WhoIsCancelledLeavesAtOnceAndTheOthersStay) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.found = {ip("192.0.2.1")}, .pause = 100ms}; });
  resolver names(loop, asking(server));
  asio::cancellation_signal stop;
  std::optional<errc> first;
  bool second = false;
  asio::co_spawn(loop, names.resolve("slow.test", soon()), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, const result<addresses>& r) { first = r ? errc::internal : r.error().code; }));
  asio::co_spawn(loop, names.resolve("slow.test", soon()), [&](std::exception_ptr, const result<addresses>& r) { second = r.has_value(); });
  co_await sleep_for(20ms);
  stop.emit(asio::cancellation_type::terminal);
  co_await sleep_for(10ms);
  EXPECT_EQ(first, errc::cancelled);
  EXPECT_FALSE(second);
  for (int i = 0; i < 100 && !second; ++i) co_await sleep_for(10ms);
  EXPECT_TRUE(second);
}

TEST(Resolver, EndsWithQuestionsOpen) {
  const dns_server server([](const auto&, bool, std::size_t) { return dns_reply{.silent = true}; });
  asio::io_context loop;
  {
    resolver names(loop, asking(server));
    asio::co_spawn(loop, names.resolve("open.test", soon()), asio::detached);
    loop.run_for(20ms);
    loop.stop();
  }
  EXPECT_EQ(server.asked("open.test"), 1U);
}

TEST(Resolver, EndsWhileTheLateFamilyIsWaitedFor) {
  const dns_server server([](const auto&, bool v6, std::size_t) { return v6 ? dns_reply{.silent = true} : dns_reply{{ip("192.0.2.1")}}; });
  asio::io_context loop;
  auto names = std::make_unique<resolver>(loop, asking(server));
  asio::co_spawn(loop, names->resolve("open.test", soon(200ms)), asio::detached);
  loop.run_for(20ms);
  names.reset();
  loop.restart();
  loop.run_for(300ms);  // past the 50 ms, after which nobody may be asked any more
  EXPECT_EQ(server.asked("open.test"), 1U);
}

CO_TEST(ResolverWithDnsmasq, AnswersAreItsOwn) {
  CO_SKIP_WITHOUT("dnsmasq");
  const std::uint16_t port = testing::free_port();
  const testing::peer dnsmasq({"dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--log-queries", "--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces",
                               "--listen-address=127.0.0.1", "--port=" + std::to_string(port), "--address=/shop.test/192.0.2.7", "--address=/shop.test/2001:db8::7",
                               "--cname=www.cname.test,target.cname.test", "--host-record=target.cname.test,192.0.2.8", "--address=/none.test/"},
                              port);
  resolver names(loop, {.fixed = {}, .servers = "127.0.0.1:" + std::to_string(port), .hosts_file = ""});
  const auto shop = co_await names.resolve("shop.test", soon());
  const auto alias = co_await names.resolve("www.cname.test", soon());
  const auto none = co_await names.resolve("none.test", soon());
  CO_ASSERT(shop && alias && !none);
  EXPECT_EQ(*shop, (addresses{ip("192.0.2.7"), ip("2001:db8::7")}));
  EXPECT_EQ(*alias, addresses{ip("192.0.2.8")});
  EXPECT_EQ(none.error().code, errc::dns_not_found);
}

}  // namespace
}  // namespace trawl::net
