// fetch.login, as the server sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/integration/club.hpp"
#include "tests/support/temp_directory.hpp"

namespace trawl::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string message_of(const crawl_outcome& o, const std::string& url) { return o.of(url) == nullptr ? "(no record)" : (*o.of(url)).value("/error/message"_json_pointer, ""); }

/// Every record is a page of the club, whole.
void expect_all_pages(const crawl_outcome& o, const club& c) {
  EXPECT_EQ(o.records.size(), static_cast<std::size_t>(c.pages));
  for (int i = 0; i < c.pages; ++i) {
    const auto* r = o.of(c.url(fmt::format("/{}", i)));
    ASSERT_NE(r, nullptr) << i;
    EXPECT_EQ((*r)["title"], fmt::format("page {}", i)) << *r;
    EXPECT_FALSE(r->contains("error")) << *r;
  }
}

TEST(FetchLogin, IsDoneOnceBeforeTheSeedsWithHiddenInputsKept) {
  club c;
  const auto o = crawl_from(c.url("/0"), {c.login()});
  expect_all_pages(o, c);
  EXPECT_EQ(c.logins, 1);
  auto asked = c.asked();
  EXPECT_EQ(o.numbers.requests, asked.size());
  ASSERT_GT(asked.size(), 5U);
  asked.resize(5);
  EXPECT_THAT(asked, ElementsAre("GET /login", "POST /login", "GET /home", "GET /robots.txt", "GET /0"));
  EXPECT_EQ((*o.of(c.url("/0")))["attempts"], 1);
}

TEST(FetchLogin, SaysWhoItIsLikeAnyRequest) {
  club c;
  crawl_from(c.url("/0"), {c.login(), "politeness.user_agent=Mine/1", "fetch.headers={X-Own: yes}"});
  for (const auto& r : c.server.log()) {
    EXPECT_EQ(r.header("user-agent"), "Mine/1") << r.target;
    EXPECT_EQ(r.header("x-own"), "yes") << r.target;
    if (r.method == "POST") EXPECT_EQ(r.header("origin") + ' ' + r.header("referer"), c.url("").substr(0, c.url("/").size() - 1) + ' ' + c.url("/login"));
  }
}

TEST(FetchLogin, KeepsTheDelayOfItsHost) {
  club c;
  c.pages = 1;
  crawl_from(c.url("/0"), {c.login(), "politeness.delay=100ms"});
  expect_apart(c.server.log(), std::chrono::milliseconds(100));
}

// Whether robots.txt keeps us from the login page, or it is fetched, or another record has it already.
TEST(FetchLogin, IsDoneAgainWhenLostAndThePagesFetchedAgain) {
  for (const char* robots : {"obey", "ignore"})
    for (const bool says_next : {true, false}) {
      club c;
      c.pages = 60;
      c.forgets_after = 20;
      c.says_next = says_next;
      const auto o = crawl_from(c.url("/0"), {c.login(), std::string("politeness.robots=") + robots});
      expect_all_pages(o, c);
      EXPECT_GE(c.logins, 3);
      EXPECT_LE(c.logins, 6);  // one for every twenty pages, /home and those that are fetched again among them
      EXPECT_EQ(o.numbers.requests, c.asked().size());
    }
}

TEST(FetchLogin, AFormInPlaceOfThePageIsALossToo) {
  club c;
  int served = 0;
  for (int i = 0; i < c.pages; ++i)
    c.server.on(fmt::format("/{}", i), [&c, &served](const auto& r) {
      if (++served == 5) c.sessions.clear();
      return c.is_member(r) ? c.answer(r) : c.form();
    });
  expect_all_pages(crawl_from(c.url("/0"), {c.login()}), c);
  EXPECT_EQ(c.logins, 2);
}

// Pages that were in flight when the session went are one loss.
TEST(FetchLogin, IsDoneAgainOnceHoweverManyPagesShowIt) {
  club c;
  c.pages = 40;
  int held = 0;
  std::string seeds;
  for (int i = 0; i < c.pages; ++i) seeds += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", c.url(fmt::format("/{}", i)));
  for (int i = 10; i < 20; ++i)
    c.server.on(fmt::format("/{}", i), [&c, &held](const auto& r) {
      if (++held == 1) c.sessions.clear();
      auto out = c.answer(r);
      out.pause = std::chrono::milliseconds(50);
      return out;
    });
  const auto o = crawl_from(c.url("/0"), {c.login(), "seeds=[" + seeds + "]", "politeness.per_host=20"});
  expect_all_pages(o, c);
  EXPECT_EQ(c.logins, 2);
}

TEST(FetchLogin, RobotsAndScopeDoNotApplyToIt) {
  club c;
  c.server.on("/in/0", [&c](const auto& r) { return c.is_member(r) ? site::page("<title>inside</title><a class=logout>o</a>") : site::redirect("/login"); });
  const auto o = crawl_from(c.url("/in/0"), {c.login(), "scope.within=prefix", "scope.exclude=[\"*/login*\"]"});
  EXPECT_EQ((*o.of(c.url("/in/0")))["title"], "inside");
}

TEST(FetchLogin, AWrongPasswordEndsEverySeedWithLoginFailed) {
  club c;
  const auto o = crawl_from(c.url("/0"), {c.login("not it"), "seeds=[\"" + c.url("/0") + "\", \"" + c.url("/1") + "\"]", "expect.pages=1"});
  for (const char* seed : {"/0", "/1"}) {
    EXPECT_EQ(o.error_of(c.url(seed)), "login.failed");
    EXPECT_EQ(message_of(o, c.url(seed)), "the answer to the login form (200) has no '.logout'");
    EXPECT_TRUE((*o.of(c.url(seed)))["status"].is_null());
    EXPECT_EQ((*o.of(c.url(seed)))["attempts"], 0);
  }
  EXPECT_THAT(c.asked(), ElementsAre("GET /login", "POST /login"));
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_EQ(o.unmet.size(), 1U);  // so the command exits 1
}

TEST(FetchLogin, SaysWhichStepFailed) {
  club c;
  c.server.on("/login", [](const auto&) { return site::page("<form id=other></form>"); });
  EXPECT_EQ(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), "the login page " + c.url("/login") + " has no form 'form#login'; it was answered with 200");
  c.server.on("/login", [](const auto&) { return site::page("gone", 404); });
  EXPECT_EQ(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), "the login page " + c.url("/login") + " has no form 'form#login'; it was answered with 404");
  c.server.on("/login", [](const auto&) { return site::page("{}", 200, "application/json"); });
  EXPECT_EQ(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), "the login page " + c.url("/login") + " is no page of HTML; it was answered with 200");
  c.server.on("/login", [](const auto&) { return site::redirect("/login"); });
  EXPECT_THAT(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), HasSubstr("can't be read: http.too_many_redirects"));
  c.server.on("/login", [](const auto&) { return site::page("<form id=login action=mailto:a@b>"); });
  EXPECT_THAT(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), HasSubstr("can't be submitted: the form's action is no http or https URL"));
  c.server.on("/login", [](const auto& r) { return r.method == "GET" ? site::page("<form id=login method=post>") : site::script({site::cut()}); });
  EXPECT_THAT(message_of(crawl_from(c.url("/0"), {c.login()}), c.url("/0")), HasSubstr("the answer to the login form can't be read: connect.reset"));
}

TEST(FetchLogin, TheGateToTheNetworkHoldsForIt) {
  club c;
  const auto o = crawl_from(c.url("/0"), {c.login()}, false);
  EXPECT_EQ(o.error_of(c.url("/0")), "login.failed");
  EXPECT_THAT(message_of(o, c.url("/0")), HasSubstr("connect.blocked_address"));
  EXPECT_TRUE(c.server.connections().empty());
}

TEST(FetchLogin, AFailureThatMayPassIsTriedAgainButTheFormIsSentOnce) {
  club c;
  int loads = 0, sent = 0;
  c.server.on("/login", [&](const auto& r) {
    if (r.method == "POST") return ++sent, site::page("", 500);
    return ++loads == 1 ? site::page("", 503, "text/html", "Retry-After: 0\r\n") : loads == 2 ? site::page("", 500) : c.form();
  });
  const auto o = crawl_from(c.url("/0"), {c.login()});
  EXPECT_EQ(message_of(o, c.url("/0")), "the answer to the login form (500) has no '.logout'");
  EXPECT_EQ(loads, 3);
  EXPECT_EQ(sent, 1);
}

TEST(FetchLogin, WithoutOkTheFormHasToGo) {
  club right;
  expect_all_pages(crawl_from(right.url("/0"), {right.login("secret word", "")}), right);
  club lost;
  lost.forgets_after = 4;
  expect_all_pages(crawl_from(lost.url("/0"), {lost.login("secret word", "")}), lost);
  EXPECT_GT(lost.logins, 1);
  club wrong;
  const auto o = crawl_from(wrong.url("/0"), {wrong.login("not it", "")});
  EXPECT_EQ(message_of(o, wrong.url("/0")), "the answer to the login form (200) is the form again");
}

// The proof may be a step further: behind a meta refresh, or, where the answer is no page, anywhere.
TEST(FetchLogin, LooksWhereTheAnswerSays) {
  for (const bool is_page : {true, false}) {
    club c;
    c.server.on("/login", [&c, is_page](const auto& r) {
      if (r.method == "GET") return c.is_member(r) ? site::redirect("/home") : c.form();
      c.check(r);
      const std::string cookie = "Set-Cookie: sid=s1\r\n";
      return is_page ? site::page("<meta http-equiv=refresh content='0; url=/home'>welcome", 200, "text/html", cookie) : site::page("{\"ok\":true}", 200, "application/json", cookie);
    });
    expect_all_pages(crawl_from(c.url("/0"), {c.login()}), c);
  }
}

TEST(FetchLogin, APageThatStaysLostIsLoginFailedAndTheOthersGoOn) {
  club c;
  c.server.on("/3", [](const auto&) { return site::redirect("/login?next=3"); });
  c.server.on("/5", [&c](const auto&) { return c.sessions.clear(), site::redirect("/login"); });  // a logout
  const auto o = crawl_from(c.url("/0"), {c.login(), "politeness.per_host=1"});
  EXPECT_EQ(o.records.size(), 10U);
  for (int i = 0; i < c.pages; ++i) EXPECT_EQ(o.error_of(c.url(fmt::format("/{}", i))), i == 3 || i == 5 ? "login.failed" : "") << i;
  const auto& stays = *o.of(c.url("/3"));
  EXPECT_EQ(stays["status"], 302);
  EXPECT_EQ(stays["final_url"], c.url("/login?next=3"));
  EXPECT_FALSE(stays.contains("duplicate_of"));
  EXPECT_EQ(stays["attempts"], 2);
  EXPECT_EQ(c.server.count("/3"), 2U);
  EXPECT_LE(c.logins, 5);
}

TEST(FetchLogin, AfterTenInARowThatDidNotHelpItIsLeftAtThat) {
  club c;
  c.pages = 30;
  for (int i = 1; i < c.pages; ++i)
    c.server.on(fmt::format("/{}", i), [i](const auto&) { return site::page(fmt::format("<title>{}</title><form id=login></form><a href=/{}>n</a>", i, i + 1)); });
  std::string seeds;
  for (int i = 1; i < c.pages; ++i) seeds += fmt::format("{}\"{}\"", i == 1 ? "" : ", ", c.url(fmt::format("/{}", i)));
  const auto o = crawl_from(c.url("/1"), {c.login(), "seeds=[" + seeds + "]", "politeness.per_host=1"});
  for (int i = 1; i < c.pages; ++i) EXPECT_EQ(o.error_of(c.url(fmt::format("/{}", i))), "login.failed") << i;
  EXPECT_EQ(c.logins, 11);
}

TEST(FetchLogin, WhatIsNoSignOfALossIsLetBe) {
  club c;
  c.pages = 1;
  c.server.on("/0", [](const auto&) { return site::page("<title>page 0</title><a href=/plain>p</a><a href=/data>d</a><a href=/login?next=x>l</a><a href=/both>b</a><a href=/moved>m</a>"); });
  c.server.on("/plain", [](const auto&) { return site::page("<title>no ok here, but no form either</title>"); });
  c.server.on("/data", [](const auto&) { return site::page("<form id=login>", 200, "text/plain"); });
  c.server.on("/both", [](const auto&) { return site::page("<a class=logout>out</a><form id=login></form>"); });
  c.server.on("/moved", [](const auto&) { return site::redirect("/plain2"); });
  c.server.on("/plain2", [](const auto&) { return site::page("x"); });
  const auto o = crawl_from(c.url("/0"), {c.login(), "politeness.robots=ignore", "fetch.content_types=[\"*/*\"]"});
  EXPECT_EQ(o.records.size(), 6U);
  for (const auto& r : o.records) EXPECT_FALSE(r.contains("error")) << r;
  EXPECT_EQ((*o.of(c.url("/login?next=x")))["title"], "Log in");  // asked for, it is what it should be
  EXPECT_EQ(c.logins, 1);
}

/// The login page once somebody has logged in: `left` times without its form.
void close_login(club& c, int& left) {
  c.server.on("/login", [&c, &left](const auto& r) { return r.method == "POST" ? c.check(r) : c.logins == 0 || left-- <= 0 ? c.form() : site::page("closed", 403); });
}

TEST(FetchLogin, LoggingInAgainIsTriedAgain) {
  club c;
  c.pages = 8;
  c.forgets_after = 6;
  int left = 2;
  close_login(c, left);
  const auto o = crawl_from(c.url("/0"), {c.login()});
  expect_all_pages(o, c);
  EXPECT_EQ(o.ended, engine::ending::drained);
}

// What was fetched before stays, and what is queued is there for the next run.
TEST(FetchLogin, WhenLoggingInAgainFailsForGoodTheCrawlFailsWithItsQueue) {
  const temp_directory scratch;
  club c;
  c.forgets_after = 4;
  int left = 3;
  close_login(c, left);
  crawl_options how{.sets = quick, .state = scratch.path() / "state"};
  how.sets.push_back(c.login());
  how.sets.push_back("politeness.per_host=1");
  const std::string job = "seeds: [\"" + c.url("/0") + "\"]";
  const auto first = run_crawl(job, how);
  EXPECT_EQ(first.ended, engine::ending::failed);
  EXPECT_EQ(c.logins, 1);
  EXPECT_GT(first.numbers.books.queued, 0U);
  EXPECT_EQ(first.error_of(c.url("/0")), "");
  for (const auto& r : first.records) EXPECT_FALSE(r.contains("error")) << r;
  EXPECT_EQ(std::ranges::count(c.asked(), "GET /login"), 1 + 3);
  c.forgets_after = 0;
  const auto second = run_crawl(job, how);
  EXPECT_EQ(second.ended, engine::ending::drained);
  expect_all_pages(second, c);
}

/// Gives everybody a session at once, member or not, and never another one while it lasts; a form is good for the session it was loaded in.
/// All are forgotten once. Pages are slow, each in its own measure, so that answers come late to a login, with cookies of their own.
struct session_site {
  static constexpr int pages = 60, forgets_at = 20;
  struct session {
    bool is_member = false;
    std::string token;
  };
  site::server server{[this](const site::seen_request& r) { return answer(r); }};
  std::map<std::string, session> sessions;
  int served = 0, made = 0, logins = 0, refused = 0;

  site::reply answer(const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    const int page = std::atoi(r.target.c_str() + 1);
    const std::string cookie = r.header("cookie");
    auto mine = sessions.find(cookie.starts_with("sid=") ? cookie.substr(4) : cookie);
    if (page > 0 && mine != sessions.end() && mine->second.is_member && ++served == forgets_at) sessions.clear(), mine = sessions.end();
    std::string fresh;
    if (mine == sessions.end()) {
      mine = sessions.emplace(fmt::format("s{}", ++made), session{false, fmt::format("t{}", made)}).first;
      fresh = "Set-Cookie: sid=" + mine->first + "\r\n";
    }
    auto out = content(r, page, mine->second, fresh);
    out.pause = std::chrono::milliseconds(page > 0 ? 10 + page * 37 % 90 : 20);
    return out;
  }
  site::reply content(const site::seen_request& r, int page, session& mine, const std::string& fresh) {
    const auto to = [&](const char* where) -> site::reply { return {site::head(302, fmt::format("Location: {}\r\nContent-Length: 0\r\n{}", where, fresh))}; };
    if (r.method == "POST") {
      mine.is_member = r.body.starts_with("csrf=" + mine.token + '&');
      ++(mine.is_member ? logins : refused);
      return mine.is_member ? to("/home") : site::page("no such token", 403, "text/html", fresh);
    }
    if (r.target == "/login")
      return site::page(fmt::format("<form id=login method=post><input type=hidden name=csrf value={}><input name=user></form>", mine.token), 200, "text/html", fresh);
    if (!mine.is_member) return to("/login");
    std::string links;
    for (int next = 1; r.target == "/home" && next <= pages; ++next) links += fmt::format("<a href=/{}>n</a>", next);
    return site::page(fmt::format("<title>page {}</title><a class=logout>out</a>{}", page, links), 200, "text/html", fresh);
  }
};

TEST(FetchLogin, LateCookiesOfALostSessionDoNotDisturbTheNext) {
  session_site s;
  const auto o = crawl_from(s.server.url("/home"), {"fetch.login={page: \"" + s.server.url("/login") + "\", form: \"form#login\", set: {user: me}, ok: .logout}", "politeness.per_host=8"});
  EXPECT_EQ(o.records.size(), session_site::pages + 1U);
  for (const auto& r : o.records) EXPECT_FALSE(r.contains("error")) << r;
  EXPECT_EQ(s.logins, 2);
  EXPECT_EQ(s.refused, 0);
}

// One host's ports share their cookies (RFC 6265bis, 8.5), whichever shard each lives in.
TEST(FetchLogin, HoldsOnEveryPortAndShard) {
  club c;
  c.pages = 1;
  std::string seeds;
  std::vector<std::string> urls;
  for (int i = 0; i < 8; ++i) urls.push_back(c.server.listen("127.0.0.1").url(fmt::format("/{}", i)));
  for (const std::string& u : urls) seeds += (seeds.empty() ? "\"" : ", \"") + u + '"';
  const auto o = crawl_from(urls.front(), {c.login(), "seeds=[" + seeds + "]"});
  for (const std::string& u : urls) EXPECT_EQ(o.error_of(u), "") << u;
  EXPECT_EQ(o.records.size(), urls.size());
  EXPECT_EQ(c.logins, 1);
}

// Single sign-on: the form is on one host, and a redirect brings a ticket to each of the others.
TEST(FetchLogin, LeadsOverOtherHosts) {
  site::server s(no_page);
  const auto at = [&](const std::string& host, const std::string& path) { return fmt::format("http://{}.test:{}{}", host, s.port(), path); };
  s.on("/sign-in", [&](const auto& r) {
    EXPECT_EQ(r.header("host"), fmt::format("sso.test:{}", s.port()));
    return r.method == "GET" ? site::page("<form id=login method=post><input name=user></form>") : site::redirect(at("shop", "/welcome?ticket=7"));
  });
  s.on("/welcome?ticket=7", [](const auto&) { return site::page("<a class=logout>out</a>", 200, "text/html", "Set-Cookie: sid=7\r\n"); });
  s.on("/inside", [&](const auto& r) { return r.header("cookie") == "sid=7" ? site::page("<title>in</title>") : site::redirect(at("sso", "/sign-in?for=shop")); });
  const auto o = crawl_from(at("shop", "/inside"), {"fetch.resolve={shop.test: 127.0.0.1, sso.test: 127.0.0.1}",
                                                   "fetch.login={page: \"" + at("sso", "/sign-in") + "\", form: form, set: {user: me}, ok: .logout}"});
  EXPECT_EQ((*o.of(at("shop", "/inside")))["title"], "in");
}

TEST(FetchLogin, ThePasswordStandsNowhere) {
  club c;
  c.server.on("/login", [](const auto&) { return site::page("<form id=login action=/sent><input name=user><input name=password></form>"); });  // a form that sends it in its URL
  c.server.on("/sent?user=me&password=not+it", [](const auto&) { return site::page("", 404); });
  const auto o = crawl_from(c.url("/0"), {c.login("not it")});
  EXPECT_EQ(c.server.count("/sent?user=me&password=not+it"), 1U);
  for (const auto& r : o.records)
    for (const char* secret : {"not it", "not+it"}) EXPECT_EQ(r.dump().find(secret), std::string::npos) << r;
}

/// A cache directory of the case's own.
struct cache_dir {
  std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / fmt::format("trawl_login_{}_{}", ::getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
  cache_dir() { std::filesystem::remove_all(path); }
  ~cache_dir() { std::filesystem::remove_all(path); }
  std::string as(std::string_view mode) const { return fmt::format("fetch.cache={{dir: \"{}\", mode: {}}}", path.string(), mode); }
};

TEST(FetchLogin, TheCacheIsPartedByWhoLogsIn) {
  const cache_dir dir;
  club c;
  c.logs_in_anybody = true;
  crawl_from(c.url("/0"), {c.login(), dir.as("always")});
  EXPECT_EQ(c.server.count("/0"), 1U);
  crawl_from(c.url("/0"), {c.login(), dir.as("always")});
  EXPECT_EQ(c.server.count("/0"), 1U);
  crawl_from(c.url("/0"), {c.login("another's"), dir.as("always")});
  EXPECT_EQ(c.server.count("/0"), 2U);
  crawl_from(c.url("/0"), {dir.as("always")});
  EXPECT_EQ(c.server.count("/0"), 3U);
}

TEST(FetchLogin, WhatWasStoredWhileItWasLostIsAskedForAgain) {
  const cache_dir dir;
  club c;
  c.forgets_after = 4;
  expect_all_pages(crawl_from(c.url("/0"), {c.login(), dir.as("always")}), c);
  const auto before = c.asked().size();
  expect_all_pages(crawl_from(c.url("/0"), {c.login(), dir.as("offline")}), c);
  EXPECT_EQ(c.asked().size(), before);  // offline: nobody logs in
}

}  // namespace
}  // namespace trawl::testing
