#include "crawler/net/dns/resolver.hpp"

#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"

namespace trawl::net {
namespace {

using namespace std::chrono_literals;

std::chrono::steady_clock::time_point soon() { return std::chrono::steady_clock::now() + 2s; }

CO_TEST(Resolver, AnAddressStandsForItself) {
  resolver names(loop, {});
  for (const char* host : {"192.0.2.7", "[2001:db8::1]"}) {
    const auto found = co_await names.resolve(host, soon());
    CO_ASSERT(found.has_value());
    EXPECT_EQ(found->size(), 1U);
  }
}

CO_TEST(Resolver, FixedNamesGoWhereTheJobSays) {
  resolver names(loop, {.fixed = {{"shop.test", "127.0.0.2"}, {"six.test", "::1"}, {"brackets.test", "[::1]"}}});
  const auto four = co_await names.resolve("shop.test", soon());
  CO_ASSERT(four.has_value());
  EXPECT_EQ(four->front().to_string(), "127.0.0.2");
  for (const char* host : {"six.test", "brackets.test"}) {
    const auto six = co_await names.resolve(host, soon());
    CO_ASSERT(six.has_value());
    EXPECT_EQ(six->front().to_string(), "::1");
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

}  // namespace
}  // namespace trawl::net
