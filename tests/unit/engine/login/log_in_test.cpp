#include "crawler/engine/login/log_in.hpp"

#include "tests/support/co_test.hpp"
#include "tests/support/scripted_fetch.hpp"

namespace trawl::engine {
namespace {

using testing::answer_of;
using testing::scripted_fetch;

const config::login settings{"https://h.test/login", "form", {{"user", "me"}}, ".logout"};

response html(std::string body, int status = 200) {
  response out = answer_of(status, {{"Content-Type", "text/html"}}, std::move(body));
  out.final_url = "https://h.test/login";
  return out;
}

login_plan compiled() {
  std::vector<job_problem> none;
  return {settings, none};
}

CO_TEST(LogIn, LoadsThePageAndSendsTheForm) {
  const auto plan = compiled();
  scripted_fetch next;
  next.then(html("<form method=post><input name=user><input type=hidden name=t value=7>")).then(html("<a class=logout>"));
  const auto fetch = next.function();
  const auto ended = co_await log_in(fetch, plan, loop.get_executor());
  EXPECT_EQ(ended.value().href(), "https://h.test/login");
  EXPECT_EQ(next.asked()[0].method, "GET");
  EXPECT_EQ(next.asked()[1].method + ' ' + next.asked()[1].body, "POST user=me&t=7");
  EXPECT_FALSE(next.asked()[1].idempotent);
}

CO_TEST(LogIn, WhoIsInSendsNothing) {
  const auto plan = compiled();
  scripted_fetch next;
  next.then(html("<a class=logout>"));
  const auto fetch = next.function();
  const auto ended = co_await log_in(fetch, plan, loop.get_executor());
  EXPECT_TRUE(ended);
  EXPECT_EQ(next.asked().size(), 1U);
}

CO_TEST(LogIn, EachStepSaysThatItFailed) {
  const auto plan = compiled();
  scripted_fetch next;
  next.then(fail(errc::dns_not_found, "no such name")).then(html("<form method=post>")).then(fail(errc::timeout_total)).then(html("<form method=post>")).then(html("no"));
  const auto fetch = next.function();
  for (const char* message : {"the login page https://h.test/login can't be read: dns.not_found, no such name", "the answer to the login form can't be read: timeout.total",
                              "the answer to the login form (200) has no '.logout'"}) {
    const auto ended = co_await log_in(fetch, plan, loop.get_executor());
    EXPECT_EQ(ended.error().code, errc::login_failed);
    EXPECT_EQ(ended.error().detail, message);
  }
}

CO_TEST(LogIn, LooksOnceWhereTheProofMayBe) {
  const auto plan = compiled();
  scripted_fetch next;
  next.then(html("<form method=post>")).then(html("<meta http-equiv=refresh content='1; url=home'>")).then(html("<meta http-equiv=refresh content='1; url=on'>"));
  const auto fetch = next.function();
  const auto ended = co_await log_in(fetch, plan, loop.get_executor());
  EXPECT_EQ(ended.error().code, errc::login_failed);
  EXPECT_EQ(next.asked().size(), 3U);
  EXPECT_EQ(next.asked()[2].url, "https://h.test/home");
}

CO_TEST(LogIn, CancelledItIsCancelled) {
  const auto plan = compiled();
  scripted_fetch next;
  next.then(fail(errc::cancelled));
  const auto fetch = next.function();
  const auto ended = co_await log_in(fetch, plan, loop.get_executor());
  EXPECT_EQ(ended.error().code, errc::cancelled);
}

}  // namespace
}  // namespace trawl::engine
