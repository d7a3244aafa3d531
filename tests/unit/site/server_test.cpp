#include "tests/site/server.hpp"

#include <gtest/gtest.h>

#include "tests/unit/site/raw_client.hpp"

namespace trawl::site {
namespace {

using std::chrono::milliseconds;
constexpr std::string_view get_a = "GET /a HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-twice:  2\r\n\r\n";

reply nothing(const seen_request&) { return script({send("nothing"), close()}); }

TEST(SiteServer, LogsRequestsWithTheirConnection) {
  server s([](const seen_request&) { return reply{"ok"}; });
  raw_client first(s.port()), second(s.port());
  for (raw_client* c : {&first, &second, &first}) {
    c->say(get_a);
    EXPECT_EQ(c->take(2), "ok");
  }
  const auto log = s.log();
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].connection, log[2].connection);
  EXPECT_NE(log[0].connection, log[1].connection);
  EXPECT_LE(log[0].at, log[1].at);
  EXPECT_EQ(log[0].method, "GET");
  EXPECT_EQ(log[0].target, "/a");
  EXPECT_EQ(log[0].header("X-TWICE"), "1");
  EXPECT_EQ(log[0].count("x-twice"), 2U);
  EXPECT_EQ(s.count("/a"), 3U);
  EXPECT_EQ(s.connections().at(log[0].connection - 1).requests, 2U);
}

TEST(SiteServer, RunsAScriptStepByStep) {
  server s(nothing);
  s.on("/a", [](const auto&) { return script({send("one"), pause(milliseconds(30)), drip("abcd", 1, milliseconds(10)), send("end"), close()}); });
  raw_client c(s.port());
  c.say(get_a);
  const auto begin = std::chrono::steady_clock::now();
  const transcript t = c.to_the_end();
  EXPECT_EQ(t.bytes, "oneabcdend");
  EXPECT_EQ(t.end, boost::asio::error::eof);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(65));
}

TEST(SiteServer, ResetIsAReset) {
  server s([](const auto&) { return script({send("x"), pause(milliseconds(20)), reset()}); });
  raw_client c(s.port());
  c.say(get_a);
  EXPECT_EQ(c.to_the_end().end, boost::asio::error::connection_reset);
}

TEST(SiteServer, HalfClosedConnectionStillReads) {
  server s([](const auto&) { return script({send("x"), half_close()}); });
  raw_client c(s.port());
  c.say(get_a);
  EXPECT_EQ(c.to_the_end().bytes, "x");
  c.say(get_a);
  EXPECT_TRUE(s.wait_until([](const server& now) { return now.count("/a") == 2; }));
}

TEST(SiteServer, HangWaitsForTheClientToGo) {
  server s([](const auto&) { return script({hang()}); });
  raw_client c(s.port());
  c.say(get_a);
  ASSERT_TRUE(s.wait_until([](const server& now) { return now.count("/a") == 1; }));
  EXPECT_FALSE(s.connections().at(0).closed);
  c.close();
  ASSERT_TRUE(s.wait_until([](const server& now) { return now.connections().at(0).closed.has_value(); }));
  EXPECT_TRUE(s.connections().at(0).peer_closed);
}

TEST(SiteServer, GreetsBeforeAnythingIsRead) {
  server s(nothing);
  s.on_connect([](std::uint64_t connection) { return connection == 1 ? script({send("garbage"), close()}) : script({}); });
  EXPECT_EQ(raw_client(s.port()).to_the_end().bytes, "garbage");
  raw_client second(s.port());
  second.say(get_a);
  EXPECT_EQ(second.to_the_end().bytes, "nothing");
  EXPECT_EQ(s.log().size(), 1U);
}

TEST(SiteServer, BodiesAreReadBeforeTheAnswerOrByAStep) {
  server s([](const seen_request& r) { return reply{r.body}; });
  s.on_head("/early", [](const seen_request& r) { return script({send(r.body.empty() ? "go" : "late"), take_body(), send("done")}); });
  raw_client c(s.port());
  c.say("POST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(c.take(4), "body");
  c.say("POST /early HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(c.take(2), "go");
  c.say("BODY");
  EXPECT_EQ(c.take(4), "done");
  EXPECT_EQ(s.log().at(1).body, "BODY");
}

TEST(SiteServer, CountsWhatIsUnderWayAtOnce) {
  server s([](const auto&) { return reply{"x", milliseconds(300)}; });
  raw_client one(s.port()), two(s.port()), three(s.port());
  one.say(get_a);
  two.say(get_a);
  EXPECT_EQ(one.take(1) + two.take(1), "xx");
  three.say(get_a);
  EXPECT_EQ(three.take(1), "x");
  EXPECT_EQ(s.most().requests, 2U);
  EXPECT_EQ(s.most().connections, 3U);
}

TEST(SiteServer, NoticesPipelining) {
  server s([](const auto&) { return reply{"x"}; });
  raw_client c(s.port());
  c.say(std::string(get_a) + std::string(get_a));
  EXPECT_EQ(c.take(2), "xx");
  EXPECT_TRUE(s.connections().at(0).pipelined);
}

TEST(SiteServer, ListensInSeveralPlaces) {
  server s([](const seen_request& r) { return reply{std::to_string(r.port) + "\n"}; });
  const place other = s.listen("127.0.0.2");
  EXPECT_EQ(other.url("/x"), "http://127.0.0.2:" + std::to_string(other.port) + "/x");
  EXPECT_EQ(other.url("/x", "shop.test"), "http://shop.test:" + std::to_string(other.port) + "/x");
  raw_client c(other.port, "127.0.0.2");
  c.say(get_a);
  EXPECT_EQ(c.take(std::to_string(other.port).size()), std::to_string(other.port));
  EXPECT_EQ(s.connections().at(0).address, "127.0.0.2");
}

TEST(SiteServer, EndsWhileConnectionsAreOpen) {
  auto s = std::make_unique<server>([](const auto&) { return script({pause(std::chrono::hours(1))}); });
  raw_client c(s->port());
  c.say(get_a);
  ASSERT_TRUE(s->wait_until([](const server& now) { return now.count("/a") == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  s.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace trawl::site
