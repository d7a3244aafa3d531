#include "crawler/engine/login/login_plan.hpp"

#include <gtest/gtest.h>

namespace trawl::engine {
namespace {

const config::login settings{"https://h.test/login", "form#in", {{"user", "me"}}, ".logout"};

response page(std::string body, std::string at = "https://h.test/login", std::string type = "text/html") {
  response out;
  out.status = 200;
  out.final_url = std::move(at);
  out.headers = {{"Content-Type", std::move(type)}};
  out.body = std::move(body);
  return out;
}

/// The plan and the settings that it refers to.
struct bench {
  explicit bench(config::login l = settings) : job(std::move(l)), plan(job, problems) {}
  config::login job;
  std::vector<job_problem> problems;
  login_plan plan;
};

TEST(LoginPlan, SaysWhatIsWrongWithItsSelectors) {
  const bench b({"https://h/", "form[", {}, "a::text"});
  ASSERT_EQ(b.problems.size(), 2U);
  EXPECT_EQ(b.problems[0].path, "fetch.login.form");
  EXPECT_EQ(b.problems[1].path, "fetch.login.ok");
}

TEST(LoginPlan, FillsInTheFormWhereverThePageIs) {
  const bench b;
  const auto sent = b.plan.fill_in(page("<form id=in method=post><input name=user><input type=hidden name=t value=1>", "https://www.h.test/sign"));
  ASSERT_TRUE(sent);
  EXPECT_EQ((*sent)->url, "https://www.h.test/sign");
  EXPECT_EQ((*sent)->body, "user=me&t=1");
}

TEST(LoginPlan, TheSelectorMayNameSomethingInTheForm) {
  const bench b({"https://h.test/login", "#pw", {}, {}});
  EXPECT_TRUE(b.plan.fill_in(page("<form method=post><input id=pw>")));
  EXPECT_FALSE(b.plan.fill_in(page("<form></form><input id=pw>")));
}

TEST(LoginPlan, WhoIsLoggedInAlreadyHasNothingToDo) {
  const bench b;
  const auto nothing = b.plan.fill_in(page("<a class=logout>"));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->has_value());
}

TEST(LoginPlan, OkDecidesWhereThereIsOne) {
  const bench b;
  EXPECT_FALSE(b.plan.judge(page("<form id=in></form><a class=logout>")));
  EXPECT_TRUE(b.plan.judge(page("welcome")));
  response forbidden = page("<a class=logout>");
  forbidden.status = 403;
  EXPECT_FALSE(b.plan.judge(forbidden));
}

TEST(LoginPlan, WithoutOkTheFormGoes) {
  const bench b({"https://h.test/login", "form#in", {}, {}});
  EXPECT_FALSE(b.plan.judge(page("welcome")));
  EXPECT_FALSE(b.plan.judge(page("{}", "https://h.test/api", "application/json")));
  EXPECT_EQ(b.plan.judge(page("<FORM id=in>"))->code, errc::login_failed);
  response failed = page("oh");
  failed.status = 500;
  EXPECT_TRUE(b.plan.judge(failed));
}

TEST(LoginPlan, APageShowsTheLoginByItsFormAndTheLackOfOk) {
  const bench b;
  EXPECT_TRUE(b.plan.shows_login(page("<form id=in>"), false));
  EXPECT_FALSE(b.plan.shows_login(page("<form id=in></form><a class=logout>"), false));
  EXPECT_FALSE(b.plan.shows_login(page("<form id=search>"), false));
  EXPECT_TRUE(b.plan.shows_login(page("please log in with scripting"), true));
  EXPECT_FALSE(b.plan.shows_login(page("<a class=logout>"), true));
  response cut = page("<form id=in>");
  cut.truncated = truncation::length;
  EXPECT_FALSE(b.plan.shows_login(cut, false));
  EXPECT_FALSE(bench({"https://h.test/login", "form#in", {}, {}}).plan.shows_login(page("another form's page"), true));
}

TEST(LoginPlan, TheSamePageHasAllOfItsQuery) {
  const auto same = [](std::string_view where, std::string_view page) { return is_same_page(*url::parse(where), *url::parse(page)); };
  EXPECT_TRUE(same("https://h/login?next=x#f", "https://h/login"));
  EXPECT_TRUE(same("http://h/login", "https://h/login"));  // 80 and 443 are one host
  EXPECT_FALSE(same("https://h/login/", "https://h/login"));
  EXPECT_FALSE(same("https://o/login", "https://h/login"));
  EXPECT_TRUE(same("https://h/?x=1&a=login&b", "https://h/?a=login"));
  EXPECT_FALSE(same("https://h/?a=logins", "https://h/?a=login"));
  EXPECT_FALSE(same("https://h/", "https://h/?a=login"));
}

TEST(LoginPlan, ItsSiteIsTheRegistrableDomain) {
  const bench b;
  EXPECT_TRUE(b.plan.is_of_site(*url::parse("http://www.h.test:81/")));
  EXPECT_FALSE(b.plan.is_of_site(*url::parse("http://o.test/")));
}

}  // namespace
}  // namespace trawl::engine
