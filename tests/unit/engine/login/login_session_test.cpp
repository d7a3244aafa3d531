#include "crawler/engine/login/login_session.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace trawl::engine {
namespace {

using phase = login_session::phase;
using sign = login_session::sign;

const config::login settings{"https://h.test/login", "form", {}, ".logout"};
const url::url there = *url::parse("https://h.test/login");

TEST(LoginSession, OneLogsInAndAllAreIn) {
  login_session s(settings);
  EXPECT_EQ(s.is(), phase::out);
  std::atomic<int> began{0};
  {
    std::vector<std::jthread> shards;
    for (int i = 0; i < 4; ++i) shards.emplace_back([&] { began += s.begin() ? 1 : 0; });
  }
  EXPECT_EQ(began, 1);
  EXPECT_EQ(s.is(), phase::under_way);
  s.succeed(there);
  EXPECT_EQ(s.is(), phase::in);
  EXPECT_EQ(s.number(), 1U);
  EXPECT_FALSE(s.begin());
}

TEST(LoginSession, ManySignsOfOneLossAreOneLogin) {
  login_session s(settings);
  s.begin();
  s.succeed(there);
  EXPECT_TRUE(s.lost(1));
  EXPECT_EQ(s.is(), phase::out);
  EXPECT_TRUE(s.lost(1));
  EXPECT_TRUE(s.begin());
  EXPECT_TRUE(s.lost(1));
  s.succeed(there);
  EXPECT_TRUE(s.lost(1));  // it began before: there is another login already
  EXPECT_EQ(s.is(), phase::in);
  EXPECT_EQ(s.number(), 2U);
}

TEST(LoginSession, TenThatDidNotHelpAreEnoughUnlessOneDid) {
  login_session s(settings);
  s.begin();
  s.succeed(there);
  for (int i = 0; i < 9; ++i) s.asked_again(false);
  s.asked_again(true);
  for (int i = 0; i < 9; ++i) s.asked_again(false);
  EXPECT_TRUE(s.lost(1));
  s.begin();
  s.succeed(there);
  s.asked_again(false);
  EXPECT_FALSE(s.lost(2));
  EXPECT_EQ(s.is(), phase::in);
}

TEST(LoginSession, FailsForGood) {
  login_session s(settings);
  s.begin();
  s.fail({errc::login_failed, "why"});
  EXPECT_EQ(s.is(), phase::failed);
  EXPECT_EQ(s.failure().detail, "why");
  EXPECT_FALSE(s.begin());
}

TEST(LoginSession, WhatHasBeenInIsGivenUp) {
  login_session s(settings);
  s.begin();
  s.succeed(there);
  s.lost(1);
  s.begin();
  s.fail({errc::login_failed, "why"});
  EXPECT_EQ(s.is(), phase::given_up);
  EXPECT_EQ(s.failure().detail, "why");
  EXPECT_FALSE(s.begin());
}

TEST(LoginSession, KeepsOfItsSiteOnlyWhatCameUnderTheLoginThatHolds) {
  login_session s(settings);
  const auto keeps = [&s](const char* from, std::uint32_t number) {
    bool called = false;
    s.keep(*url::parse(from), number, [&called] { called = true; });
    return called;
  };
  EXPECT_FALSE(keeps("https://www.h.test/a", 0));
  EXPECT_TRUE(keeps("https://other.test/a", 0));
  s.begin();
  s.succeed(there);
  EXPECT_TRUE(keeps("https://www.h.test/a", 1));
  s.lost(1);
  EXPECT_FALSE(keeps("https://www.h.test/a", 1));
  s.begin();
  EXPECT_FALSE(keeps("https://www.h.test/a", 1));
  s.succeed(there);
  EXPECT_FALSE(keeps("https://www.h.test/a", 1));
  EXPECT_TRUE(keeps("https://www.h.test/a", 2));
}

TEST(LoginSession, IsAnnouncedOnceAMinute) {
  login_session s(settings);
  const async::clock::time_point start{};
  EXPECT_EQ(s.announce(start), 0U);
  EXPECT_EQ(s.announce(start + std::chrono::seconds(1)), std::nullopt);
  EXPECT_EQ(s.announce(start + std::chrono::seconds(59)), std::nullopt);
  EXPECT_EQ(s.announce(start + std::chrono::seconds(60)), 2U);
  EXPECT_EQ(s.announce(start + std::chrono::seconds(119)), std::nullopt);
  EXPECT_EQ(s.announce(start + std::chrono::seconds(121)), 1U);
}

TEST(LoginSession, ReadsWhereAnAnswerEnded) {
  login_session s(settings);
  const auto read = [&s](std::string asked, std::string ended, std::string body = "<p>", std::string type = "text/html") {
    request r;
    r.url = asked;
    response answer;
    answer.status = 200;
    answer.headers = {{"Content-Type", type}};
    answer.final_url = ended;
    if (asked != ended) answer.redirects = {{asked, 302}};
    answer.body = std::move(body);
    return s.read(r, answer);
  };
  EXPECT_EQ(read("https://h.test/a", "https://h.test/a"), sign::look);
  EXPECT_EQ(read("https://h.test/a", "https://h.test/a", "{}", "application/json"), sign::none);
  EXPECT_EQ(read("https://o.test/a", "https://o.test/a"), sign::none);
  EXPECT_EQ(read("https://h.test/a", "https://h.test/login?next=a"), sign::look_there);
  EXPECT_EQ(read("https://h.test/a", "https://h.test/login", ""), sign::lost);  // taken by another record, refused by robots.txt or the scope
  EXPECT_EQ(read("https://o.test/a", "https://h.test/login", ""), sign::lost);
  EXPECT_EQ(read("https://h.test/login?x", "https://h.test/login?x"), sign::none);
  EXPECT_EQ(read("https://h.test/login?x", "https://h.test/login"), sign::none);
  EXPECT_EQ(read("https://h.test/a", "https://h.test/sign", ""), sign::none);
  s.begin();
  s.succeed(*url::parse("https://h.test/sign"));  // where the login page led
  EXPECT_EQ(read("https://h.test/a", "https://h.test/sign", ""), sign::lost);
}

TEST(LoginSession, AStartPageWithTheFormIsNoSignByItself) {
  login_session s(config::login{"https://h.test/", "form", {}, {}});
  request r;
  r.url = "https://h.test/old";
  response answer;
  answer.final_url = "https://h.test/";
  answer.redirects = {{r.url, 301}};
  answer.duplicate_of = answer.final_url;
  EXPECT_EQ(s.read(r, answer), sign::none);
}

}  // namespace
}  // namespace trawl::engine
