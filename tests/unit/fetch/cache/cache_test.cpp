#include "tests/unit/fetch/cache/cache_bench.hpp"

namespace trawl::fetch {
namespace {

// A label that is no type says nothing: the network reads such a body, and so it comes from the cache.
CO_TEST(Cache, GivesTheBodiesThatTheNetworkWouldHaveRead) {
  cache_bench b;
  scripted_fetch next;
  next.then(answer_of(200, {{"Content-Type", "nonsense"}, {"Cache-Control", "max-age=60"}}, "hello"));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a.example/"));
  const auto again = co_await fetch(ask_for("http://a.example/"));
  EXPECT_EQ(next.asked().size(), 1U);
  EXPECT_EQ(response_in(again).body, "hello");
  EXPECT_FALSE(response_in(again).body_skipped);
}

CO_TEST(Cache, AHitSendsNoRequestAndKeepsTheAnswer) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("page", {{"Set-Cookie", "a=b"}}));
  const auto fetch = b.around(next);
  const auto first = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(first).source, content_source::network);
  EXPECT_EQ(response_in(first).header("set-cookie"), "a=b");
  b.now += 59s;
  const auto second = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(second).body, "page");
  EXPECT_EQ(response_in(second).status, 200);
  EXPECT_EQ(response_in(second).source, content_source::cache);
  EXPECT_EQ(response_in(second).header("content-type"), "text/html");
  EXPECT_FALSE(response_in(second).header("set-cookie"));
  EXPECT_EQ(next.asked().size(), 1U);
}

CO_TEST(Cache, PassesErrorsAndDeferralsThrough) {
  cache_bench b;
  scripted_fetch next;
  next.then(fail(errc::connect_refused)).then(deferral{{}, {}, defer_reason::retry}).then(answer_of(500));
  const auto fetch = b.around(next);
  const auto failed = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(failed.error().code, errc::connect_refused);
  const auto put_off = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(deferral_in(put_off).reason, defer_reason::retry);
  const auto answered = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(answered).status, 500);
}

CO_TEST(Cache, CancellationGoesThrough) {
  cache_bench b;
  scripted_fetch next;
  next.then_never();
  const auto fetch = with_deadline(b.around(next), 20ms);
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(got.error().code, errc::timeout_total);
}

CO_TEST(Cache, AStaleAnswerIsValidatedAndA304RefreshesIt) {
  cache_bench b;
  scripted_fetch next;
  response not_modified = answer_of(304, {{"ETag", "\"a\""}, {"Cache-Control", "max-age=600"}, {"Set-Cookie", "n=1"}});
  not_modified.ip = "10.0.0.1";
  next.then(fresh_page("page")).then(std::move(not_modified));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  b.now += 61s;
  const auto second = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(sent(next.asked().at(1), "if-none-match"), "\"a\"");
  EXPECT_EQ(response_in(second).status, 200);
  EXPECT_EQ(response_in(second).body, "page");
  EXPECT_EQ(response_in(second).ip, "10.0.0.1");
  EXPECT_EQ(response_in(second).source, content_source::validated);
  EXPECT_EQ(response_in(second).header("set-cookie"), "n=1");
  b.now += 599s;
  const auto third = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(third).source, content_source::cache);
  EXPECT_FALSE(response_in(third).header("set-cookie"));
}

CO_TEST(Cache, AStaleAnswerIsReplacedByANewOne) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("old")).then(fresh_page("new"));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  b.now += 61s;
  const auto second = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(second).body, "new");
  const auto third = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(third).body, "new");
  EXPECT_EQ(next.asked().size(), 2U);
}

// A failure behind a stale answer is the answer: see policy/caching/freshness.hpp.
CO_TEST(Cache, NothingStaleIsGivenForAnError) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("old", {{"Cache-Control", "stale-if-error=9999"}})).then(answer_of(500));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  b.now += 61s;
  const auto second = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(second).status, 500);
}

// A 304 that speaks of another entity: asked once more without conditions, as often as retries allow.
CO_TEST(Cache, A304AboutSomethingElseIsAskedAgainWithoutConditions) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("old")).then(answer_of(304, {{"ETag", "\"b\""}})).then(fresh_page("new"));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  b.now += 61s;
  request again = ask_for("http://a/");
  const auto second = co_await fetch(again);
  EXPECT_EQ(deferral_in(second).reason, defer_reason::retry);
  EXPECT_EQ(deferral_in(second).state.attempts, 1U);
  again.so_far = deferral_in(second).state;
  const auto third = co_await fetch(again);
  EXPECT_EQ(sent(next.asked().at(2), "if-none-match"), "");
  EXPECT_EQ(response_in(third).body, "new");
}

CO_TEST(Cache, A304ToNoConditionIsTheAnswerAndIsNotStored) {
  cache_bench b;
  scripted_fetch next;
  next.then(answer_of(304)).then(answer_of(304));
  const auto fetch = b.around(next);
  for (int i = 0; i < 2; ++i) {
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(got).status, 304);
    EXPECT_EQ(response_in(got).source, content_source::network);
  }
}

CO_TEST(Cache, ARequestWithConditionsOfItsOwnGoesPastIt) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("page")).then(answer_of(304));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  request r = ask_for("http://a/");
  r.headers = {{"If-None-Match", "\"mine\""}};
  const auto got = co_await fetch(r);
  EXPECT_EQ(response_in(got).status, 304);
}

CO_TEST(Cache, NobodyGetsWhatAnothersCredentialsFetched) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("of u")).then(fresh_page("of v")).then(fresh_page("of nobody")).then(fresh_page("of another job"));
  const auto fetch = b.around(next), other = b.around(next, "another");
  for (const char* who : {"u", "v", ""}) {
    request r = ask_for("http://a/");
    if (*who != 0) r.headers = {{"Authorization", who}};
    for (int twice = 0; twice < 2; ++twice) {
      const auto got = co_await fetch(r);
      EXPECT_EQ(response_in(got).body, *who != 0 ? std::string("of ") + who : "of nobody");
    }
  }
  const auto got = co_await other(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).body, "of another job");
}

CO_TEST(Cache, WhatVariesIsForTheSameRequestAlone) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("one", {{"Vary", "Cookie"}})).then(fresh_page("two", {{"Vary", "Cookie"}}));
  const auto fetch = b.around(next);
  request r = ask_for("http://a/");
  r.headers = {{"Cookie", "k=1"}};
  co_await fetch(r);
  const auto same = co_await fetch(r);
  EXPECT_EQ(response_in(same).body, "one");
  r.headers = {{"Cookie", "k=2"}};
  const auto another = co_await fetch(r);
  EXPECT_EQ(response_in(another).body, "two");
}

// RFC 9111, 4.4.
CO_TEST(Cache, Rfc9111AnUnsafeMethodMakesThePageInvalid) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("old")).then(answer_of(200)).then(fresh_page("new"));
  const auto fetch = b.around(next);
  co_await fetch(ask_for("http://a/"));
  request post = ask_for("http://a/");
  post.method = "POST";
  post.body = "a=1";
  post.headers = {{"Content-Type", "text/plain"}};
  co_await fetch(post);
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).body, "new");
}

CO_TEST(Cache, AHitGivesTheHostsTurnBack) {
  cache_bench b;
  scripted_fetch next;
  next.then(fresh_page("page"));
  const auto fetch = b.around(next);
  auto& gate = b.gates.gate("a");
  gate.join(10s, 2);
  const frontier::clock::time_point start(1h);
  request r = ask_for("http://a/");
  r.charged = start;
  gate.start(start);
  co_await fetch(r);
  EXPECT_EQ(gate.clock_opens_at(), start + 10s);  // a request was sent
  r.charged = start + 10s;
  gate.start(*r.charged);
  co_await fetch(r);
  EXPECT_EQ(gate.clock_opens_at(), start + 10s);
}

CO_TEST(CacheAlways, UsesWhatIsStoredWhateverItSays) {
  cache_bench b(cache_mode::always);
  scripted_fetch next;
  next.then(answer_of(200, {{"Cache-Control", "no-store"}, {"Vary", "*"}}, "page")).then(answer_of(404, {}, "none"));
  const auto fetch = b.around(next);
  for (int i = 0; i < 2; ++i) {
    const auto page = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(page).body, "page");
    const auto none = co_await fetch(ask_for("http://a/none"));
    EXPECT_EQ(response_in(none).status, 404);
    b.now += 24h * 3650;
  }
  EXPECT_EQ(next.asked().size(), 2U);
}

CO_TEST(CacheAlways, KnowsOtherMethodsByTheirBody) {
  cache_bench b(cache_mode::always);
  scripted_fetch next;
  next.then(answer_of(200, {}, "one")).then(answer_of(200, {}, "two"));
  const auto fetch = b.around(next);
  for (int i = 0; i < 2; ++i)
    for (const char* body : {"1", "2"}) {
      request r = ask_for("http://a/");
      r.method = "POST";
      r.body = body;
      const auto got = co_await fetch(r);
      EXPECT_EQ(response_in(got).body, *body == '1' ? "one" : "two");
    }
  EXPECT_EQ(next.asked().size(), 2U);
}

CO_TEST(CacheAlways, StoresNothingThatWouldBeTriedAgainOrIsCutOff) {
  cache_bench b(cache_mode::always);
  scripted_fetch next;
  response cut = answer_of(200, {}, "ha");
  cut.truncated = truncation::disconnect;
  next.then(answer_of(500)).then(answer_of(429)).then(std::move(cut)).then(answer_of(206)).then(answer_of(200, {}, "whole"));
  const auto fetch = b.around(next);
  for (int i = 0; i < 5; ++i) co_await fetch(ask_for("http://a/"));
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).body, "whole");
}

// What comes from the store is what the network would have given under the settings of now.
CO_TEST(CacheAlways, FollowsTheSettingsForBodies) {
  cache_bench b(cache_mode::always);
  scripted_fetch next;
  response head_only = answer_of(200, {{"Content-Type", "application/pdf"}});
  head_only.body_skipped = true;
  next.then(answer_of(200, {{"Content-Type", "text/html"}}, "0123456789")).then(std::move(head_only));
  const auto before = b.around(next);
  for (int twice = 0; twice < 2; ++twice) {
    co_await before(ask_for("http://a/"));
    const auto pdf = co_await before(ask_for("http://a/pdf"));
    EXPECT_TRUE(response_in(pdf).body_skipped);
  }
  EXPECT_EQ(next.left(), 0U);
  b.settings.max_body.bytes = 4;
  b.settings.content_types = {"text/*", "application/pdf"};
  next.then(answer_of(200, {{"Content-Type", "application/pdf"}}, "%PDF"));
  const auto after = b.around(next);
  const auto page = co_await after(ask_for("http://a/"));
  EXPECT_EQ(response_in(page).body, "0123");
  EXPECT_EQ(response_in(page).truncated, truncation::length);
  const auto pdf = co_await after(ask_for("http://a/pdf"));
  EXPECT_EQ(response_in(pdf).body, "%PDF");
  b.settings.content_types = {"text/plain"};
  const auto none = b.around(next);
  const auto skipped = co_await none(ask_for("http://a/"));
  EXPECT_TRUE(response_in(skipped).body_skipped);
  EXPECT_EQ(response_in(skipped).body, "");
}

CO_TEST(CacheOffline, FetchesNothing) {
  cache_bench b(cache_mode::offline);
  scripted_fetch before, never;
  before.then(fresh_page("page"));
  b.settings.cache.mode = cache_mode::http;
  const auto online = b.around(before);
  co_await online(ask_for("http://a/"));
  b.settings.cache.mode = cache_mode::offline;
  b.now += 24h * 365;
  const auto fetch = b.around(never);
  const auto hit = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(hit).body, "page");
  const auto miss = co_await fetch(ask_for("http://a/other"));
  EXPECT_EQ(miss.error().code, errc::connect_unreachable);
  EXPECT_TRUE(never.asked().empty());
}

CO_TEST(CacheOfRobots, IsReadOfflineAloneAndThenAllowsWhatItDoesNotKnow) {
  for (const auto mode : {cache_mode::http, cache_mode::always}) {
    cache_bench b(mode);
    scripted_fetch next, never;
    next.then(fresh_page("first")).then(fresh_page("second"));
    const auto fetch = b.around(next, "", cache_use::robots);
    for (const char* body : {"first", "second"}) {
      const auto got = co_await fetch(ask_for("http://a/robots.txt"));
      EXPECT_EQ(response_in(got).body, body);
    }
    b.settings.cache.mode = cache_mode::offline;
    const auto offline = b.around(never, "", cache_use::robots);
    const auto known = co_await offline(ask_for("http://a/robots.txt"));
    EXPECT_EQ(response_in(known).body, "second");
    const auto unknown = co_await offline(ask_for("http://b/robots.txt"));
    EXPECT_EQ(response_in(unknown).status, 404);
  }
}

}  // namespace
}  // namespace trawl::fetch
