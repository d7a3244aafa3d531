#include "crawler/net/decode.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace trawl::net {
namespace {

constexpr int zlib_window = 15, gzip_window = 31, raw_window = -15;
constexpr std::size_t room = 1U << 20;

std::string deflated(std::string_view plain, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(plain.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string text() {
  std::string out;
  for (int i = 0; i < 5000; ++i) out += "line " + std::to_string(i * 7919 % 5003) + "\n";
  return out;
}

struct decoded {
  std::optional<std::string> body;
  truncation cut = truncation::none;
};

decoded decode(std::string body, header_list headers, std::size_t limit = room, truncation before = truncation::none) {
  decoded out;
  out.cut = before;
  auto plain = decode_body(std::move(body), headers, limit, out.cut);
  if (plain) {
    out.body = std::move(*plain);
  } else {
    EXPECT_EQ(plain.error().code, errc::body_decode);
  }
  return out;
}

header_list coding(std::string value) { return {{"Content-Encoding", std::move(value)}}; }

TEST(Decode, EachCodingUnderEachOfItsNames) {  // RFC 9110, 8.4.1
  for (const char* name : {"gzip", "x-gzip", " GZip "}) EXPECT_EQ(decode(deflated(text(), gzip_window), coding(name)).body, text()) << name;
  EXPECT_EQ(decode(deflated(text(), zlib_window), coding("deflate")).body, text());
  EXPECT_EQ(decode(deflated(text(), raw_window), coding("deflate")).body, text());  // what some servers mean by it
  EXPECT_EQ(decode(text(), coding("identity")).body, text());
  EXPECT_EQ(decode(text(), {}).body, text());
  EXPECT_EQ(decode("", coding("gzip")).body, "");
}

TEST(Decode, RawDeflateThatLooksLikeZlibIsStillRead) {
  // A stored block whose first bytes pass the check of a zlib header: 0x78 0x01 as a raw stream is a block of the fixed tree.
  for (int seed = 0; seed < 200; ++seed) {
    const std::string plain(static_cast<std::size_t>(seed) + 1, static_cast<char>('a' + seed % 26));
    EXPECT_EQ(decode(deflated(plain, raw_window), coding("deflate")).body, plain) << seed;
  }
}

TEST(Decode, StackedCodingsInOneFieldOrSeveral) {
  const std::string twice = deflated(deflated(text(), zlib_window), gzip_window);
  EXPECT_EQ(decode(twice, coding("deflate, gzip")).body, text());
  EXPECT_EQ(decode(twice, {{"content-encoding", "deflate"}, {"CONTENT-ENCODING", "gzip"}}).body, text());
}

TEST(Decode, MoreThanThreeCodingsAreRefusedOverAllFields) {  // CVE-2022-32206, CVE-2023-23916
  EXPECT_FALSE(decode("x", {{"content-encoding", "gzip, gzip"}, {"content-encoding", "gzip, gzip"}}).body);
}

TEST(Decode, UnknownCodingLeavesTheBytes) {
  EXPECT_EQ(decode("abc", coding("foo")).body, "abc");
  EXPECT_EQ(decode(deflated("abc", gzip_window), coding("foo, gzip")).body, "abc");
}

TEST(Decode, TornStreamsKeepTheirPrefix) {
  std::string torn = deflated(text(), gzip_window);
  torn.resize(torn.size() / 2);
  const decoded d = decode(torn, coding("gzip"));
  ASSERT_TRUE(d.body);
  EXPECT_FALSE(d.body->empty());
  EXPECT_TRUE(text().starts_with(*d.body));
  EXPECT_EQ(d.cut, truncation::disconnect);
}

TEST(Decode, KnownReasonOfATornStreamStays) {
  std::string torn = deflated(text(), gzip_window);
  torn.resize(torn.size() / 2);
  EXPECT_EQ(decode(torn, coding("gzip"), room, truncation::length).cut, truncation::length);
}

TEST(Decode, DamageInTheMiddleKeepsWhatCameBefore) {
  std::string random;
  std::uint32_t state = 1;
  for (int i = 0; i < 300'000; ++i) random += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  std::string damaged = deflated(random, gzip_window);
  for (std::size_t i = damaged.size() - 20'000; i < damaged.size(); ++i) damaged[i] = '\x55';
  const decoded d = decode(damaged, coding("gzip"));
  ASSERT_TRUE(d.body);
  EXPECT_GT(d.body->size(), 200'000U);
  EXPECT_EQ(d.cut, truncation::disconnect);
}

TEST(Decode, WhatIsNoStreamFails) {
  EXPECT_FALSE(decode("<html>plain after all</html>", coding("gzip")).body);
  EXPECT_FALSE(decode("\xFF\xFF\xFF\xFF", coding("deflate")).body);
}

TEST(Decode, MembersFollowEachOtherAndGarbageIsIgnored) {  // RFC 1952, 2.2
  const std::string both = deflated("one ", gzip_window) + deflated("two", gzip_window);
  EXPECT_EQ(decode(both, coding("gzip")).body, "one two");
  const decoded d = decode(both + std::string("\0\0\0garbage", 10), coding("gzip"));
  EXPECT_EQ(d.body, "one two");
  EXPECT_EQ(d.cut, truncation::none);
}

TEST(Decode, BombsStopAtTheLimit) {
  const std::string zeros(64U << 20, '\0');
  const std::string bomb = deflated(zeros, gzip_window), nested = deflated(bomb, gzip_window);
  const decoded once = decode(bomb, coding("gzip"), 100'000);
  EXPECT_EQ(once.body->size(), 100'000U);
  EXPECT_EQ(once.cut, truncation::length);
  EXPECT_EQ(decode(nested, coding("gzip, gzip"), 100'000).body->size(), 100'000U);
}

TEST(Decode, LimitHoldsForPlainBodiesToo) {
  const decoded d = decode("123456", {}, 4);
  EXPECT_EQ(d.body, "1234");
  EXPECT_EQ(d.cut, truncation::length);
  EXPECT_EQ(decode("1234", {}, 4).cut, truncation::none);
}

}  // namespace
}  // namespace trawl::net
