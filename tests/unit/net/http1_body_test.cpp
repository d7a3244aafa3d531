#include <gtest/gtest.h>

#include "crawler/net/http1.hpp"

namespace trawl::net {
namespace {

response_head framed(framing how, std::uint64_t length = 0) {
  response_head h;
  h.body = how;
  h.length = length;
  return h;
}

struct reading {
  std::string payload;
  std::string left;
  std::optional<errc> failed;
  bool done = false;
};

/// Feeds `bytes` in pieces of at most `piece`.
reading read(const response_head& head, std::string_view bytes, std::size_t piece = std::string::npos, std::size_t trailer_room = 1024) {
  body_reader reader(head, trailer_room);
  reading out;
  while (!bytes.empty() && !reader.done()) {
    const std::string_view part = bytes.substr(0, piece);
    const auto taken = reader.take(part, out.payload);
    if (!taken) {
      out.failed = taken.error().code;
      return out;
    }
    bytes.remove_prefix(*taken);
    if (*taken < part.size()) break;
  }
  out.left = bytes;
  out.done = reader.done();
  return out;
}

constexpr std::string_view chunks = "4\r\nWiki\r\n6;ext=\"v\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n";

TEST(Http1Body, ChunksAreJoinedWhereverTheyAreSplit) {  // RFC 9112, 7.1
  const std::string bytes = std::string(chunks) + "NEXT";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const reading r = read(framed(framing::chunked), bytes, piece);
    EXPECT_EQ(r.payload, "Wikipedia in \r\n\r\nchunks.") << piece;
    EXPECT_TRUE(r.done) << piece;
    EXPECT_TRUE(bytes.ends_with(r.left) && r.left.size() <= 4) << piece;
  }
  EXPECT_EQ(read(framed(framing::chunked), bytes).left, "NEXT");
}

TEST(Http1Body, EveryPrefixOfChunksIsUnfinished) {
  for (std::size_t n = 0; n < chunks.size(); ++n) {
    const reading r = read(framed(framing::chunked), chunks.substr(0, n));
    EXPECT_FALSE(r.done || r.failed) << n;
  }
  EXPECT_FALSE(body_reader(framed(framing::chunked)).ends_at_close());
}

TEST(Http1Body, ChunkFormsThatServersSend) {
  for (const char* form : {"5\nhello\n0\n\n", "5\r\nhello\n0\r\n\n", "0000000000000000000005\r\nhello\r\n0\r\n\r\n", "5;a=\"b;c\";d\r\nhello\r\n0\r\n\r\n", "\t5\t\r\nhello\r\n0\r\n\r\n", "5  \r\nhello\r\n0\r\n\r\n", "005\r\nhello\r\n000\r\n\r\n", "5 ; a=b\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0;last\r\nA: b\r\nC: d\r\n\r\n"})
    EXPECT_EQ(read(framed(framing::chunked), form).payload, "hello") << form;
  EXPECT_EQ(read(framed(framing::chunked), "A\r\n0123456789\r\n0\r\n\r\n").payload.size(), 10U);
}

TEST(Http1Body, BrokenChunksAreMalformed) {
  for (const char* bad : {"x\r\n", "\r\n", "-5\r\nhello", "+5\r\n", "0x5\r\nhello\r\n", "5\r\nhelloX\r\n", "5 5\r\nhello", "10000000000000000\r\n", "fffffffffffffffff\r\n", ";\r\n", " \r\n", "5,\r\n", "5\"\r\n", "5.\r\n", "5\rhello\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhel\r\n0\r\n\r\n"})
    EXPECT_EQ(read(framed(framing::chunked), bad).failed, errc::http_malformed) << bad;
}

TEST(Http1Body, ChunkExtensionsAreBounded) {
  EXPECT_EQ(read(framed(framing::chunked), "5;" + std::string(20'000, 'x')).failed, errc::http_malformed);
  EXPECT_TRUE(read(framed(framing::chunked), "5;" + std::string(10'000, 'x') + "\r\nhello\r\n0\r\n\r\n").done);
  std::string dribble;
  while (dribble.size() < 8'000'000) dribble += "1;" + std::string(4000, 'x') + "\r\na\r\n";
  EXPECT_EQ(read(framed(framing::chunked), dribble).failed, errc::http_malformed);
}

TEST(Http1Body, SmallChunksAreNoFlood) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += "1\r\na\r\n";
  const reading r = read(framed(framing::chunked), bytes + "0\r\n\r\n", 1000);
  EXPECT_TRUE(r.done);
  EXPECT_EQ(r.payload.size(), 300'000U);
}

TEST(Http1Body, LastChunkThatComesEarlyEndsTheBody) {
  const reading r = read(framed(framing::chunked), "0\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_TRUE(r.done);
  EXPECT_EQ(r.payload, "");
  EXPECT_EQ(r.left, "5\r\nhello\r\n0\r\n\r\n");
}

TEST(Http1Body, TrailersCountAsFieldsOfTheHead) {
  response_head head = framed(framing::chunked);
  head.headers.resize(990, {"a", "b"});
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10; ++i) trailers += "a: b\r\n";
  EXPECT_TRUE(read(head, trailers + "\r\n", 3).done);
  EXPECT_EQ(read(head, trailers + "a: b\r\n\r\n", 3).failed, errc::http_header_too_large);
}

TEST(Http1Body, TrailersHaveTheirRoomAndNoMore) {
  const std::string trailer = "0\r\nA: " + std::string(100, 'x') + "\r\n\r\n";
  EXPECT_TRUE(read(framed(framing::chunked), trailer, 7, 110).done);
  EXPECT_EQ(read(framed(framing::chunked), trailer, 7, 50).failed, errc::http_header_too_large);
}

TEST(Http1Body, LengthTakesExactlyItsBytes) {
  for (std::size_t piece = 1; piece <= 8; ++piece) {
    const reading r = read(framed(framing::length, 5), "helloNEXT", piece);
    EXPECT_EQ(r.payload, "hello");
    EXPECT_TRUE(r.done);
  }
  EXPECT_FALSE(read(framed(framing::length, 5), "hell").done);
  EXPECT_FALSE(body_reader(framed(framing::length, 5)).ends_at_close());
  EXPECT_TRUE(body_reader(framed(framing::length, 0)).done());
}

TEST(Http1Body, WithoutFramingTheEndOfTheConnectionIsTheEnd) {
  const reading r = read(framed(framing::close), "all of it");
  EXPECT_EQ(r.payload, "all of it");
  EXPECT_FALSE(r.done);
  EXPECT_TRUE(body_reader(framed(framing::close)).ends_at_close());
}

TEST(Http1Body, NoneIsDoneAtOnce) { EXPECT_TRUE(body_reader(framed(framing::none)).done()); }

}  // namespace
}  // namespace trawl::net
