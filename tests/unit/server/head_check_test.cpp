// The strict check of request heads. Each case that is refused is one that two readers could take for two things.
#include <gtest/gtest.h>

#include "server/http/head_check.hpp"

namespace trawl::server::http {
namespace {

const head_limits limits;

/// A head around some fields; Host is there.
std::string with(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

unsigned status_of(const std::string& head) {
  const auto length = head_length(head, limits);
  if (!length) return length.error().status;
  if (*length == 0) return 0;
  const auto facts = check_head(std::string_view(head).substr(0, *length), limits);
  return facts ? 200 : facts.error().status;
}

TEST(HeadCheck, ReadsWhatRoutingAndFramingNeed) {
  const auto facts = check_head("POST /a?b=c HTTP/1.1\r\nHost: localhost:80\r\nContent-Length: 12\r\nExpect: 100-continue\r\nConnection: x, Close\r\n\r\n", limits);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->method, "POST");
  EXPECT_EQ(facts->target, "/a?b=c");
  EXPECT_EQ(facts->host, "localhost:80");
  EXPECT_EQ(facts->content_length, 12U);
  EXPECT_TRUE(facts->expects_continue);
  EXPECT_FALSE(facts->keeps_alive);
  EXPECT_FALSE(facts->chunked);
}

TEST(HeadCheck, KnowsWhereAHeadEnds) {
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", limits).value(), 27U);
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\nHost: a\r\n\r", limits).value(), 0U);
  EXPECT_EQ(head_length("", limits).value(), 0U);
}

TEST(HeadCheck, RefusesLongHeadsBeforeTheyEnd) {
  EXPECT_EQ(status_of("GET /" + std::string(9000, 'a')), 414U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(33'000, 'a')), 431U);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  EXPECT_EQ(status_of(with(many)), 431U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n" + many + "X: y\r\n"), 431U);
}

// RFC 9112, 2.2: "a recipient MAY recognize a single LF as a line terminator"; this one does not. A bare CR is invalid.
TEST(Rfc9112, LineEndsAreCrlf) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("\n"), 400U);
}

// RFC 9112, 3: method SP request-target SP HTTP-version.
TEST(Rfc9112, RequestLines) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200U);
  EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / a HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET /\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / http/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505U);
  EXPECT_EQ(status_of("GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 200U);
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
}

// RFC 9112, 3.2.2: a server accepts the absolute form, and its authority replaces Host.
TEST(Rfc9112, AbsoluteForm) {
  const auto facts = check_head("GET http://b:81?x HTTP/1.1\r\nHost: a\r\n\r\n", limits);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->host, "b:81");
  EXPECT_EQ(facts->target, "/?x");
  EXPECT_EQ(status_of("GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  const auto secure = check_head("GET HTTPS://b/c HTTP/1.1\r\nHost: a\r\n\r\n", limits);
  ASSERT_TRUE(secure);
  EXPECT_EQ(secure->host, "b");
  EXPECT_EQ(secure->target, "/c");
}

// RFC 9112, 3.2: 400 to any HTTP/1.1 request that lacks Host, has more than one, or an invalid one.
TEST(Rfc9112, HostStandsOnce) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200U);
  EXPECT_EQ(status_of(with("host: a\r\n")), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 200U);
}

// RFC 9112, 5.1: no whitespace between name and colon; 5.2: no obs-fold. RFC 9110, 5.5: no CR, LF, NUL in a value.
TEST(Rfc9112, Fields) {
  EXPECT_EQ(status_of(with("X : y\r\n")), 400U);
  EXPECT_EQ(status_of(with("X: y\r\n z\r\n")), 400U);
  EXPECT_EQ(status_of(with("no colon\r\n")), 400U);
  EXPECT_EQ(status_of(with(": y\r\n")), 400U);
  EXPECT_EQ(status_of(with("X: a" + std::string(1, '\0') + "b\r\n")), 400U);
  EXPECT_EQ(status_of(with("X: a\x01\r\n")), 400U);
  EXPECT_EQ(status_of(with("X:\t caf\xC3\xA9 \r\nEmpty:\r\n")), 200U);
}

// RFC 9112, 6.1 to 6.3: what decides where the body ends is there once and means one thing.
TEST(Rfc9112, Framing) {
  EXPECT_EQ(status_of(with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")), 400U);
  EXPECT_EQ(status_of(with("Content-Length: 3\r\nContent-Length: 3\r\n")), 400U);
  for (const char* bad : {"3, 3", "+3", "-1", "0x3", "3 3", "", "99999999999999999999"}) EXPECT_EQ(status_of(with(std::string("Content-Length: ") + bad + "\r\n")), 400U) << bad;
  EXPECT_EQ(status_of(with("Transfer-Encoding: Chunked\r\n")), 200U);
  EXPECT_EQ(status_of(with("Transfer-Encoding: gzip\r\n")), 501U);
  for (const char* bad : {"gzip, chunked", "chunked, chunked", "chunked, identity"}) EXPECT_EQ(status_of(with(std::string("Transfer-Encoding: ") + bad + "\r\n")), 400U) << bad;
  EXPECT_EQ(status_of(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400U);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400U);
}

// RFC 9110, 10.1.1: 417 for an expectation other than 100-continue.
TEST(Rfc9110, Expectations) { EXPECT_EQ(status_of(with("Expect: cake\r\n")), 417U); }

TEST(HeadCheck, NeverReadsPastWhatItWasGiven) {
  const std::string whole = "POST http://a/b HTTP/1.1\r\nHost: [::1]:1\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_EQ(head_length(whole.substr(0, cut), limits).value_or(1), 0U) << cut;
    EXPECT_FALSE(check_head(whole.substr(0, cut), limits)) << cut;
    EXPECT_FALSE(check_head(whole.substr(0, cut) + "\r\n\r\n\r\n", limits)) << cut;
  }
}

}  // namespace
}  // namespace trawl::server::http
