#include "server/http/gzip.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace trawl::server::http {
namespace {

bool takes(const std::vector<std::string>& values) {
  request r;
  for (const std::string& value : values) r.fields.emplace_back("accept-encoding", value);
  return accepts_gzip(r);
}

// RFC 9110, 12.5.3 and 12.4.2.
TEST(Rfc9110, GzipIsTakenWhereItIsNamedAndItsWeightIsAboveZero) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "br, gzip", "gzip;q=0.001", "gzip ; q=1", "*", "identity;q=0.5, *;q=0.1", "*;q=0, gzip"}) EXPECT_TRUE(takes({yes})) << yes;
  for (const char* no : {"", "br", "gzip;q=0", "gzip;q=0.000", "gzip; Q=0", "*;q=0", "*, gzip;q=0", "gzipped", "identity"}) EXPECT_FALSE(takes({no})) << no;
  EXPECT_FALSE(takes({}));
  EXPECT_TRUE(takes({"br", "gzip"}));
}

std::string field_of(const answer& out, std::string_view name) {
  const auto at = std::ranges::find(out.fields, name, [](const auto& f) { return std::string_view(f.first); });
  return at == out.fields.end() ? "" : at->second;
}

TEST(Gzip, OnlyTextThatIsNotTinyIsCompressed) {
  answer small = json(200, std::string(smallest_compressed - 1, 'x'));
  compress(small, true);
  EXPECT_EQ(small.body.size(), smallest_compressed - 1);
  EXPECT_EQ(field_of(small, "Vary"), "");
  answer large = json(200, std::string(smallest_compressed, 'x'));
  compress(large, true);
  EXPECT_EQ(field_of(large, "Content-Encoding"), "gzip");
  EXPECT_LT(large.body.size(), 100U);
  answer image = json(200, std::string(smallest_compressed, 'x'));
  image.content_type = "image/png";
  compress(image, true);
  EXPECT_EQ(image.body.size(), smallest_compressed);
}

TEST(Gzip, WhoTakesNoneIsToldThatThereIsAnotherForm) {
  answer large = json(200, std::string(smallest_compressed, 'x'));
  compress(large, false);
  EXPECT_EQ(field_of(large, "Content-Encoding"), "");
  EXPECT_EQ(field_of(large, "Vary"), "Accept-Encoding");
  EXPECT_EQ(large.body.size(), smallest_compressed);
}

}  // namespace
}  // namespace trawl::server::http
