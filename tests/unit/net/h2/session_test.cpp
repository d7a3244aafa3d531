#include "crawler/net/h2/session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/h2/session_fixture.hpp"

namespace trawl::net::h2 {
namespace {

using testing::a_get;
using testing::a_post;
using testing::body_of;
using testing::end_of;
using testing::events_of;
using testing::h2_peer;
using testing::talk;

TEST(H2Session, BringsAnAnswer) {
  session s;
  h2_peer peer;
  const auto id = s.submit(a_get, {});
  ASSERT_TRUE(id);
  talk(s, peer);
  ASSERT_EQ(peer.requests().at(*id).field(":path"), "/");
  EXPECT_TRUE(peer.requests().at(*id).is_whole);
  peer.respond(*id, 200, {{"content-type", "text/html"}, {"content-length", "5"}}, "hello");
  const auto events = talk(s, peer);
  ASSERT_GE(events.size(), 3U);
  EXPECT_EQ(events[0].what, event::kind::head);
  EXPECT_EQ(events[0].status, 200);
  EXPECT_EQ(events[0].headers, (header_list{{"content-type", "text/html"}, {"content-length", "5"}}));
  EXPECT_EQ(body_of(events, *id), "hello");
  EXPECT_EQ(end_of(events, *id), ending::complete);
  EXPECT_EQ(s.streams(), 0U);
}

TEST(H2Session, SendsABodyThroughTheServersWindow) {
  session s;
  h2_peer peer;
  const std::string body(200'000, 'b');  // RFC 9113, 6.9.2: the window begins at 65,535 bytes
  const auto id = s.submit(a_post, body);
  ASSERT_TRUE(id);
  talk(s, peer);
  EXPECT_EQ(peer.requests().at(*id).body, body);
  EXPECT_TRUE(peer.requests().at(*id).is_whole);
}

// RFC 9113, 8.1: a server may answer before it has read the request; "Clients MUST NOT discard responses as a result of receiving
// such a RST_STREAM".
TEST(H2Session, StopsSendingABodyThatIsAnsweredAlready) {
  session s;
  h2_peer peer;
  const auto id = s.submit(a_post, std::string(60'000'000, 'b'));
  ASSERT_TRUE(id);
  peer.feed(s.take_output());
  peer.respond(*id, 413, {}, {});
  const auto events = talk(s, peer);
  EXPECT_EQ(end_of(events, *id), ending::complete);
  EXPECT_LT(peer.requests().at(*id).body.size(), 1'000'000U);
  EXPECT_TRUE(peer.requests().at(*id).is_reset);
}

TEST(H2Session, KeepsStreamsApart) {
  session s;
  h2_peer peer;
  const auto first = s.submit(a_get, {}), second = s.submit(a_get, {});
  ASSERT_TRUE(first && second);
  talk(s, peer);
  peer.respond(*second, 200, {}, std::string(100'000, '2'));
  peer.respond(*first, 404, {}, std::string(100'000, '1'));
  const auto events = talk(s, peer);
  EXPECT_EQ(body_of(events, *first), std::string(100'000, '1'));
  EXPECT_EQ(body_of(events, *second), std::string(100'000, '2'));
}

TEST(H2Session, OpensAWindowOnlyAsTheBodyIsTaken) {
  session s({.stream_window = 70'000});
  h2_peer peer;
  const auto slow = s.submit(a_get, {}), quick = s.submit(a_get, {});
  ASSERT_TRUE(slow && quick);
  talk(s, peer);
  peer.respond(*slow, 200, {}, std::string(500'000, 's'));
  ASSERT_TRUE(s.feed(peer.take_output()));
  const auto held = events_of(s);
  EXPECT_EQ(body_of(held, *slow).size(), 70'000U);
  peer.feed(s.take_output());
  EXPECT_EQ(peer.take_output(), "");  // nothing taken, so nothing more comes, but for other streams
  peer.respond(*quick, 200, {}, "quick");
  ASSERT_TRUE(s.feed(peer.take_output()));
  EXPECT_EQ(end_of(events_of(s), *quick), ending::complete);
  s.taken(*slow, 70'000);
  EXPECT_EQ(body_of(held, *slow).size() + body_of(talk(s, peer), *slow).size(), 500'000U);
}

TEST(H2Session, SkipsInterimAnswersUpToALimit) {
  session s({.max_interim = 3});
  h2_peer peer;
  const auto good = s.submit(a_get, {}), bad = s.submit(a_get, {});
  ASSERT_TRUE(good && bad);
  talk(s, peer);
  for (int i = 0; i < 3; ++i) peer.interim(*good, 103);
  for (int i = 0; i < 4; ++i) peer.interim(*bad, 103);
  peer.respond(*good, 200, {}, "x");
  const auto events = talk(s, peer);
  EXPECT_EQ(end_of(events, *good), ending::complete);
  EXPECT_EQ(end_of(events, *bad), ending::malformed);
}

TEST(H2Session, DropsTrailers) {
  session s;
  h2_peer peer;
  const auto id = s.submit(a_get, {});
  ASSERT_TRUE(id);
  talk(s, peer);
  peer.respond(*id, 200, {}, "x", {{"checksum", "1"}});
  const auto events = talk(s, peer);
  EXPECT_EQ(end_of(events, *id), ending::complete);
  EXPECT_EQ(std::ranges::count(events, event::kind::head, &event::what), 1);
}

// RFC 9110, 6.4.1: answers to HEAD, 204 and 304 have no content, whatever their Content-Length says.
TEST(H2Session, TakesALengthWithoutContentWhereThereIsNone) {
  session s;
  h2_peer peer;
  header_list head = a_get;
  head[0].second = "HEAD";
  const auto asked = s.submit(head, {}), unchanged = s.submit(a_get, {});
  ASSERT_TRUE(asked && unchanged);
  talk(s, peer);
  peer.respond(*asked, 200, {{"content-length", "1000"}}, {});
  peer.respond(*unchanged, 304, {{"content-length", "1000"}}, {});
  const auto events = talk(s, peer);
  EXPECT_EQ(end_of(events, *asked), ending::complete);
  EXPECT_EQ(end_of(events, *unchanged), ending::complete);
}

TEST(H2Session, SaysWhyAStreamWasReset) {
  session s;
  h2_peer peer;
  const auto refused = s.submit(a_get, {}), old = s.submit(a_get, {}), broken = s.submit(a_get, {});
  ASSERT_TRUE(refused && old && broken);
  talk(s, peer);
  peer.reset(*refused, 7);
  peer.reset(*old, 13);
  peer.reset(*broken, 2);
  const auto events = talk(s, peer);
  EXPECT_EQ(end_of(events, *refused), ending::refused);
  EXPECT_EQ(end_of(events, *old), ending::needs_http1);
  EXPECT_EQ(end_of(events, *broken), ending::reset);
  EXPECT_TRUE(s.accepts_requests());
}

// RFC 9113, 6.8: streams above the last one named "were not or will not be processed"; those below go on.
TEST(H2Session, EndsOnlyWhatAGoawayHasNotTakenUp) {
  session s;
  h2_peer peer;
  const auto first = s.submit(a_get, {}), second = s.submit(a_get, {});
  ASSERT_TRUE(first && second);
  talk(s, peer);
  peer.go_away(*first);
  EXPECT_EQ(end_of(talk(s, peer), *second), ending::refused);
  EXPECT_FALSE(s.accepts_requests());
  EXPECT_FALSE(s.submit(a_get, {}));
  EXPECT_EQ(s.streams(), 1U);
  peer.respond(*first, 200, {}, "late");
  const auto events = talk(s, peer);
  EXPECT_EQ(body_of(events, *first), "late");
  EXPECT_EQ(end_of(events, *first), ending::complete);
}

TEST(H2Session, QueuesWhatIsAboveTheServersLimit) {
  session s;
  h2_peer peer(1);
  talk(s, peer);
  EXPECT_EQ(s.most_streams(), 1U);
  const auto first = s.submit(a_get, {}), second = s.submit(a_get, {});
  ASSERT_TRUE(first && second);
  talk(s, peer);
  EXPECT_FALSE(peer.requests().contains(*second));
  peer.respond(*first, 200, {}, "1");
  talk(s, peer);
  ASSERT_TRUE(peer.requests().contains(*second));
  peer.respond(*second, 200, {}, "2");
  EXPECT_EQ(end_of(talk(s, peer), *second), ending::complete);
}

TEST(H2Session, GivesBackWhatWasQueuedWhenTheServerGoes) {
  session s;
  h2_peer peer(1);
  talk(s, peer);
  const auto first = s.submit(a_get, {}), second = s.submit(a_get, {});
  ASSERT_TRUE(first && second);
  talk(s, peer);
  peer.go_away(*first);
  EXPECT_EQ(end_of(talk(s, peer), *second), ending::unsent);
  EXPECT_EQ(s.streams(), 1U);
}

TEST(H2Session, ResetsWhatIsCancelledAndSaysNothingMoreOfIt) {
  session s;
  h2_peer peer;
  const auto id = s.submit(a_get, {}), other = s.submit(a_get, {});
  ASSERT_TRUE(id && other);
  talk(s, peer);
  peer.respond(*id, 200, {}, std::string(500'000, 'x'));  // more than the window: it has not ended
  ASSERT_TRUE(s.feed(peer.take_output()));
  s.cancel(*id);
  EXPECT_TRUE(events_of(s).empty());
  talk(s, peer);
  EXPECT_TRUE(peer.requests().at(*id).is_reset);
  EXPECT_EQ(peer.requests().at(*id).reset_code, 8U);
  peer.respond(*other, 200, {}, "y");
  EXPECT_EQ(end_of(talk(s, peer), *other), ending::complete);
}

TEST(H2Session, CancelsWhatWasNeverSent) {
  session s;
  h2_peer peer(1);
  talk(s, peer);
  const auto first = s.submit(a_get, {}), second = s.submit(a_get, {});
  ASSERT_TRUE(first && second);
  talk(s, peer);
  s.cancel(*second);
  peer.respond(*first, 200, {}, "1");
  EXPECT_EQ(end_of(talk(s, peer), *first), ending::complete);
  EXPECT_FALSE(peer.requests().contains(*second));
}

TEST(H2Session, EndsAllWhenTheConnectionIsLost) {
  session s;
  h2_peer peer(1);
  talk(s, peer);
  const auto sent = s.submit(a_get, {}), queued = s.submit(a_get, {});
  ASSERT_TRUE(sent && queued);
  talk(s, peer);
  s.lost();
  const auto events = events_of(s);
  EXPECT_EQ(end_of(events, *sent), ending::lost);
  EXPECT_EQ(end_of(events, *queued), ending::unsent);
  EXPECT_FALSE(s.accepts_requests());
}

// Bodies that nobody wants are on their way when their streams are reset: an honest server must not look like a flood for it.
TEST(H2Session, ForgivesWhatWasOnItsWayToCancelledStreams) {
  session s;
  h2_peer peer;
  for (int i = 0; i < 20; ++i) {
    const auto id = s.submit(a_get, {});
    ASSERT_TRUE(id);
    talk(s, peer);
    peer.respond(*id, 200, {}, std::string(250'000, 'x'));
    const std::string answer = peer.take_output();
    ASSERT_TRUE(s.feed(std::string_view(answer).substr(0, 1000)));
    s.cancel(*id);
    const std::string reset = s.take_output();
    ASSERT_TRUE(s.feed(std::string_view(answer).substr(1000)));
    ASSERT_TRUE(peer.feed(reset));
  }
  EXPECT_TRUE(s.accepts_requests());
}

}  // namespace
}  // namespace trawl::net::h2
