#include "crawler/net/decode.hpp"

#include <gtest/gtest.h>

#include "tests/support/compressed.hpp"

namespace trawl::net {
namespace {

using trawl::testing::compressed;
using trawl::testing::compressed_zeros;
using trawl::testing::every_coding;
using trawl::testing::label_of;

constexpr std::size_t room = 1U << 20;

std::string text() {
  std::string out;
  for (int i = 0; i < 5000; ++i) out += "line " + std::to_string(i * 7919 % 5003) + "\n";
  return out;
}

/// Bytes that no coding makes smaller.
std::string noise(std::size_t size) {
  std::string out;
  for (std::uint32_t state = 1; out.size() < size;) out += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  return out;
}

struct decoded {
  std::optional<std::string> body;
  truncation cut = truncation::none;
  bool operator==(const decoded&) const = default;
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

/// The same, fed in pieces of at most so many bytes.
decoded decode_in_pieces(std::string_view body, const header_list& headers, std::size_t piece, std::size_t limit = room) {
  auto decoder = body_decoder::make(headers, limit);
  decoded out;
  std::string plain;
  for (bool more = true; decoder && more && !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    const auto fed = decoder->feed(body.substr(0, piece), plain);
    if (!fed) return out;
    more = *fed;
  }
  out.body = std::move(plain);
  out.cut = decoder->cut();
  return out;
}

header_list coding(std::string_view value) { return {{"Content-Encoding", std::string(value)}}; }

TEST(Decode, EachCodingUnderEachOfItsNames) {  // RFC 9110, 8.4.1; RFC 7932; RFC 8878
  for (const std::string& name : every_coding) EXPECT_EQ(decode(compressed(text(), name), coding(label_of(name))), decoded{text()}) << name;
  for (const char* name : {"x-gzip", " GZip ", "identity, gzip", "gzip,", ",\tgzip"}) EXPECT_EQ(decode(compressed(text(), "gzip"), coding(name)), decoded{text()}) << name;
  EXPECT_EQ(decode(compressed(text(), "br"), coding("BR")).body, text());
  for (const char* name : {"identity", "", " ", ",", "identity, identity"}) EXPECT_EQ(decode(text(), coding(name)), decoded{text()}) << name;
  EXPECT_EQ(decode(text(), {}), decoded{text()});
}

TEST(Decode, EmptyBodyIsEmptyUnderEachCoding) {
  for (const std::string& name : every_coding) {
    EXPECT_EQ(decode("", coding(label_of(name))), decoded{""}) << name;
    EXPECT_EQ(decode(compressed("", name), coding(label_of(name))), decoded{""}) << name;
  }
  EXPECT_EQ(decode(compressed(compressed("", "br"), "gzip"), coding("br, gzip")), decoded{""});
}

TEST(Decode, PiecesOfAnySizeGiveTheSame) {
  const std::string plain = text().substr(0, 5000);
  for (const std::string& name : every_coding) {
    const std::string body = compressed(plain, name);
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U, 4096U}) EXPECT_EQ(decode_in_pieces(body, coding(label_of(name)), piece), decoded{plain}) << name << " " << piece;
  }
}

/// The same, decoded no further than `step` bytes at a time.
decoded decode_in_steps(std::string_view body, const header_list& headers, std::size_t step, std::size_t limit = room) {
  using state = body_decoder::state;
  auto decoder = body_decoder::make(headers, limit);
  decoded out;
  std::string plain;
  if (!decoder) return out;
  decoder->take(std::string(body));
  for (std::size_t most = step;; most += step) {
    const auto now = decoder->decode(plain, most);
    EXPECT_LE(plain.size(), most);
    if (!now) return out;
    if (*now != state::full) break;
    EXPECT_EQ(plain.size(), most) << "it stops where it has to, and not before";
  }
  out.body = std::move(plain);
  out.cut = decoder->cut();
  return out;
}

TEST(Decode, StopsWhereItsRoomEndsAndGoesOnFromThere) {
  const std::string plain = text();
  for (const std::string& name : every_coding)
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{32} << 10, plain.size()}) {
      EXPECT_EQ(decode_in_steps(compressed(plain, name), coding(label_of(name)), step), decoded{plain}) << name << " " << step;
      const std::string twice = compressed(compressed(plain, name), "gzip"), names = std::string(label_of(name)) + ", gzip";
      EXPECT_EQ(decode_in_steps(twice, coding(names), step), decoded{plain}) << names << " " << step;
    }
  EXPECT_EQ(decode_in_steps(plain, {}, 1000), decoded{plain});
}

TEST(Decode, ALargeBodyInSmallRoomsIsCutAtItsLimitAll) {
  for (const std::string& name : every_coding) {
    const decoded d = decode_in_steps(compressed_zeros(4 * room, name), coding(label_of(name)), 100'000);
    EXPECT_EQ(d.body, std::string(room, '\0')) << name;
    EXPECT_EQ(d.cut, truncation::length) << name;
  }
}

TEST(Decode, WhatIsBrokenInSmallRoomsKeepsWhatCameBefore) {
  for (const std::string name : {"gzip", "br", "zstd"}) {
    std::string body = compressed(noise(300'000), name);
    body.replace(body.size() / 2, 64, std::string(64, '\x55'));
    const decoded whole = decode(body, coding(name));
    EXPECT_EQ(decode_in_steps(body, coding(name), 1000), whole) << name;
  }
  EXPECT_FALSE(decode_in_steps("no gzip", coding("gzip"), 1000).body);
}

TEST(Decode, RawDeflateThatLooksLikeZlibIsStillRead) {
  // A stored block whose first bytes pass the check of a zlib header: 0x78 0x01 as a raw stream is a block of the fixed tree.
  for (int seed = 0; seed < 200; ++seed) {
    const std::string plain(static_cast<std::size_t>(seed) + 1, static_cast<char>('a' + seed % 26)), body = compressed(plain, "raw");
    EXPECT_EQ(decode(body, coding("deflate")).body, plain) << seed;
    EXPECT_EQ(decode_in_pieces(body, coding("deflate"), 1).body, plain) << seed;
  }
}

TEST(Decode, StackedCodingsInOneFieldOrSeveral) {
  for (const std::string& inner : every_coding)
    for (const std::string& outer : every_coding) {
      const std::string twice = compressed(compressed(text(), inner), outer), names = std::string(label_of(inner)) + ", " + std::string(label_of(outer));
      EXPECT_EQ(decode(twice, coding(names)), decoded{text()}) << names;
      EXPECT_EQ(decode_in_pieces(twice, {{"content-encoding", std::string(label_of(inner))}, {"CONTENT-ENCODING", std::string(label_of(outer))}}, 11), decoded{text()}) << names;
    }
  EXPECT_EQ(decode(compressed(compressed(compressed(text(), "br"), "zstd"), "gzip"), coding("br, zstd, gzip")), decoded{text()});
}

TEST(Decode, MoreThanThreeCodingsAreRefusedOverAllFields) {  // CVE-2022-32206, CVE-2023-23916
  EXPECT_FALSE(decode("x", {{"content-encoding", "gzip, gzip"}, {"content-encoding", "gzip, gzip"}}).body);
  EXPECT_FALSE(decode("x", coding("foo, foo, br, gzip")).body);
}

TEST(Decode, UnknownCodingLeavesTheBytes) {
  for (const char* name : {"foo", "utf-8", "none", "compress", "binary"}) EXPECT_EQ(decode("abc", coding(name)), decoded{"abc"}) << name;
  EXPECT_EQ(decode(compressed("abc", "gzip"), coding("foo, gzip")).body, "abc");
}

TEST(Decode, FileThatIsCompressedItselfIsUnpackedOnceForEachLabel) {
  // Apache labels page.html.gz "Content-Type: application/x-gzip" and "Content-Encoding: gzip": what the file holds is what is wanted.
  const std::string file = compressed(text(), "gzip");
  EXPECT_EQ(decode(file, {{"Content-Type", "application/x-gzip"}, {"Content-Encoding", "gzip"}}), decoded{text()});
  EXPECT_EQ(decode(compressed(file, "br"), {{"Content-Type", "application/gzip"}, {"Content-Encoding", "br"}}), decoded{file});
  EXPECT_EQ(decode(file, {{"Content-Type", "application/gzip"}}), decoded{file});  // without a label nothing is guessed
}

TEST(Decode, StreamCutAtAnyByteGivesItsPrefixAndSaysSo) {
  const std::string plain = text().substr(0, 2000);
  for (const std::string& name : every_coding) {
    const std::string whole = compressed(plain, name);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const decoded d = decode(whole.substr(0, size), coding(label_of(name)));
      ASSERT_TRUE(d.body) << name << " " << size;
      EXPECT_TRUE(plain.starts_with(*d.body)) << name << " " << size;
      EXPECT_EQ(d.cut, truncation::disconnect) << name << " " << size;
    }
  }
}

TEST(Decode, TornStreamsKeepWhatCanBeKnown) {
  for (const std::string& name : every_coding) {
    const std::string whole = compressed(noise(300'000), name);
    EXPECT_GT(decode(whole.substr(0, whole.size() / 2), coding(label_of(name))).body->size(), 10'000U) << name;
  }
}

TEST(Decode, KnownReasonOfATornStreamStays) {
  std::string torn = compressed(text(), "gzip");
  torn.resize(torn.size() / 2);
  EXPECT_EQ(decode(torn, coding("gzip"), room, truncation::length).cut, truncation::length);
  EXPECT_EQ(decode("whole", {}, room, truncation::time).cut, truncation::time);
}

TEST(Decode, DamageInTheMiddleKeepsWhatCameBefore) {
  for (const char* name : {"gzip", "zstd"}) {
    std::string damaged = compressed(text() + noise(300'000) + text(), name);
    for (std::size_t i = damaged.size() - 200'000; i < damaged.size(); ++i) damaged[i] = '\x55';
    const decoded d = decode(damaged, coding(name));
    ASSERT_TRUE(d.body);
    EXPECT_TRUE(d.body->starts_with(text())) << name;
    EXPECT_EQ(d.cut, truncation::disconnect) << name;
  }
}

TEST(Decode, DamagedZlibStreamIsNotReadAgainAsRaw) {
  const std::string plain = text().substr(0, 5000);
  std::string damaged = compressed(plain, "deflate");
  std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(damaged.size() / 2), damaged.end(), '\xFF');
  for (const std::size_t piece : {1U, 100U, 10'000U}) {
    const decoded d = decode_in_pieces(damaged, coding("deflate"), piece);
    ASSERT_TRUE(d.body) << piece;
    EXPECT_TRUE(d.body->starts_with(plain.substr(0, 1000))) << piece;
    EXPECT_EQ(d.cut, truncation::disconnect) << piece;
  }
}

TEST(Decode, WhatIsNoStreamFails) {  // browsers show an error page
  const std::string page = "<html>plain after all</html>";
  for (const char* name : {"gzip", "br", "zstd"}) EXPECT_FALSE(decode(page, coding(name)).body) << name;
  EXPECT_FALSE(decode("\xFF\xFF\xFF\xFF", coding("deflate")).body);
  EXPECT_FALSE(decode_in_pieces("\xFF\xFF\xFF\xFF", coding("deflate"), 1).body);
  EXPECT_FALSE(decode(compressed(page, "gzip"), coding("gzip, gzip")).body);
}

TEST(Decode, MembersFollowEachOther) {  // RFC 1952, 2.2; RFC 8878, 3
  for (const std::string name : {"gzip", "zstd"}) {
    const std::string both = compressed("one ", name) + compressed("", name) + compressed("two", name);
    EXPECT_EQ(decode(both, coding(name)), decoded{"one two"}) << name;
    EXPECT_EQ(decode_in_pieces(both, coding(name), 1), decoded{"one two"}) << name;
    const decoded torn = decode(both.substr(0, both.size() - 3), coding(name));
    EXPECT_TRUE(torn.body->starts_with("one ")) << name;
    EXPECT_EQ(torn.cut, truncation::disconnect) << name;
  }
  const std::string skipped("\x51\x2A\x4D\x18\x03\0\0\0abc", 11);  // RFC 8878, 3.1.2
  EXPECT_EQ(decode(skipped + compressed("one ", "zstd") + skipped + compressed("two", "zstd") + skipped, coding("zstd")), decoded{"one two"});
}

TEST(Decode, WhatFollowsTheEndIsIgnored) {  // as Chromium's GzipSourceStream does, "matches the behavior of other browsers"
  const std::string garbage("\0\0\x1F\0garbage", 11);
  for (const std::string& name : every_coding)
    for (const std::string& behind : {garbage, std::string("\x1F"), std::string("\x1F\x8B"), std::string("\x28\xB5\x2F"), std::string("\n"), std::string("\x50")}) {
      EXPECT_EQ(decode(compressed(text(), name) + behind, coding(label_of(name))), decoded{text()}) << name;
      EXPECT_EQ(decode_in_pieces(compressed(text(), name) + behind, coding(label_of(name)), 1), decoded{text()}) << name;
    }
}

TEST(Decode, WrongChecksumBehindAGoodStreamIsForgiven) {  // browsers skip it, and RFC 1950's with it
  for (const char* name : {"gzip", "deflate"}) {
    std::string body = compressed(text(), name);
    body.back() ^= 0x11, body[body.size() - 4] ^= 0x11;
    EXPECT_EQ(decode(body, coding(name)), decoded{text()}) << name;
  }
}

TEST(Decode, WindowsAreBounded) {  // RFC 9659, 3; RFC 7932, 9.1
  constexpr std::uint64_t size = 1U << 20;
  EXPECT_EQ(decode(compressed_zeros(size, "zstd", 23), coding("zstd"), 1000).body->size(), 1000U);
  EXPECT_FALSE(decode(compressed_zeros(size, "zstd", 24), coding("zstd"), 1000).body);
  EXPECT_EQ(decode(compressed_zeros(size, "br", 24), coding("br"), 1000).body->size(), 1000U);
  EXPECT_FALSE(decode(compressed_zeros(size, "br", 25), coding("br"), 1000).body);  // the "large window" that is no part of the standard
}

TEST(Decode, BombsStopAtTheLimit) {
  for (const std::string& name : every_coding) {
    const std::string bomb = compressed_zeros(16U << 20, name);
    EXPECT_EQ(decode(bomb, coding(label_of(name)), 100'000), (decoded{std::string(100'000, '\0'), truncation::length})) << name;
    EXPECT_EQ(decode(compressed(bomb, "gzip"), coding(std::string(label_of(name)) + ", gzip"), 100'000).body->size(), 100'000U) << name;
    EXPECT_EQ(decode_in_pieces(bomb, coding(label_of(name)), 10, 100'000).cut, truncation::length) << name;
  }
}

TEST(Decode, NoCodingGivesMoreThanTheLimitEvenIfNothingComesOfIt) {
  // The outer coding unfolds to an inner stream that is whole at once, and garbage that is ignored.
  const std::string inner = compressed("page", "gzip") + std::string(5'000'000, '\0');
  EXPECT_EQ(decode(compressed(inner, "br"), coding("gzip, br"), room), (decoded{"page", truncation::length}));
  EXPECT_EQ(decode(compressed(inner, "br"), coding("gzip, br"), 6'000'000), decoded{"page"});
}

TEST(Decode, RatioIsBoundedOnceMuchHasCome) {
  constexpr std::size_t large = 1U << 30;
  const decoded zeros = decode_in_pieces(compressed_zeros(100U << 20, "br"), coding("br"), 16, large);
  EXPECT_EQ(zeros.cut, truncation::length);
  EXPECT_LE(zeros.body->size(), ratio_holds_from + (64U << 10));
  EXPECT_GE(zeros.body->size(), ratio_holds_from - (64U << 10));
  const decoded small = decode(compressed_zeros(ratio_holds_from, "br"), coding("br"), large);
  EXPECT_EQ(small.cut, truncation::none);
  EXPECT_EQ(small.body->size(), ratio_holds_from);
}

TEST(Decode, LimitHoldsForPlainBodiesToo) {
  EXPECT_EQ(decode("123456", {}, 4), (decoded{"1234", truncation::length}));
  EXPECT_EQ(decode("1234", {}, 4), decoded{"1234"});
  EXPECT_EQ(decode_in_pieces("1234", {}, 1, 4), decoded{"1234"});
  EXPECT_EQ(decode_in_pieces("12345", {}, 1, 4), (decoded{"1234", truncation::length}));
  for (const std::string& name : every_coding) {
    EXPECT_EQ(decode(compressed("1234", name), coding(label_of(name)), 4), decoded{"1234"}) << name;
    EXPECT_EQ(decode(compressed("12345", name), coding(label_of(name)), 4), (decoded{"1234", truncation::length})) << name;
  }
}

TEST(Decode, LargeBodiesTakeNoMoreRoomThanTheLimit) {
  constexpr std::size_t limit = 10'000'000;
  std::string out;
  auto decoder = body_decoder::make({}, limit);
  for (const std::string piece(60'000, 'x'); *decoder->feed(piece, out);) EXPECT_LE(out.capacity(), limit);
  EXPECT_EQ(out.size(), limit);
  EXPECT_LE(out.capacity(), limit);
}

}  // namespace
}  // namespace trawl::net
