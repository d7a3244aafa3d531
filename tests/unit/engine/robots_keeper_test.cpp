#include "crawler/engine/robots_keeper.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "tests/support/co_test.hpp"
#include "tests/support/scripted_fetch.hpp"

namespace trawl::engine {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using frontier::admission;
using testing::answer_of;

/// A keeper on a clock that is moved by hand, and a server that answers by a script.
struct keeping {
  explicit keeping(asio::io_context& on) : loop(on), tasks(on.get_executor()) {}

  /// What is said of the URL once robots.txt has been asked for as often as it is due.
  asio::awaitable<admission> say(const char* address = "http://site.example/private/x") {
    const auto target = url::parse(address);
    for (int turns = 0; turns < 100; ++turns) {
      admission says = keeper.check(*target);
      if (says.is == admission::kind::go || says.is == admission::kind::refuse) co_return says;
      co_await asio::post(loop, asio::use_awaitable);
    }
    ADD_FAILURE() << "robots.txt is asked for, and no answer comes";
    co_return admission{};
  }
  asio::awaitable<bool> allows() {
    const admission says = co_await say();
    co_return says.is == admission::kind::go;
  }

  asio::io_context& loop;
  async::manual_clock time;
  frontier::host_gates gates;
  frontier::ledger books{8, 0};
  config::job job;
  testing::scripted_fetch server;
  async::gate tasks;
  side_fetch asking{server.function(), time, {books, 0}, [this](const std::string& host) -> frontier::host_gate& { return gates.gate(host); }, [](const std::string&) {}};
  robots_keeper keeper{gates, asking, [this](std::string address) { return hop(std::move(address)); }, job, tasks, [](const std::string&) {}};

  asio::awaitable<result<response>> hop(std::string address) {
    request_permit slot;
    co_return co_await asking(std::move(address), slot);
  }
};

const std::string forbids = "User-agent: *\nDisallow: /private/\n";

// RFC 9309, 2.4: no copy is used for more than 24 hours.
CO_TEST(RobotsKeeper, CopyIsUsedForADayAndThenReadAnew) {
  keeping k(loop);
  k.server.then(answer_of(200, {}, forbids)).then(answer_of(404));
  EXPECT_FALSE(co_await k.allows());
  k.time.advance(23h);
  EXPECT_FALSE(co_await k.allows());
  EXPECT_EQ(k.server.asked().size(), 1U);
  k.time.advance(1h);
  EXPECT_TRUE(co_await k.allows());
  EXPECT_EQ(k.server.asked().size(), 2U);
}

CO_TEST(RobotsKeeper, CacheControlMakesItReadAnewSooner) {
  keeping k(loop);
  k.server.then(answer_of(200, {{"Cache-Control", "max-age=7200"}}, forbids)).then(answer_of(200));
  EXPECT_FALSE(co_await k.allows());
  k.time.advance(2h);
  EXPECT_TRUE(co_await k.allows());
}

// RFC 9309, 2.3.1.4: a cached copy may stand in for one that has become unreachable; after some 30 days nothing may be fetched.
CO_TEST(RobotsKeeper, OldCopyStandsInWhileItCanNotBeReadForThirtyDays) {
  keeping k(loop);
  k.server.then(answer_of(200, {}, "User-agent: *\nAllow: /private/x\nDisallow: /\n"));
  EXPECT_TRUE(co_await k.allows());
  k.server.then(answer_of(503));
  k.time.advance(24h);
  EXPECT_TRUE(co_await k.allows());
  k.server.then(fail(errc::connect_refused));
  k.time.advance(28 * 24h);
  EXPECT_TRUE(co_await k.allows());
  k.server.then(answer_of(503));
  k.time.advance(2 * 24h);
  const admission says = co_await k.say();
  CO_ASSERT(says.is == admission::kind::refuse);
  EXPECT_EQ(says.refused->code, errc::robots_unreachable);
  EXPECT_EQ(says.refused->detail, "robots.txt was answered with 503");
}

CO_TEST(RobotsKeeper, UnreachableOneIsAskedAgainAfterAMinuteThenTwo) {
  keeping k(loop);
  k.server.then(answer_of(500));
  EXPECT_FALSE(co_await k.allows());
  k.time.advance(59s);
  EXPECT_FALSE(co_await k.allows());
  EXPECT_EQ(k.server.asked().size(), 1U);
  k.server.then(answer_of(500));
  k.time.advance(1s);
  EXPECT_FALSE(co_await k.allows());
  k.time.advance(119s);
  EXPECT_FALSE(co_await k.allows());
  EXPECT_EQ(k.server.asked().size(), 2U);
  k.server.then(answer_of(404));
  k.time.advance(1s);
  EXPECT_TRUE(co_await k.allows());
}

CO_TEST(RobotsKeeper, OneThatBrokeOffIsNotObeyedHalf) {
  keeping k(loop);
  response half = answer_of(200, {}, "User-agent: *\n");
  half.truncated = truncation::disconnect;
  k.server.then(std::move(half));
  const admission says = co_await k.say();
  CO_ASSERT(says.is == admission::kind::refuse);
  EXPECT_EQ(says.refused->detail, "robots.txt broke off");
}

// RFC 9309, 2.3.1.2: at least five consecutive redirects are followed; the rules apply to where they were asked for.
CO_TEST(RobotsKeeper, FiveRedirectsAreFollowedAndASixthIsNoAnswer) {
  keeping k(loop);
  for (int hop = 1; hop <= 5; ++hop) k.server.then(answer_of(301, {{"Location", "http://" + std::to_string(hop) + ".example/r"}}));
  k.server.then(answer_of(200, {}, forbids));
  EXPECT_FALSE(co_await k.allows());
  EXPECT_EQ(k.server.asked().back().url, "http://5.example/r");
  k.time.advance(24h);
  for (int hop = 1; hop <= 6; ++hop) k.server.then(answer_of(301, {{"Location", "/r"}}));
  EXPECT_FALSE(co_await k.allows());  // the copy of before
  k.time.advance(30 * 24h);
  for (int hop = 1; hop <= 6; ++hop) k.server.then(answer_of(301, {{"Location", "/r"}}));
  const admission says = co_await k.say();
  CO_ASSERT(says.is == admission::kind::refuse);
  EXPECT_EQ(says.refused->code, errc::robots_unreachable);
}

CO_TEST(RobotsKeeper, EachOriginHasItsOwn) {
  keeping k(loop);
  k.server.then(answer_of(200, {}, forbids)).then(answer_of(404));
  EXPECT_FALSE(co_await k.allows());
  const admission says = co_await k.say("http://site.example:8080/private/x");
  EXPECT_EQ(says.is, admission::kind::go);
}

}  // namespace
}  // namespace trawl::engine
