#include "server/schedule/stored_job.hpp"

#include <gtest/gtest.h>

#include "server/jobs/submission.hpp"
#include "server/schedule/trusted_job.hpp"

namespace trawl::server {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

const stored_job::time noon = sys_days(2026y / 3 / 1) + 12h;

stored_job daily(config::overlap_mode overlap = config::overlap_mode::skip) {
  stored_job out;
  out.name = "a";
  out.follow(config::schedule{.cron = "0 13 * * *", .overlap = overlap}, noon);
  return out;
}

TEST(StoredJob, IsDueByItsPlan) {
  const stored_job s = daily();
  EXPECT_EQ(s.due, noon + 1h);
  EXPECT_EQ(decide(s, noon, false).is, turn::none);
  const decision then = decide(s, noon + 1h, false);
  EXPECT_EQ(then.is, turn::run);
  EXPECT_EQ(then.due, noon + 25h);
}

TEST(StoredJob, ARunThatWasMissedComesWhenItIsAtMostADayLate) {
  const stored_job s = daily();
  EXPECT_EQ(decide(s, noon + 20h, false).is, turn::run);
  EXPECT_EQ(decide(s, noon + 20h, false).due, noon + 25h);
  EXPECT_EQ(decide(s, noon + 24h * 10, false).is, turn::run);  // of those missed the last is 23 h late
  stored_job weekly = s;
  weekly.follow(config::schedule{.cron = "0 13 * * 1"}, noon);
  EXPECT_EQ(decide(weekly, *weekly.due + 23h, false).is, turn::run);
  EXPECT_EQ(decide(weekly, *weekly.due + 25h, false).is, turn::late);
  EXPECT_EQ(decide(weekly, *weekly.due + 25h, false).due, *weekly.due + 24h * 7);
}

TEST(StoredJob, OverlapLeavesOutOrQueuesOne) {
  EXPECT_EQ(decide(daily(), noon + 1h, true).is, turn::skip);
  stored_job s = daily(config::overlap_mode::queue);
  EXPECT_EQ(decide(s, noon + 1h, true).is, turn::queue);
  s.waits = true;
  s.due = noon + 25h;
  EXPECT_EQ(decide(s, noon + 2h, true).is, turn::none);
  EXPECT_EQ(decide(s, noon + 2h, false).is, turn::run);
  EXPECT_EQ(decide(s, noon + 2h, false).due, noon + 25h);
}

TEST(StoredJob, ComesBackFromItsRow) {
  stored_job s = daily(config::overlap_mode::queue);
  s.owner = "ci";
  s.version = 7;
  s.waits = true;
  s.last_run = "l";
  s.state_of = "s";
  s.due = noon - 3h;
  const auto back = stored_job::from_row("a", s.to_row());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->plan, s.plan);
  EXPECT_EQ(back->due, s.due);  // a run that was missed meanwhile is known
  EXPECT_EQ(back->owner + back->last_run + back->state_of, "cils");
  EXPECT_EQ(back->version, 7U);
  EXPECT_TRUE(back->waits);
  EXPECT_FALSE(stored_job::from_row("a", "x"));
}

TEST(StoredJob, NamesAreThoseOfJobs) {
  for (const char* good : {"a", "A.b_c-9"}) EXPECT_TRUE(is_stored_name(good)) << good;
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a/b"), std::string("ä"), std::string(65, 'a')}) EXPECT_FALSE(is_stored_name(bad)) << bad;
}

// A job file's run is read again after a restart: what ${…} gave stays, and is filled in no second time.
TEST(TrustedJob, IsReadBackAsTheSameJob) {
  config::load_options options;
  options.environment = [](const std::string& name) -> const char* { return name == "D" ? "250ms" : name == "N" ? "3" : name == "T" ? "$" "{D}" : nullptr; };
  const auto loaded = config::load_job_text(
      "name: other\nseeds: [\"http://h/\"]\nfetch: {private_addresses: allow, headers: {X-A: \"${T}\", X-B: 1.10}}\npoliteness: {delay: \"${D}\"}\nscope: {max_depth: \"${N}\", within: prefix}\nschedule: {cron: \"@daily\"}", "j.yaml",
      options);
  ASSERT_TRUE(loaded.problems.empty()) << to_string(loaded.problems.front());
  const auto s = read_job(trusted_job::of(loaded, "nightly").to_text(), body_format::trusted, {.concurrency = 1, .usual_proxies = {"http://p:1"}});
  ASSERT_TRUE(s.errors.empty()) << s.errors.front().path << ": " << s.errors.front().message;
  EXPECT_EQ(s.job.name, "nightly");
  EXPECT_EQ(s.job.fetch.private_addresses, config::address_mode::allow);
  EXPECT_EQ(s.job.fetch.headers.at("X-A"), "${D}");
  EXPECT_EQ(s.job.fetch.headers.at("X-B"), "1.10");
  EXPECT_EQ(s.job.scope.max_depth, 3U);
  EXPECT_FALSE(s.job.schedule);
  EXPECT_EQ(s.job.fetch.concurrency, 256U);  // no ceiling of submitted jobs is its
  EXPECT_EQ(s.job.fetch.proxies, std::vector<std::string>{"http://p:1"});
}

TEST(Submission, OnlyAStoredJobHasASchedule) {
  const job_ceilings open;
  const std::string text = R"({"seeds":["https://a/"],"schedule":{"cron":"0 3 * * *"}})";
  EXPECT_EQ(read_job(text, body_format::json, open).errors.at(0).path, "schedule");
  EXPECT_TRUE(read_stored_job(text, body_format::json, open).errors.empty());
  EXPECT_EQ(read_stored_job(R"({"seeds":["https://a/"],"schedule":{"cron":"0 25 * * *"}})", body_format::json, open).errors.at(0).path, "schedule.cron");
  EXPECT_EQ(read_stored_job(R"({"seeds":["https://a/"],"schedule":{"cron":"@daily","timezone":"Moon/Base"}})", body_format::json, open).errors.at(0).path, "schedule.timezone");
}

TEST(Submission, TheOperatorsProxiesAreForJobsWithoutTheirOwn) {
  const job_ceilings usual{.usual_proxies = {"http://p:3128"}}, free{.proxies = true, .usual_proxies = {"http://p:3128"}};
  const std::vector<std::string> operators = {"http://p:3128"}, own = {"http://q:1"};
  EXPECT_EQ(read_job(R"({"seeds":["https://a/"]})", body_format::json, usual).job.fetch.proxies, operators);
  EXPECT_EQ(read_job(R"({"seeds":["https://a/"],"fetch":{"proxies":[]}})", body_format::json, usual).job.fetch.proxies, operators);  // no way round them
  EXPECT_EQ(read_job(R"({"seeds":["https://a/"],"fetch":{"proxies":["http://q:1"]}})", body_format::json, usual).errors.at(0).path, "fetch.proxies");
  EXPECT_EQ(read_job(R"({"seeds":["https://a/"],"fetch":{"proxies":["http://q:1"]}})", body_format::json, free).job.fetch.proxies, own);
  EXPECT_EQ(read_scrape(R"({"url":"https://a/"})", usual).job.fetch.proxies, operators);
}

}  // namespace
}  // namespace trawl::server
