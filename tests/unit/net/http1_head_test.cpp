#include <gtest/gtest.h>

#include "crawler/net/http1.hpp"

namespace trawl::net {
namespace {

constexpr std::size_t room = 256U << 10;

/// The head of bytes that must hold a whole one.
response_head head_of(std::string_view bytes, std::string_view method = "GET") {
  std::size_t used = 0;
  const auto read = read_head(bytes, method, room, used);
  EXPECT_TRUE(read && *read) << bytes;
  return read && *read ? **read : response_head{};
}

/// The code that reading fails with; nullopt: it does not.
std::optional<errc> failure_of(std::string_view bytes, std::string_view method = "GET", std::size_t limit = room) {
  std::size_t used = 0;
  const auto read = read_head(bytes, method, limit, used);
  return read ? std::nullopt : std::optional(read.error().code);
}

std::string field(const response_head& h, std::string_view name) {
  for (const auto& [key, value] : h.headers)
    if (equal_ignoring_case(key, name)) return value;
  return "(absent)";
}

std::string with(std::string_view fields) { return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n"; }

TEST(Http1Head, IsWholeOnlyWithItsEmptyLineWhereverItIsSplit) {
  const std::string bytes = "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n";
  for (std::size_t split = 0; split < bytes.size(); ++split) {
    std::size_t used = 0;
    const auto early = read_head(std::string_view(bytes).substr(0, split), "GET", room, used);
    ASSERT_TRUE(early) << split;
    EXPECT_FALSE(*early) << split;
  }
  std::size_t used = 0;
  const auto whole = read_head(bytes + "abc", "GET", room, used);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ((*whole)->status, 200);
  EXPECT_EQ(field(**whole, "link"), "(absent)");  // an interim head's fields are its own
}

struct status_line {
  const char* bytes;
  int status, minor;
  bool keep_alive;  ///< with "Content-Length: 0" behind it
};

TEST(Http1Head, StatusLinesThatBrowsersAcceptAreAccepted) {  // RFC 9112, 4: be lenient where the meaning is plain
  const std::vector<status_line> lines = {
      {"HTTP/1.1 200 OK", 200, 1, true},
      {"HTTP/1.1 200", 200, 1, true},
      {"HTTP/1.1 404 ", 404, 1, true},
      {"HTTP/1.1  200  OK", 200, 1, true},
      {"HTTP/1.1\t404\tNot Found", 404, 1, true},  // RFC 9112, 4: any whitespace
      {"HTTP/1.1 404Not Found", 404, 1, true},     // Chromium
      {"HTTP/1.1 404-x", 404, 1, true},
      {"HTTP/1.1 999 Request denied", 999, 1, true},
      {"HTTP/1.1 200 \xFF\xFE", 200, 1, true},
      {"HTTP/1.2 200 OK", 200, 1, true},  // RFC 9110, 2.5: a higher minor version is processed as the highest known
      {"HTTP/1.10 200 OK", 200, 1, true},
      {"\r\nHTTP/1.1 404 x", 404, 1, true},  // RFC 9112, 2.2, as the remains of an old client's CRLF
      {"HTTP/1.0 404 x", 404, 0, false},
      {"http/1.1 404 x", 404, 1, false},
      {"HTTP/2.0 404 x", 404, 1, false},
      {"HTTP/2 404", 404, 1, false},
      {"HTTP/0.9 404 x", 404, 0, false},
      {"HTTP/1.1", 200, 1, false},  // Chromium and Firefox take it for 200
      {"HTTP/1.1 OK", 200, 1, false},
      {"\n\nHTTP/1.1 404 x", 404, 1, false},  // up to four bytes of junk: Chromium
      {"\xEF\xBB\xBFHTTP/1.1 404 x", 404, 1, false},
      {"0\r\n\nHTTP/1.1 404 x", 404, 1, false},
  };
  for (const auto& [bytes, status, minor, keep_alive] : lines) {
    const auto h = head_of(bytes + std::string("\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(h.status, status) << bytes;
    EXPECT_EQ(h.minor, minor) << bytes;
    EXPECT_EQ(h.keep_alive, keep_alive) << bytes;
  }
}

TEST(Http1Head, WhatIsNoStatusLineIsMalformed) {
  constexpr std::string_view nul("HTTP/1.1 200 O\0K\r\n\r\n", 20);
  for (const std::string_view bad : {std::string_view("SSH-2.0-OpenSSH_9.2\r\n"), std::string_view("<html><body>"), std::string_view("HTTP/1.1 20 OK\r\n\r\n"), std::string_view("HTTP/1.1 2000 OK\r\n\r\n"),
                                     std::string_view("HTTP/1.1 099 x\r\n\r\n"), std::string_view("HTTP/1.1 -12 x\r\n\r\n"), std::string_view("HTTP/1.1200 OK\r\n\r\n"), std::string_view("HTTP/1.1404 x\r\n\r\n"),
                                     std::string_view("HTTP/11 200 OK\r\n\r\n"), std::string_view("HTTP/x.y 200 OK\r\n\r\n"), std::string_view("HTTP/1. 200 OK\r\n\r\n"), std::string_view("HTTP 200 OK\r\n\r\n"),
                                     std::string_view("12345HTTP/1.1 200 OK\r\n\r\n"), std::string_view("ICY 200 OK\r\n\r\n"), std::string_view("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                                     std::string_view("\0\0\x12\x04\0\0\0\0\0", 9), std::string_view("\x15\x03\x01\0\x02\x02\x28\0", 8), nul})
    EXPECT_EQ(failure_of(bad), errc::http_malformed) << bad;
}

TEST(Http1Head, GarbageIsToldByItsFirstBytes) {
  EXPECT_EQ(failure_of("220 mail.example.org ESMTP"), errc::http_malformed);
  EXPECT_EQ(failure_of("220 mai"), std::nullopt);
  EXPECT_EQ(failure_of("220 mail"), errc::http_malformed);
}

TEST(Http1Head, LinesMayEndInLineFeedAlone) {
  const auto h = head_of("HTTP/1.1 200 OK\nA: 1\r\nB: 2\n\n");
  EXPECT_EQ(field(h, "a"), "1");
  EXPECT_EQ(field(h, "b"), "2");
}

TEST(Http1Head, LinesThatAreNoFieldsAreDropped) {
  const auto h = head_of(with("no colon\r\n: nameless\r\nIn side: 2\r\nB(a)d: 1\r\nb\xE4" "d: 1\r\n\x01: 1\r\nGood:3\r\nEmpty:\r\n"));
  EXPECT_EQ(h.headers, (header_list{{"Good", "3"}, {"Empty", ""}}));
}

TEST(Http1Head, BlanksBeforeTheColonAreNotPartOfTheName) {  // RFC 9112, 5.1: removed by proxies, forgiven by browsers
  const auto h = head_of(with("Blank : 1\r\nTab\t:2\r\nContent-Length : 3\r\n"));
  EXPECT_EQ(h.headers, (header_list{{"Blank", "1"}, {"Tab", "2"}, {"Content-Length", "3"}}));
  EXPECT_EQ(h.body, framing::length);
  EXPECT_EQ(h.length, 3U);
  EXPECT_FALSE(h.keep_alive);
}

TEST(Http1Head, ServerThatSendsWhatIsNoFieldIsNotTrustedWithAnotherRequest) {
  EXPECT_TRUE(head_of(with("Content-Length: 0\r\nA: caf\xE9\x01\r\nEmpty:\r\n")).keep_alive);
  for (const char* line : {"no colon\r\n", ": nameless\r\n", "In side: 2\r\n", "Blank : 1\r\n", "A: b\rc\r\n", " stray\r\n"}) EXPECT_FALSE(head_of(with(line + std::string("Content-Length: 0\r\n"))).keep_alive) << line;
}

TEST(Http1Head, ControlBytesBecomeBlanksAndCarriageReturnDropsTheField) {  // RFC 9110, 5.5; RFC 9112, 2.2
  const auto h = head_of(with("A: x\x01y\x7Fz\tt\r\nC: a\rb\r\n"));
  EXPECT_EQ(field(h, "a"), "x y z\tt");
  EXPECT_EQ(field(h, "c"), "(absent)");
}

TEST(Http1Head, NulAnywhereIsRefused) {  // RFC 9110, 5.5: dangerous; curl and browsers refuse it too
  constexpr std::string_view nul("\0", 1);
  for (const std::string_view line : {"A: x", "Na", " fold", ""}) EXPECT_EQ(failure_of(with("B: c\r\n" + std::string(line) + std::string(nul) + "y: z\r\n")), errc::http_malformed) << line;
}

TEST(Http1Head, EightBitBytesAreKept) { EXPECT_EQ(field(head_of(with("A: caf\xE9 \xC3\xA9\r\n")), "a"), "caf\xE9 \xC3\xA9"); }

TEST(Http1Head, FoldedLinesAreJoined) {  // RFC 9112, 5.2
  EXPECT_EQ(field(head_of(with("A: x\r\n  y\r\n\tz\r\n")), "a"), "x y z");
  EXPECT_EQ(head_of(with(" stray\r\nA: x\r\n")).headers.size(), 1U);
  EXPECT_EQ(head_of(with("A: x\r\nno field\r\n folded onto that\r\n")).headers, (header_list{{"A", "x"}}));
  EXPECT_EQ(field(head_of(with("A:\r\n x\r\n \r\n")), "a"), " x ");
}

TEST(Http1Head, SeveralInterimResponsesAreSkippedButNotEndlesslyMany) {
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(head_of(bytes + "HTTP/1.1 204 x\r\n\r\n").status, 204);
  EXPECT_EQ(failure_of(bytes + "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n\r\n"), errc::http_malformed);
  EXPECT_EQ(failure_of("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), errc::http_malformed);
}

TEST(Http1Head, SizeIsBoundedInterimHeadsIncluded) {
  const std::string long_field = "A: " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(failure_of(with(long_field), "GET", 1000), errc::http_header_too_large);
  EXPECT_EQ(failure_of(with(long_field), "GET", 1100), std::nullopt);
  EXPECT_EQ(failure_of("HTTP/1.1 200 OK\r\n" + long_field, "GET", 1000), errc::http_header_too_large);
  EXPECT_EQ(failure_of("HTTP/1.1 103 x\r\n" + long_field + "\r\n" + with(long_field), "GET", 1100), errc::http_header_too_large);
}

TEST(Http1Head, AThousandFieldsAreEnough) {
  std::string fields;
  for (int i = 0; i < 1000; ++i) fields += "a: b\r\n";
  EXPECT_EQ(failure_of(with(fields)), std::nullopt);
  EXPECT_EQ(failure_of(with(fields + "a: b\r\n")), errc::http_header_too_large);
  EXPECT_EQ(failure_of("HTTP/1.1 103 x\r\na: b\r\n\r\n" + with(fields)), errc::http_header_too_large);  // in all
  EXPECT_EQ(failure_of(with(fields + "no field\r\n")), errc::http_header_too_large);
}

TEST(Http1Framing, FollowsTheOrderOfTheStandard) {  // RFC 9112, 6.3
  EXPECT_EQ(head_of(with("Content-Length: 5\r\n"), "HEAD").body, framing::none);
  EXPECT_EQ(head_of("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n").body, framing::none);
  EXPECT_EQ(head_of("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").body, framing::none);
  EXPECT_EQ(head_of(with("Transfer-Encoding: Chunked\r\n")).body, framing::chunked);
  EXPECT_EQ(head_of(with("Content-Length: 5\r\n")).body, framing::length);
  EXPECT_EQ(head_of(with("Content-Length: 5\r\n")).length, 5U);
  EXPECT_EQ(head_of(with("")).body, framing::close);
  EXPECT_EQ(head_of("HTTP/1.1 205 x\r\nContent-Length: 0\r\n\r\n").body, framing::length);  // RFC 9110, 15.3.6
}

TEST(Http1Framing, BodyWhereNoneMayBeEndsTheConnection) {  // it could be read as the next answer
  EXPECT_TRUE(head_of("HTTP/1.1 204 x\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of("HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").keep_alive);  // RFC 9110, 8.6: the length that a 200 would have
  EXPECT_TRUE(head_of(with("Transfer-Encoding: chunked\r\n"), "HEAD").keep_alive);
  EXPECT_FALSE(head_of("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n").keep_alive);
  EXPECT_FALSE(head_of("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n").keep_alive);
  for (const char* fields : {"Content-Length: x\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Transfer-Encoding: gzip\r\n"}) {
    EXPECT_FALSE(head_of(with(fields), "HEAD").keep_alive) << fields;
    EXPECT_FALSE(head_of("HTTP/1.1 304 x\r\n" + std::string(fields) + "\r\n").keep_alive) << fields;
  }
}

TEST(Http1Framing, BothAtOnceAreChunksAndTheEndOfTheConnection) {
  for (const char* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"}) {
    const auto h = head_of(with(fields));
    EXPECT_EQ(h.body, framing::chunked);
    EXPECT_FALSE(h.keep_alive);
  }
  const auto old = head_of("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(old.body, framing::chunked);
  EXPECT_FALSE(old.keep_alive);
}

TEST(Http1Framing, OtherTransferCodingsAreMalformed) {
  for (const char* coding : {"gzip, chunked", "chunked, gzip", "gzip", "chunked, chunked, gzip", "xchunked", "chunked x", "\"chunked\""})
    EXPECT_EQ(failure_of(with("Transfer-Encoding: " + std::string(coding) + "\r\n")), errc::http_malformed) << coding;
  EXPECT_EQ(failure_of(with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")), errc::http_malformed);
  EXPECT_EQ(head_of(with("Transfer-Encoding: identity\r\nContent-Length: 2\r\n")).body, framing::length);
}

TEST(Http1Framing, ChunkedSaidTwiceIsUndoneOnce) {  // as curl and browsers do; nginx behind such a proxy is the common case
  for (const char* fields : {"Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n"}) {
    EXPECT_EQ(head_of(with(fields)).body, framing::chunked);
    EXPECT_FALSE(head_of(with(fields)).keep_alive);
  }
  EXPECT_TRUE(head_of(with("Transfer-Encoding: chunked\r\n")).keep_alive);
}

TEST(Http1Framing, EqualLengthsAreOneDifferentOnesAnAttack) {
  EXPECT_EQ(head_of(with("Content-Length: 5, 5\r\ncontent-length: 5\r\n")).length, 5U);
  EXPECT_EQ(head_of(with("Content-Length:\t 0005 \r\n")).length, 5U);
  EXPECT_EQ(head_of(with("Content-Length: 18446744073709551615\r\n")).length, 18446744073709551615U);
  for (const char* bad : {"5, 6", "", "-1", "+5", "0x10", "5 5", "5,", "1e3", "5.0", "5;", "\"5\"", "five", "\xD9\xA5", "18446744073709551616", "99999999999999999999999"})
    EXPECT_EQ(failure_of(with("Content-Length: " + std::string(bad) + "\r\n")), errc::http_malformed) << bad;
}

TEST(Http1Framing, PersistenceFollowsVersionAndConnection) {  // RFC 9112, 9.3
  const auto kept = [](std::string_view version, std::string_view fields) { return head_of("HTTP/" + std::string(version) + " 200 OK\r\nContent-Length: 0\r\n" + std::string(fields) + "\r\n").keep_alive; };
  EXPECT_TRUE(kept("1.1", ""));
  EXPECT_FALSE(kept("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(kept("1.1", "Connection: keep-alive, Close\r\n"));
  EXPECT_FALSE(kept("1.0", ""));
  EXPECT_TRUE(kept("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(Http1Head, EmptyLinesAreFoundFromWhereWeLeftOff) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest";
  EXPECT_FALSE(has_empty_line(bytes.substr(0, 24), 0));
  for (std::size_t from = 0; from <= 24; ++from) EXPECT_TRUE(has_empty_line(bytes, from)) << from;
  EXPECT_FALSE(has_empty_line(bytes, 25));
  EXPECT_TRUE(has_empty_line("a\n\n", 0));
  EXPECT_TRUE(has_empty_line("\r\n", 0));
  EXPECT_FALSE(has_empty_line("\r", 0));
}

TEST(Http1Request, IsOriginFormWithHostFirst) {  // RFC 9112, 3.2.1
  request r;
  r.headers = {{"User-Agent", "t"}};
  EXPECT_EQ(write_request(r, *url::parse("http://user:pw@H.example:8080/a?b#c")), "GET /a?b HTTP/1.1\r\nHost: h.example:8080\r\nUser-Agent: t\r\n\r\n");
  r.method = "POST";
  r.body = "x=1";
  r.headers.clear();
  EXPECT_EQ(write_request(r, *url::parse("https://h")), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nx=1");
}

}  // namespace
}  // namespace trawl::net
