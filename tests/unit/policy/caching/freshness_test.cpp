#include "crawler/policy/caching/freshness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trawl::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const wall_time noon = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 12h;  // Mon, 15 Jun 2026 12:00:00 GMT
constexpr const char* noon_date = "Mon, 15 Jun 2026 12:00:00 GMT";
constexpr const char* ten_days_before = "Fri, 05 Jun 2026 12:00:00 GMT";
constexpr const char* an_hour_before = "Mon, 15 Jun 2026 11:00:00 GMT";
constexpr const char* an_hour_later = "Mon, 15 Jun 2026 13:00:00 GMT";

request get(header_list headers = {}) {
  request r;
  r.url = "http://h/";
  r.headers = std::move(headers);
  return r;
}
response answer(header_list headers, int status = 200) {
  response r;
  r.status = status;
  r.headers = std::move(headers);
  return r;
}
/// Came at noon, asked for at noon.
stored_head stored(header_list headers, int status = 200) { return {status, std::move(headers), {}, noon, noon}; }
bool storable(header_list headers, int status = 200) { return may_store(get(), answer(std::move(headers), status), noon); }
seconds lifetime(header_list headers, int status = 200) { return freshness_lifetime(stored(std::move(headers), status)); }

// RFC 9111, 3: the method is understood, the status final and understood, and the response whole (3.3).
TEST(MayStore, Rfc9111OnlyWholeFinalAnswersToGet) {
  const header_list fresh = {{"Cache-Control", "max-age=60"}};
  EXPECT_TRUE(storable(fresh));
  for (const int status : {100, 103, 206, 304, 600}) EXPECT_FALSE(storable(fresh, status)) << status;
  for (const char* method : {"HEAD", "POST", "PUT"}) {
    request r = get();
    r.method = method;
    EXPECT_FALSE(may_store(r, answer(fresh), noon)) << method;
  }
  response cut = answer(fresh);
  cut.truncated = truncation::length;
  EXPECT_FALSE(may_store(get(), cut, noon));
  response skipped = answer(fresh);
  skipped.body_skipped = true;
  EXPECT_FALSE(may_store(get(), skipped, noon));
}

// 3: no-store is absent; 5.2.1.5: in the request too.
TEST(MayStore, Rfc9111NotWithNoStore) {
  EXPECT_FALSE(storable({{"Cache-Control", "max-age=60, no-store"}}));
  EXPECT_FALSE(may_store(get({{"Cache-Control", "no-store"}}), answer({{"Cache-Control", "max-age=60"}}), noon));
}

// 5.2.2.3: must-understand takes no-store back for a status that is understood, and forbids storing any other.
TEST(MayStore, Rfc9111MustUnderstand) {
  EXPECT_TRUE(storable({{"Cache-Control", "must-understand, no-store, max-age=60"}}));
  EXPECT_FALSE(storable({{"Cache-Control", "must-understand, no-store, max-age=60"}}, 299));
  EXPECT_FALSE(storable({{"Cache-Control", "must-understand, max-age=60"}}, 299));
}

// 3: private, and an answer to Authorization (3.5), are for a private cache; s-maxage says nothing to it.
TEST(MayStore, Rfc9111APrivateCacheKeepsWhatIsPrivate) {
  EXPECT_TRUE(storable({{"Cache-Control", "private, max-age=60"}}));
  EXPECT_TRUE(may_store(get({{"Authorization", "Basic x"}}), answer({{"Cache-Control", "max-age=60"}}), noon));
  EXPECT_FALSE(storable({{"Cache-Control", "s-maxage=60"}}, 302));
}

// 3, RFC 9110, 15.1: without explicit freshness only a status that is heuristically cacheable.
TEST(MayStore, Rfc9111ByStatusWhereNothingIsSaid) {
  for (const int status : {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}) EXPECT_TRUE(storable({{"Last-Modified", ten_days_before}}, status)) << status;
  for (const int status : {302, 303, 307, 403, 500, 503}) EXPECT_FALSE(storable({{"Last-Modified", ten_days_before}}, status)) << status;
  for (const int status : {302, 307, 403, 500}) EXPECT_TRUE(storable({{"Expires", an_hour_later}}, status)) << status;
}

// Of use is only what will be fresh for a while, or can be asked about.
TEST(MayStore, OursOnlyWhatCanBeOfUse) {
  EXPECT_FALSE(storable({}));
  EXPECT_FALSE(storable({{"Cache-Control", "max-age=0"}}));
  EXPECT_FALSE(storable({{"Cache-Control", "no-cache, max-age=60"}}));
  EXPECT_TRUE(storable({{"Cache-Control", "no-cache, max-age=60"}, {"ETag", "\"a\""}}));
  EXPECT_TRUE(storable({{"ETag", "\"a\""}}));
  EXPECT_FALSE(storable({{"Cache-Control", "max-age=60"}, {"Age", "61"}}));
  EXPECT_FALSE(storable({{"Cache-Control", "max-age=60"}, {"Vary", "accept, *"}}));  // 4.1: it never matches
}

// 3.1: the connection's own fields, those that Connection names, and (ours) cookies are not stored.
TEST(StoredFields, Rfc9111LeavesOutTheConnectionsOwn) {
  const auto kept = stored_fields({{"Connection", "close, X-Mine"}, {"X-Mine", "1"}, {"Transfer-Encoding", "chunked"}, {"Keep-Alive", "timeout=5"}, {"Set-Cookie", "a=b"},
                                   {"Proxy-Authenticate", "Basic"}, {"ETag", "\"a\""}, {"X-Mine-Too", "2"}});
  EXPECT_THAT(kept, ElementsAre(Pair("ETag", "\"a\""), Pair("X-Mine-Too", "2")));
}

// 4.1: the fields that Vary names are the same in both requests, absent in both included; "*" never matches.
TEST(Vary, Rfc9111MatchesTheNamedFields) {
  stored_head head = stored({{"Vary", "Accept-Language, accept"}, {"Vary", "X-Absent"}});
  head.vary = vary_fields(head.headers, {{"ACCEPT", "text/html"}, {"Accept-Language", "de"}, {"Other", "1"}});
  EXPECT_THAT(head.vary, ElementsAre(Pair("accept-language", "de"), Pair("accept", "text/html")));
  EXPECT_TRUE(vary_matches(head, {{"accept", "text/html"}, {"accept-language", " de "}, {"Other", "2"}}));
  EXPECT_FALSE(vary_matches(head, {{"accept", "text/html"}, {"accept-language", "en"}}));
  EXPECT_FALSE(vary_matches(head, {{"accept", "text/html"}}));
  EXPECT_FALSE(vary_matches(head, {{"accept", "text/html"}, {"accept-language", "de"}, {"x-absent", ""}}));
  EXPECT_FALSE(vary_matches(stored({{"Vary", "*"}}), {}));
  EXPECT_EQ(judge_stored(get({{"accept", "x"}}), stored({{"Vary", "accept"}, {"Cache-Control", "max-age=60"}}), noon), reuse::fetch);
}

// 4.2.1: max-age, then Expires less Date; a private cache does not know s-maxage.
TEST(FreshnessLifetime, Rfc9111MaxAgeThenExpires) {
  EXPECT_EQ(lifetime({{"Cache-Control", "max-age=60, s-maxage=5"}, {"Expires", an_hour_later}, {"Date", noon_date}}), 60s);
  EXPECT_EQ(lifetime({{"Expires", an_hour_later}, {"Date", noon_date}}), 1h);
  EXPECT_EQ(lifetime({{"Expires", an_hour_later}, {"Date", an_hour_before}}), 2h);
  EXPECT_EQ(lifetime({{"Expires", an_hour_later}}), 1h);  // RFC 9110, 6.6.1: without Date it is when it came
  EXPECT_EQ(lifetime({{"Expires", an_hour_before}, {"Date", noon_date}}), 0s);
}

// 5.3: an invalid date, "0" above all, is in the past; 4.2.1: of several the first.
TEST(FreshnessLifetime, Rfc9111AnInvalidExpiresHasPassed) {
  for (const char* broken : {"0", "-1", "", "soon"}) EXPECT_EQ(lifetime({{"Expires", broken}, {"Last-Modified", ten_days_before}}), 0s) << broken;
  EXPECT_EQ(lifetime({{"Expires", "0"}, {"Expires", an_hour_later}}), 0s);
  EXPECT_EQ(lifetime({{"Expires", "Fri, 31 Dec 9999 23:59:59 GMT"}}) > 365 * 24h, true);  // beyond the clock
}

// RFC 9110, 5.6.7: all three forms of a date.
TEST(FreshnessLifetime, Rfc9110DatesInTheirThreeForms) {
  for (const char* date : {"Mon, 15 Jun 2026 13:00:00 GMT", "Monday, 15-Jun-26 13:00:00 GMT", "Mon Jun 15 13:00:00 2026"}) EXPECT_EQ(lifetime({{"Expires", date}}), 1h) << date;
}

// 4.2.2: a tenth of the time since Last-Modified, with a bound of ours, and only where the status allows it.
TEST(FreshnessLifetime, Rfc9111HeuristicIsATenthOfTheAge) {
  EXPECT_EQ(lifetime({{"Last-Modified", an_hour_before}, {"Date", noon_date}}), 360s);
  EXPECT_EQ(lifetime({{"Last-Modified", "Mon, 15 Jun 2020 12:00:00 GMT"}, {"Date", noon_date}}), longest_heuristic);
  EXPECT_EQ(lifetime({{"Last-Modified", an_hour_later}, {"Date", noon_date}}), 0s);
  EXPECT_EQ(lifetime({{"Last-Modified", an_hour_before}}, 302), 0s);
  EXPECT_EQ(lifetime({{"Last-Modified", an_hour_before}, {"Cache-Control", "public"}}, 302), 360s);
  EXPECT_EQ(lifetime({}), 0s);
}

// 4.2.3: the larger of what Date and Age say, with the delay of the answer, and the time since.
TEST(CurrentAge, Rfc9111IsTheLargerOfDateAndAge) {
  EXPECT_EQ(current_age(stored({{"Date", noon_date}}), noon + 5s), 5s);
  EXPECT_EQ(current_age(stored({{"Date", an_hour_before}}), noon + 5s), 3605s);
  EXPECT_EQ(current_age(stored({{"Date", noon_date}, {"Age", "30"}}), noon + 5s), 35s);
  EXPECT_EQ(current_age(stored({{"Date", an_hour_before}, {"Age", "30"}}), noon + 5s), 3605s);
  EXPECT_EQ(current_age(stored({{"Date", an_hour_later}}), noon + 5s), 5s);  // their clock is ahead
  stored_head slow = stored({{"Date", noon_date}, {"Age", "30"}});
  slow.request_at = noon - 10s;
  EXPECT_EQ(current_age(slow, noon + 5s), 45s);
}

// 5.1: of a list the first member; what is no number is ignored.
TEST(CurrentAge, Rfc9111AgeIsTheFirstNumber) {
  EXPECT_EQ(current_age(stored({{"Age", "30, 60"}}), noon), 30s);
  EXPECT_EQ(current_age(stored({{"Age", "old"}}), noon), 0s);
  EXPECT_EQ(current_age(stored({{"Age", "-3"}}), noon), 0s);
  EXPECT_EQ(current_age(stored({{"Age", "99999999999999999999"}}), noon), seconds(std::int64_t{1} << 31));
}

// 4.2: fresh while the lifetime is longer than the age.
TEST(JudgeStored, Rfc9111UsesWhatIsFreshAndValidatesWhatIsNot) {
  const stored_head head = stored({{"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}});
  EXPECT_EQ(judge_stored(get(), head, noon), reuse::use);
  EXPECT_EQ(judge_stored(get(), head, noon + 59s), reuse::use);
  EXPECT_EQ(judge_stored(get(), head, noon + 60s), reuse::validate);
  EXPECT_EQ(judge_stored(get(), stored({{"Cache-Control", "max-age=60"}}), noon + 60s), reuse::fetch);
}

// 5.2.2.4 and 5.2.1.4: no-cache on either side means to ask; 5.2.1.1: the request may want it younger; 5.2.1.5.
TEST(JudgeStored, Rfc9111BothSidesMayAskForValidation) {
  const stored_head head = stored({{"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}});
  EXPECT_EQ(judge_stored(get(), stored({{"Cache-Control", "no-cache, max-age=60"}, {"ETag", "\"a\""}}), noon), reuse::validate);
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "no-cache"}}), head, noon), reuse::validate);
  EXPECT_EQ(judge_stored(get({{"Pragma", "no-cache"}}), head, noon), reuse::validate);
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "max-age=5"}}), head, noon + 5s), reuse::use);
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "max-age=5"}}), head, noon + 6s), reuse::validate);
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "no-store"}}), head, noon), reuse::fetch);
}

// 4.2.4, 5.2.2.2: nothing stale is given, so must-revalidate changes nothing; RFC 5861 and max-stale may allow it, and are not taken up.
TEST(JudgeStored, Rfc9111NothingStaleWhateverAllowsIt) {
  for (const char* says : {"max-age=60, must-revalidate", "max-age=60, stale-while-revalidate=600, stale-if-error=600"})
    EXPECT_EQ(judge_stored(get({{"Cache-Control", "max-stale=600"}}), stored({{"Cache-Control", says}, {"ETag", "\"a\""}}), noon + 61s), reuse::validate) << says;
}

// RFC 8246, 2: while it is fresh an immutable response is not asked about in a reload (max-age=0), but in a forced one (no-cache).
TEST(JudgeStored, Rfc8246ImmutableIsNotAskedAboutInAReload) {
  const stored_head head = stored({{"Cache-Control", "max-age=60, immutable"}, {"ETag", "\"a\""}});
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "max-age=0"}}), head, noon + 5s), reuse::use);
  EXPECT_EQ(judge_stored(get({{"Cache-Control", "no-cache"}}), head, noon + 5s), reuse::validate);
  EXPECT_EQ(judge_stored(get(), head, noon + 61s), reuse::validate);
}

TEST(JudgeStored, OursWhatComesFromTheFutureIsAskedAbout) {
  EXPECT_EQ(judge_stored(get(), stored({{"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}}), noon - 1h), reuse::validate);
}

// 4.3.1: the entity tag as it is, weak or not, and Last-Modified as it was written.
TEST(Conditions, Rfc9111SendsBothValidators) {
  EXPECT_THAT(conditions(stored({{"ETag", "W/\"a\""}, {"Last-Modified", noon_date}})), ElementsAre(Pair("If-None-Match", "W/\"a\""), Pair("If-Modified-Since", noon_date)));
  EXPECT_THAT(conditions(stored({{"Last-Modified", "yesterday"}, {"ETag", "bare"}})), IsEmpty());
}

TEST(HasOwnConditions, SeesThemAll) {
  for (const char* name : {"If-None-Match", "if-modified-since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"}) EXPECT_TRUE(has_own_conditions({{name, "x"}})) << name;
  EXPECT_FALSE(has_own_conditions({{"If", "x"}, {"Accept", "y"}}));
}

// 4.3.4: the 304's entity tag selects the response; one without a tag is about the only one there is.
TEST(IsAbout, Rfc9111ComparesEntityTags) {
  const stored_head head = stored({{"ETag", "\"a\""}});
  EXPECT_TRUE(is_about(answer({{"ETag", "\"a\""}}, 304), head));
  EXPECT_TRUE(is_about(answer({{"ETag", "W/\"a\""}}, 304), head));
  EXPECT_FALSE(is_about(answer({{"ETag", "\"b\""}}, 304), head));
  EXPECT_TRUE(is_about(answer({}, 304), head));
  EXPECT_FALSE(is_about(answer({{"ETag", "\"a\""}}, 304), stored({{"Last-Modified", noon_date}})));
}

// 3.2: all fields of the 304 replace those stored, but for those of the connection and those that describe the body.
TEST(UpdatedFields, Rfc9111ReplacesAllButTheBodysOwn) {
  const header_list before = {{"Content-Type", "text/html"}, {"Cache-Control", "max-age=5"}, {"Warning", "1"}, {"warning", "2"}, {"Content-Length", "9"}, {"Age", "7"}, {"X-Kept", "k"}};
  const auto after = updated_fields(before, {{"cache-control", "max-age=60"}, {"Content-Type", "image/png"}, {"Content-Length", "0"}, {"Content-Encoding", "br"}, {"Connection", "close"},
                                             {"Warning", "3"}, {"X-New", "n"}, {"Set-Cookie", "a=b"}});
  EXPECT_THAT(after, ElementsAre(Pair("Content-Type", "text/html"), Pair("Content-Length", "9"), Pair("X-Kept", "k"), Pair("cache-control", "max-age=60"), Pair("Warning", "3"), Pair("X-New", "n")));
}

// 4.4: unsafe methods that did not fail.
TEST(Invalidates, Rfc9111UnsafeMethodsThatDidNotFail) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "BREW"}) {
    EXPECT_TRUE(invalidates(method, 200)) << method;
    EXPECT_TRUE(invalidates(method, 303)) << method;
    EXPECT_FALSE(invalidates(method, 404)) << method;
    EXPECT_FALSE(invalidates(method, 500)) << method;
  }
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) EXPECT_FALSE(invalidates(method, 200)) << method;
}

}  // namespace
}  // namespace trawl::policy
