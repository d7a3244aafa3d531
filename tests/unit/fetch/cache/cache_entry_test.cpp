#include "crawler/fetch/cache/entry.hpp"

#include <gtest/gtest.h>

namespace trawl::fetch {
namespace {

using namespace std::chrono_literals;

cache_entry sample() {
  cache_entry out;
  out.key = "GET http://h/\npart";
  out.url = "http://h/";
  out.limits = "100 text/html";
  const auto when = std::chrono::system_clock::time_point(1'700'000'000'123ms);
  out.head = {404, {{"ETag", "\"a\""}, {"X", ""}}, {{"accept", "b"}}, when - 5s, when};
  out.answer.http_version = "1.1";
  out.answer.ip = "127.0.0.1";
  out.answer.body = std::string("a\0b", 3);
  out.answer.truncated = truncation::length;
  out.answer.body_skipped = true;
  out.answer.tls_verified = false;
  return out;
}

TEST(CacheEntry, ComesBackAsItWas) {
  const cache_entry in = sample();
  const auto out = from_bytes(to_bytes(in));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->key, in.key);
  EXPECT_EQ(out->url, in.url);
  EXPECT_EQ(out->limits, in.limits);
  EXPECT_EQ(out->head.status, 404);
  EXPECT_EQ(out->head.headers, in.head.headers);
  EXPECT_EQ(out->head.vary, in.head.vary);
  EXPECT_EQ(out->head.request_at, in.head.request_at);
  EXPECT_EQ(out->head.response_at, in.head.response_at);
  EXPECT_EQ(out->answer.http_version, "1.1");
  EXPECT_EQ(out->answer.ip, "127.0.0.1");
  EXPECT_EQ(out->answer.body, in.answer.body);
  EXPECT_EQ(out->answer.truncated, truncation::length);
  EXPECT_TRUE(out->answer.body_skipped);
  EXPECT_FALSE(out->answer.tls_verified);
}

TEST(CacheEntry, IsRefusedCutAtEveryByteAndWithAnyByteChanged) {
  const std::string whole = to_bytes(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(from_bytes(std::string_view(whole).substr(0, size))) << size;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(from_bytes(changed)) << at;
  }
  EXPECT_FALSE(from_bytes(whole + 'x'));
  EXPECT_FALSE(from_bytes(std::string(whole.size(), '\0')));
}

TEST(CacheKey, PartsMethodsBodiesAndPartitions) {
  request get, post, other;
  get.url = post.url = other.url = "http://h/";
  post.method = other.method = "POST";
  post.body = "a=1";
  other.body = "a=2";
  EXPECT_NE(cache_key(get, "p"), cache_key(post, "p"));
  EXPECT_NE(cache_key(post, "p"), cache_key(other, "p"));
  EXPECT_NE(cache_key(get, "p"), cache_key(get, "q"));
  EXPECT_EQ(cache_key(post, "p"), cache_key(request(post), "p"));
}

// FIPS 180-4's example.
TEST(HexDigest, IsSha256) { EXPECT_EQ(hex_digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); }

}  // namespace
}  // namespace trawl::fetch
