// An HTTP/2 session against frames that no honest server sends.
#include <gtest/gtest.h>

#include "crawler/net/h2/session.hpp"
#include "tests/unit/net/h2/session_fixture.hpp"

namespace trawl::net::h2 {
namespace {

using namespace trawl::testing;  // frame types and flags

/// A session with one request under way; the server's SETTINGS have come.
struct open_session {
  explicit open_session(session_limits limits = {}) : s(limits) {
    id = s.submit(a_get, {}).value_or(0);
    s.take_output();
    EXPECT_TRUE(s.feed(frame(settings_frame, no_flag, 0) + frame(settings_frame, is_ack, 0)));
    s.take_output();
  }
  /// Feeds the same bytes again and again until the session fails, or has not.
  std::size_t feed_until_it_fails(const std::string& bytes, std::size_t most = 100'000) {
    std::size_t fed = 0;
    for (; fed < most && s.feed(bytes); ++fed) s.take_output();
    return fed;
  }
  session s;
  std::int32_t id = 0;
};

const header_list ok{{":status", "200"}};

/// How the only stream ends that gets these bytes as its answer.
std::optional<ending> ending_of(const std::string& bytes, session_limits limits = {}) {
  open_session o(limits);
  EXPECT_TRUE(o.s.feed(bytes));
  EXPECT_TRUE(o.s.accepts_requests());  // the stream's own trouble, not the connection's
  return end_of(events_of(o.s), o.id);
}

TEST(HostileH2, FailsOnWhatIsNoHttp2) {
  session s;
  ASSERT_TRUE(s.submit(a_get, {}));
  s.take_output();
  const auto fed = s.feed("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, errc::http_malformed);
  EXPECT_EQ(end_of(events_of(s), 1), ending::lost);
  EXPECT_FALSE(s.feed("more"));
}

TEST(HostileH2, FailsOnFloodsThatCarryNothing) {
  const std::pair<const char*, std::string> floods[] = {
      {"PING", frame(ping_frame, no_flag, 0, "12345678")},
      {"PING ack", frame(ping_frame, is_ack, 0, "12345678")},
      {"SETTINGS", frame(settings_frame, no_flag, 0)},
      {"empty DATA", frame(data_frame, no_flag, 1)},
      {"padding", frame(data_frame, is_padded, 1, std::string(1, '\xff') + std::string(255, '\0'))},
      {"PRIORITY", frame(priority_frame, no_flag, 1, std::string(5, '\0'))},
      {"WINDOW_UPDATE", frame(window_frame, no_flag, 0, number(1))},
      {"an unknown type", frame(200, no_flag, 0, "x")},
      {"RST_STREAM of a closed stream", frame(reset_frame, no_flag, 1, number(8))},
  };
  for (const auto& [name, bytes] : floods) {
    open_session o;
    ASSERT_TRUE(o.s.feed(head_frame(1, ok)));
    const std::size_t count = o.feed_until_it_fails(bytes);
    EXPECT_LE(count, (80U << 10) / 9) << name;
    EXPECT_FALSE(o.s.accepts_requests()) << name;
  }
}

TEST(HostileH2, FailsOnAFloodThatComesAtOnce) {
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += frame(ping_frame, no_flag, 0, "12345678");
  open_session o;
  EXPECT_FALSE(o.s.feed(pings));
  EXPECT_LT(o.s.take_output().size(), 512U << 10);
}

TEST(HostileH2, LivesWithPingsBesideAnAnswer) {
  open_session o;
  ASSERT_TRUE(o.s.feed(head_frame(1, ok)));
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(o.s.feed(frame(data_frame, no_flag, 1, "some bytes") + frame(ping_frame, no_flag, 0, "12345678")));
    o.s.take_output();
    for (const event& e : events_of(o.s)) o.s.taken(e.stream, e.bytes.size());
  }
}

// CVE-2024-28182 and its like: a head without end.
TEST(HostileH2, FailsOnContinuationsWithoutEnd) {
  open_session o;
  ASSERT_TRUE(o.s.feed(frame(headers_frame, no_flag, 1, field_block(ok))));
  EXPECT_LE(o.feed_until_it_fails(frame(continuation_frame, no_flag, 1)), 32U);
  open_session full;
  ASSERT_TRUE(full.s.feed(frame(headers_frame, no_flag, 1, field_block(ok))));
  EXPECT_LE(full.feed_until_it_fails(frame(continuation_frame, no_flag, 1, field_block({{"x", std::string(16'000, 'v')}}))), 32U);
}

TEST(HostileH2, EndsAStreamWhoseHeadIsTooLarge) {
  header_list fields = ok;
  for (int i = 0; i < 20; ++i) fields.emplace_back("x-" + std::to_string(i), std::string(100, 'v'));
  EXPECT_EQ(ending_of(head_frame(1, fields, end_stream)), ending::complete);
  EXPECT_EQ(ending_of(head_frame(1, fields, end_stream), {.max_header = 2000}), ending::header_too_large);
  EXPECT_EQ(ending_of(head_frame(1, fields, end_stream), {.max_fields = 20}), ending::header_too_large);
}

// 1xx heads and trailers count as well (S1).
TEST(HostileH2, CountsAllFieldsOfAnAnswerTogether) {
  const header_list big{{":status", "103"}, {"x", std::string(600, 'v')}}, trailers{{"x", std::string(600, 'v')}};
  EXPECT_EQ(ending_of(head_frame(1, big) + head_frame(1, ok) + head_frame(1, trailers, end_stream), {.max_header = 2000}), ending::complete);
  EXPECT_EQ(ending_of(head_frame(1, big) + head_frame(1, ok) + head_frame(1, trailers, end_stream), {.max_header = 1000}), ending::header_too_large);
}

// An indexed field is one byte on the wire and four thousand here (RFC 7541, 6.1).
TEST(HostileH2, EndsAStreamWhoseHeadUnfolds) {
  std::string block = field_block(ok);
  block += "\x40\x01x";                          // literal with indexing
  block += std::string("\x7f\xa1\x1e") + std::string(4000, 'v');  // 4000 = 127 + 3873
  block += std::string(10'000, '\xbe');          // the newest entry of the table, again and again
  EXPECT_EQ(ending_of(frame(headers_frame, end_headers | end_stream, 1, block)), ending::header_too_large);
}

// RFC 9113, 8.2.1 and 8.2.2, 8.3.2; RFC 9110, 5.5.
TEST(HostileH2, EndsAStreamWithForbiddenFields) {
  const header_list forbidden[] = {{{"Upper", "x"}},   {{"connection", "close"}}, {{"transfer-encoding", "chunked"}}, {{"keep-alive", "timeout=5"}}, {{"upgrade", "h2"}},
                                   {{"bad name", "x"}}, {{"x", "a\r\nb: c"}},      {{"x", std::string("a\0b", 3)}},    {{":unknown", "x"}},            {{":status", "200"}},
                                   {{"content-length", "1"}, {"content-length", "2"}}, {{"content-length", "+1"}}};
  for (const header_list& fields : forbidden) {
    header_list all = ok;
    all.insert(all.end(), fields.begin(), fields.end());
    EXPECT_EQ(ending_of(head_frame(1, all, end_stream)), ending::malformed) << fields.front().first;
  }
  EXPECT_EQ(ending_of(head_frame(1, {{"x", "y"}}, end_stream)), ending::malformed);             // no status
  EXPECT_EQ(ending_of(head_frame(1, {{"x", "y"}, {":status", "200"}}, end_stream)), ending::malformed);
  EXPECT_EQ(ending_of(head_frame(1, {{":status", "abc"}}, end_stream)), ending::malformed);
  EXPECT_EQ(ending_of(head_frame(1, {{":status", "099"}}, end_stream)), ending::malformed);
  EXPECT_EQ(ending_of(head_frame(1, {{":status", "101"}})), ending::malformed);                 // RFC 9113, 8.6
  EXPECT_EQ(ending_of(head_frame(1, {{":status", "103"}}, end_stream)), ending::malformed);     // an end that is not final
}

TEST(HostileH2, KeepsOddValuesAsHttp1Does) {
  open_session o;
  ASSERT_TRUE(o.s.feed(head_frame(1, {{":status", "200"}, {"a", " blanks\t"}, {"b", "x\x01y"}, {"c", "\xe4"}}, end_stream)));
  const auto events = events_of(o.s);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].headers, (header_list{{"a", "blanks"}, {"b", "x\x01y"}, {"c", "\xe4"}}));
}

// RFC 9113, 8.1.1: a Content-Length that differs from the DATA is malformed.
TEST(HostileH2, EndsAStreamWhoseLengthIsWrong) {
  const header_list five{{":status", "200"}, {"content-length", "5"}};
  EXPECT_EQ(ending_of(head_frame(1, five) + frame(data_frame, end_stream, 1, "four")), ending::malformed);
  EXPECT_EQ(ending_of(head_frame(1, five) + frame(data_frame, end_stream, 1, "six six")), ending::malformed);
  EXPECT_EQ(ending_of(head_frame(1, five) + frame(data_frame, end_stream, 1, "fives")), ending::complete);
  EXPECT_EQ(ending_of(head_frame(1, five, end_stream)), ending::malformed);
}

TEST(HostileH2, FailsOnAPush) {
  open_session o;
  const header_list pushed{{":method", "GET"}, {":scheme", "https"}, {":authority", "h.example"}, {":path", "/pushed"}};
  EXPECT_FALSE(o.s.feed(frame(push_frame, end_headers, 1, number(2) + field_block(pushed))));
  EXPECT_FALSE(o.s.take_output().empty());  // GOAWAY
}

TEST(HostileH2, FailsOnBrokenFrames) {
  const std::pair<const char*, std::string> broken[] = {
      {"HEADERS on stream 0", head_frame(0, ok)},
      {"HEADERS on a stream that is not there", head_frame(99, ok)},
      {"HEADERS on a stream of the server", head_frame(2, ok)},
      {"DATA on an idle stream", frame(data_frame, no_flag, 99, "x")},
      {"DATA before HEADERS of stream 0", frame(data_frame, no_flag, 0, "x")},
      {"CONTINUATION alone", frame(continuation_frame, end_headers, 1)},
      {"another frame inside a head", frame(headers_frame, no_flag, 1, field_block(ok)) + frame(ping_frame, no_flag, 0, "12345678")},
      {"a frame above the size", frame(data_frame, no_flag, 1, std::string(20'000, 'x'))},
      {"padding longer than the frame", frame(data_frame, is_padded, 1, "\xff")},
      {"PING of a wrong size", frame(ping_frame, no_flag, 0, "1234")},
      {"RST_STREAM of an idle stream", frame(reset_frame, no_flag, 99, number(0))},
      {"a window above 2^31", frame(window_frame, no_flag, 0, number(0x7fffffff))},
      {"a SETTINGS of a wrong size", frame(settings_frame, no_flag, 0, "12345")},
      {"ENABLE_PUSH 2", frame(settings_frame, no_flag, 0, std::string("\0\2", 2) + number(2))},
      {"HPACK that is none", frame(headers_frame, end_headers, 1, std::string(8, '\xff'))},
  };
  for (const auto& [name, bytes] : broken) {
    open_session o;
    EXPECT_FALSE(o.s.feed(bytes)) << name;
    EXPECT_TRUE(end_of(events_of(o.s), o.id)) << name;
    EXPECT_FALSE(o.s.take_output().empty()) << name;
  }
}

// RFC 9113, 5.2: who sends more than the window allows breaks the rule.
TEST(HostileH2, FailsOnABodyAboveTheWindow) {
  open_session o({.stream_window = 65'535});
  ASSERT_TRUE(o.s.feed(head_frame(1, ok)));
  std::size_t got = 0;
  for (int i = 0; i < 100 && o.s.accepts_requests(); ++i) {
    if (!o.s.feed(frame(data_frame, no_flag, 1, std::string(16'000, 'x')))) break;
    for (const event& e : events_of(o.s)) got += e.bytes.size();  // and not taken
    if (!o.s.streams()) break;
  }
  EXPECT_LE(got, 65'535U + 16'000U);  // what breaks the rule may still be seen
  EXPECT_EQ(o.s.streams(), 0U);
}

TEST(HostileH2, SendsNothingThroughAWindowOfZero) {
  session s;
  s.take_output();
  ASSERT_TRUE(s.feed(frame(settings_frame, no_flag, 0, std::string("\0\4", 2) + number(0))));  // INITIAL_WINDOW_SIZE 0
  s.take_output();
  const auto id = s.submit(a_post, std::string(1'000'000, 'b'));
  ASSERT_TRUE(id);
  EXPECT_LT(s.take_output().size(), 1000U);
  s.cancel(*id);
  EXPECT_LT(s.take_output().size(), 100U);
}

}  // namespace
}  // namespace trawl::net::h2
