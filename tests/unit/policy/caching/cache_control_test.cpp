#include "crawler/policy/caching/cache_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

cache_control read(std::string value) { return read_cache_control({{"Cache-Control", std::move(value)}}); }

// RFC 9111, 5.2: a list of directives, names compared without case, values as tokens or quoted.
TEST(CacheControl, Rfc9111ReadsDirectivesInAnyForm) {
  const auto all = read("No-Store, no-cache ,\tMAX-AGE=60,public,immutable,must-understand");
  EXPECT_TRUE(all.no_store && all.no_cache && all.is_public && all.immutable && all.must_understand);
  EXPECT_FALSE(all.is_private);
  EXPECT_EQ(all.max_age, 60s);
  EXPECT_EQ(read("max-age=\"60\"").max_age, 60s);
  EXPECT_EQ(read("max-age = 60").max_age, 60s);
  EXPECT_FALSE(read("").max_age);
}

// 5.2.3: unknown directives are ignored; so are those for shared caches, and what looks like one inside a quoted string.
TEST(CacheControl, Rfc9111IgnoresWhatIsNotForIt) {
  const auto said = read("s-maxage=9, x-no-store, community=\"a, no-store, b\", proxy-revalidate, , =, max-age-x=3");
  EXPECT_FALSE(said.no_store || said.no_cache || said.max_age);
}

// 4.2.1: of several values the first; what is no number makes the response stale.
TEST(CacheControl, Rfc9111OfSeveralTheFirst) {
  EXPECT_EQ(read_cache_control({{"Cache-Control", "max-age=5"}, {"cache-control", "max-age=7, no-store"}}).max_age, 5s);
  EXPECT_TRUE(read_cache_control({{"Cache-Control", "max-age=5"}, {"cache-control", "no-store"}}).no_store);
  for (const char* broken : {"max-age=abc", "max-age=-1", "max-age", "max-age=", "max-age=1.5", "max-age=abc, max-age=9"}) EXPECT_EQ(read(broken).max_age, 0s) << broken;
}

// 1.2.2: what is too large is 2^31.
TEST(CacheControl, Rfc9111LargeNumbersAreTheLargest) {
  EXPECT_EQ(read("max-age=99999999999999999999999999").max_age, std::chrono::seconds(std::int64_t{1} << 31));
}

// 5.2.2.4: no-cache with field names is about these; Set-Cookie is never stored.
TEST(CacheControl, Rfc9111NoCacheWithNamesIsNoCacheUnlessNothingStoredIsNamed) {
  EXPECT_FALSE(read("no-cache=\"Set-Cookie\"").no_cache);
  EXPECT_TRUE(read("no-cache=\"Set-Cookie, X-Other\"").no_cache);
  EXPECT_TRUE(read("no-cache=x-other").no_cache);
  EXPECT_TRUE(read("no-cache=\"set-cookie\", no-cache").no_cache);
}

// 5.4: Pragma counts in requests alone, and only without Cache-Control.
TEST(CacheControl, Rfc9111PragmaCountsWithoutCacheControlAlone) {
  EXPECT_TRUE(read_request_cache_control({{"Pragma", "x, No-Cache"}}).no_cache);
  EXPECT_FALSE(read_request_cache_control({{"Pragma", "no-cache"}, {"Cache-Control", "max-age=3"}}).no_cache);
  EXPECT_FALSE(read_cache_control({{"Pragma", "no-cache"}}).no_cache);
}

TEST(ListMembers, ArePartedByCommasOutsideQuotes) {
  EXPECT_THAT(list_members(" a ,,b=\"c,d\\\",e\" , f"), ElementsAre("a", "b=\"c,d\\\",e\"", "f"));
  EXPECT_THAT(list_members("a, \"open, b"), ElementsAre("a", "\"open, b"));
  EXPECT_THAT(list_members("\"\\"), ElementsAre("\"\\"));
  EXPECT_THAT(list_members(" , \t,"), IsEmpty());
}

TEST(JoinedField, TellsAbsentFromEmpty) {
  const header_list fields = {{"A", " x "}, {"b", ""}, {"a", "y"}};
  EXPECT_EQ(joined_field(fields, "A"), "x, y");
  EXPECT_EQ(joined_field(fields, "B"), "");
  EXPECT_EQ(joined_field(fields, "c"), std::nullopt);
}

}  // namespace
}  // namespace trawl::policy
