#include "crawler/net/rate_window.hpp"

#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::script;

TEST(RateWindow, IsFullBeforeItJudges) {
  rate_window w(100, 30s);
  EXPECT_EQ(w.step_length(), 5s);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(w.step()) << i;
  EXPECT_TRUE(w.step());
}

TEST(RateWindow, TakesTheWholeWindowTogether) {  // 100 B/s over 30 s are 3000 bytes
  rate_window w(100, 30s);
  w.add(3000);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(w.step()) << i;
  EXPECT_TRUE(w.step());  // what came at first has left the window
  rate_window steady(100, 30s);
  for (int i = 0; i < 50; ++i) {
    steady.add(500);
    EXPECT_FALSE(steady.step()) << i;
  }
  steady.add(499);
  EXPECT_TRUE(steady.step());
}

CO_TEST(MinRate, EndsAnAnswerThatDripsAndNoOther) {
  site::server s([](const site::seen_request& r) {
    const std::string head = site::head(200, "Content-Length: 3000\r\n");
    return r.target == "/drip" ? script({site::send(head), site::drip(std::string(3000, 'x'), 1, 20ms)}) : script({site::send(head), site::drip(std::string(3000, 'x'), 200, 20ms)});
  });
  client c = open_client(loop);
  exchange_options o = quick_options();
  o.timeout.total = 4s;
  o.min_rate = 1000;
  o.rate_window = 200ms;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(co_await c.exchange(get(s.url("/drip")), o)), errc::timeout_too_slow);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  for (int i = 0; i < 2; ++i) {
    const auto r = co_await c.exchange(get(s.url("/steady")), o);
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body.size(), 3000U);
  }
  EXPECT_EQ(s.connections().size(), 2U);  // the one that was in time is kept
}

}  // namespace
}  // namespace trawl::net
