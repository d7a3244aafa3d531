#include "server/commands/job_source.hpp"

#include <gtest/gtest.h>

namespace trawl::server {
namespace {

TEST(WithScheme, IsHttpsWhereNoneIsGiven) {
  EXPECT_EQ(with_scheme("example.org"), "https://example.org");
  EXPECT_EQ(with_scheme("localhost:8080/a"), "https://localhost:8080/a");
  EXPECT_EQ(with_scheme("example.org/?u=http://h/"), "https://example.org/?u=http://h/");
  EXPECT_EQ(with_scheme("HTTP://h/"), "HTTP://h/");
  EXPECT_EQ(with_scheme("ftp://h/"), "ftp://h/");
  EXPECT_EQ(with_scheme("://h/"), "https://://h/");
}

TEST(LoadJob, FlagsLieOverTheListAndSetsOverBoth) {
  const auto j = load_job(
      {.targets = {"example.org"}, .list = "-", .sets = {"politeness.delay=3s"}, .extracts = {"links"}, .max_pages = "7", .depth = "2", .delay = "1s"});
  ASSERT_TRUE(j.problems.empty()) << to_string(j.problems.front());
  EXPECT_EQ(j.job.seeds.front().url, "https://example.org");
  EXPECT_EQ(j.job.seed_files.front(), "-");
  EXPECT_EQ(j.job.scope.max_depth, 2U);
  EXPECT_EQ(j.job.scope.max_pages, 7U);
  EXPECT_EQ(j.job.politeness.delay, config::duration(std::chrono::seconds(3)));
  EXPECT_TRUE(j.job.extract.links);
}

TEST(LoadJob, ListAloneFollowsNothing) { EXPECT_EQ(load_job({.list = "-"}).job.scope.max_depth, 0U); }

TEST(IsAnonymous, OnlyTowardsPublicHosts) {
  const auto with = [](const char* url) {
    config::job job;
    job.seeds.emplace_back().url = url;
    return job;
  };
  for (const char* url : {"https://example.org/", "http://93.184.216.34/", "http://[2606:2800::1]/", "http://h.internal.example.org/"})
    EXPECT_TRUE(is_anonymous(with(url))) << url;
  for (const char* url : {"http://localhost/", "http://127.0.0.1:80/", "http://10.1.2.3/", "http://[::1]/", "http://nas.local/", "http://wiki/"})
    EXPECT_FALSE(is_anonymous(with(url))) << url;
  auto named = with("https://example.org/");
  named.politeness.contact = "mailto:a@b.example";
  EXPECT_FALSE(is_anonymous(named));
}

}  // namespace
}  // namespace trawl::server
