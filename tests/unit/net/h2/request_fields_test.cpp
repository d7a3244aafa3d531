#include "crawler/net/h2/request_fields.hpp"

#include <gtest/gtest.h>

namespace trawl::net::h2 {
namespace {

header_list fields_of(const request& r) {
  const auto target = url::parse(r.url);
  return target ? request_fields(r, *target) : header_list{};
}

// RFC 9113, 8.3: "All pseudo-header fields MUST appear in a field block before all regular field lines."
TEST(RequestFields, PutsPseudoHeadersFirstAndNamesInLowerCase) {
  request r;
  r.url = "https://h.example:8443/a?b=c";
  r.headers = {{"User-Agent", "trawl"}, {"Cookie", "a=1; b=2"}};
  const header_list wanted{{":method", "GET"}, {":scheme", "https"}, {":authority", "h.example:8443"}, {":path", "/a?b=c"}, {"user-agent", "trawl"}, {"cookie", "a=1; b=2"}};
  EXPECT_EQ(fields_of(r), wanted);
}

// RFC 9113, 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields."
TEST(RequestFields, DropsWhatBelongsToAConnection) {
  request r;
  r.url = "https://h.example/";
  r.headers = {{"Connection", "close, X-Hop"}, {"Keep-Alive", "timeout=5"}, {"Proxy-Connection", "x"}, {"Transfer-Encoding", "chunked"},
               {"Upgrade", "h2c"},             {"TE", "gzip"},              {"X-Hop", "1"},            {"Accept", "*/*"}};
  const header_list out = fields_of(r);
  ASSERT_EQ(out.size(), 5U);
  EXPECT_EQ(out.back(), (header_list::value_type{"accept", "*/*"}));
}

TEST(RequestFields, TakesTheAuthorityFromHost) {
  request r;
  r.url = "https://192.0.2.1/";
  r.headers = {{"Host", "name.example"}};
  const header_list out = fields_of(r);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[2], (header_list::value_type{":authority", "name.example"}));
}

TEST(RequestFields, SaysABodysLengthOnce) {
  request r;
  r.url = "https://h.example/";
  r.method = "POST";
  r.headers = {{"Content-Length", "99"}};
  r.body = "abc";
  EXPECT_EQ(fields_of(r).back(), (header_list::value_type{"content-length", "3"}));
  r.body.clear();
  EXPECT_EQ(fields_of(r).back(), (header_list::value_type{"content-length", "0"}));
}

}  // namespace
}  // namespace trawl::net::h2
