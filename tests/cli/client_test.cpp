// The client commands against a served instance, both as processes.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>

#include "tests/cli/slow_site.hpp"

namespace trawl::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// `trawl serve` on a free port, in the case's own directory; the commands find it by TRAWL_URL.
class Client : public ::testing::Test {
 protected:
  void serve(const std::string& listen = "127.0.0.1:0") {
    server_ = std::make_unique<process>(std::vector<std::string>{"serve", "--set", "listen=" + listen, "--set", "egress.allow=[\"127.0.0.1:*\"]", "--set", "log.level=error"}, s_.dir());
    const auto has_port = [this](const outcome& so_far) {
      const std::size_t at = so_far.err.find("serving on http://");
      const std::size_t end = at == std::string::npos ? at : so_far.err.find('\n', at);
      if (end != std::string::npos) port_ = so_far.err.substr(so_far.err.rfind(':', end) + 1, end - so_far.err.rfind(':', end) - 1);
      return end != std::string::npos;
    };
    ASSERT_TRUE(server_->read_until(has_port));
    ::setenv("TRAWL_URL", ("http://127.0.0.1:" + port_).c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"TRAWL_URL", "TRAWL_TOKEN", "TRAWL_TEST_SITE"}) ::unsetenv(name);
  }

  /// A job file whose seed comes from the environment and whose rest from a base.
  std::string job_file(const slow_site& site) const {
    ::setenv("TRAWL_TEST_SITE", site.url().c_str(), 1);
    static_cast<void>(s_.write("base.yaml", "politeness: {delay: 0s}\nfetch: {concurrency: 2}\n"));
    return s_.write("job.yaml", "extends: base.yaml\nname: slow\nseeds: [\"${TRAWL_TEST_SITE}\"]\n");
  }
  std::string submitted(const slow_site& site) const {
    const auto got = trawl({"submit", job_file(site)}, s_);
    EXPECT_EQ(got.code, 0) << got.err;
    return got.out.substr(0, got.out.find('\n'));
  }

  const scratch s_{};
  std::unique_ptr<process> server_;
  std::string port_;
};

TEST_F(Client, AJobFromItsFileToItsRecords) {
  serve();
  const slow_site site(12, std::chrono::milliseconds(5));
  const std::string id = submitted(site);
  const auto watched = trawl({"watch", id, "--json"}, s_);
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_THAT(watched.err, HasSubstr("slow: completed (drained) after "));
  EXPECT_EQ(json::parse(watched.out, nullptr, false)["counts"]["pages"], site.size());
  const auto records = trawl({"results", id}, s_);
  EXPECT_EQ(records.code, 0) << records.err;
  EXPECT_THAT(records.err, IsEmpty());
  expect_whole(records.out, site);
  const auto broken = trawl({"results", id, "--status", "404", "--limit", "5"}, s_);
  EXPECT_EQ(lines(broken.out).size(), 1U) << broken.err;
  const auto table = trawl({"jobs", "--state", "completed"}, s_);
  EXPECT_THAT(table.out, AllOf(StartsWith("ID "), HasSubstr(id), HasSubstr("  slow\n")));
  EXPECT_THAT(lines(trawl({"jobs", "--json", "--name", "other"}, s_).out), IsEmpty());
  EXPECT_EQ(json::parse(trawl({"jobs", "--json"}, s_).out, nullptr, false)["id"], id);
}

TEST_F(Client, FollowingPrintsEachRecordAndEndsWithTheJob) {
  serve();
  const slow_site site(15, std::chrono::milliseconds(10));
  const auto got = trawl({"submit", job_file(site), "--follow", "--no-progress"}, s_);
  EXPECT_EQ(got.code, 0) << got.err;
  expect_whole(got.out, site);
  EXPECT_THAT(got.err, HasSubstr("slow: completed"));
}

/// The follower asks again behind its last record, whatever the new service makes of the job.
TEST_F(Client, AFollowerOutlivesItsService) {
  serve();
  const slow_site site(60, std::chrono::milliseconds(40));
  const std::string id = submitted(site);
  process following({"results", id, "-f"}, s_.dir());
  ASSERT_TRUE(following.read_until([](const outcome& so_far) { return lines(so_far.out).size() > 5; }));
  server_->signal(SIGKILL);
  server_->wait();
  ASSERT_TRUE(following.read_error_until("trying again"));
  serve("127.0.0.1:" + port_);
  const auto got = following.wait();
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_EQ(got.out, trawl({"results", id}, s_).out);
  std::uint64_t seq = 0;
  for (const std::string& line : lines(got.out)) EXPECT_EQ(json::parse(line, nullptr, false)["seq"], ++seq);
}

TEST_F(Client, AJobThatFailsOrIsCancelledEndsWaitersSo) {
  serve();
  const slow_site site(400, std::chrono::milliseconds(50));
  const auto failed = trawl({"submit", job_file(site), "--set", "scope.max_pages=1", "--set", "expect.pages=5", "--wait", "--quiet"}, s_);
  EXPECT_EQ(failed.code, 1) << failed.err;
  const std::string id = submitted(site);
  process watching({"watch", id}, s_.dir());
  ASSERT_TRUE(watching.read_error_until("queued"));
  const auto cancelled = trawl({"cancel", id, "absent"}, s_);
  EXPECT_EQ(cancelled.code, 2);
  EXPECT_THAT(cancelled.out, HasSubstr(id + ": "));
  EXPECT_THAT(cancelled.err, HasSubstr("trawl cancel: absent: 404 Not Found"));
  const auto watched = watching.wait();
  EXPECT_EQ(watched.code, 3) << watched.err;
  EXPECT_THAT(watched.err, HasSubstr("slow: cancelled"));
}

TEST_F(Client, InterruptingAWatchLeavesTheJobAlone) {
  serve();
  const slow_site site(400, std::chrono::milliseconds(50));
  const std::string id = submitted(site);
  process watching({"watch", id}, s_.dir());
  ASSERT_TRUE(watching.read_error_until("pages"));
  watching.signal(SIGINT);
  const auto got = watching.wait();
  EXPECT_EQ(got.code, 3);
  EXPECT_THAT(got.err, HasSubstr("goes on"));
  EXPECT_EQ(json::parse(trawl({"jobs", "--json"}, s_).out, nullptr, false)["state"], "running");
}

TEST_F(Client, WhatTheServiceWouldRefuseIsSaidInOneMessage) {
  serve();
  const std::string list = s_.write("urls.txt", "https://example.org/\n");
  const auto local = trawl({"submit", s_.write("local.yaml", "seeds: [https://example.org/]\nseed_files: [" + list + "]\n")}, s_);
  EXPECT_EQ(local.code, 2);
  EXPECT_THAT(local.err, AllOf(HasSubstr("local.yaml:2:13: seed_files: "), HasSubstr("nothing was sent")));
  const std::string wrong = s_.write("wrong.yaml", "seeds: [https://example.org/]\npoliteness: {robots: ignore}\nfetch: {resolve: {a.test: 127.0.0.1}}\n");
  for (const bool only_checks : {false, true}) {
    const auto refused = trawl(only_checks ? std::vector<std::string>{"submit", "--check", wrong} : std::vector<std::string>{"submit", wrong}, s_);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("422 Unprocessable"), HasSubstr("\n  politeness.robots: "), HasSubstr("\n  fetch.resolve: ")));
    EXPECT_THAT(refused.out, IsEmpty());
  }
  EXPECT_THAT(trawl({"submit", "--check", "-"}, s_, "seeds: [https://example.org/]\n").out, HasSubstr("would take it"));
  EXPECT_THAT(trawl({"jobs", "--json"}, s_).out, IsEmpty());
}

TEST_F(Client, TheSameKeyIsTheSameJob) {
  serve();
  const slow_site site(2);
  const std::string file = job_file(site);
  const auto first = trawl({"submit", file, "--idempotency-key", "monday", "--json"}, s_);
  const auto second = trawl({"submit", file, "--idempotency-key", "monday", "--json"}, s_);
  EXPECT_EQ(json::parse(first.out, nullptr, false)["id"], json::parse(second.out, nullptr, false)["id"]) << first.err << second.err;
  EXPECT_EQ(lines(trawl({"jobs", "--json"}, s_).out).size(), 1U);
}

TEST_F(Client, WithoutAServiceTheExitCodeIsThree) {
  ::setenv("TRAWL_URL", "http://127.0.0.1:1", 1);
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"jobs"}, {"watch", "x"}, {"results", "x", "-f"}, {"pause", "x"}, {"submit", "https://example.org"}}) {
    const auto got = trawl(arguments, s_);
    EXPECT_EQ(got.code, 3) << arguments.front();
    EXPECT_THAT(got.err, HasSubstr("TRAWL_URL names another address")) << arguments.front();
  }
  ::setenv("TRAWL_URL", "127.0.0.1", 1);
  EXPECT_EQ(trawl({"jobs"}, s_).code, 2);
}

TEST_F(Client, TheServicesOwnTokenIsFound) {
  const auto made = trawl({"token"}, s_);
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out.size(), 65U);
  EXPECT_EQ(trawl({"token"}, s_).out, made.out);
  struct stat mode {};
  ASSERT_EQ(::stat(s_.path("trawl-data/token").c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777U, 0600U);
  serve("0.0.0.0:0");
  EXPECT_EQ(trawl({"jobs"}, s_).code, 0);
  ::setenv("TRAWL_TOKEN", "not-the-right-token", 1);
  const auto refused = trawl({"jobs"}, s_);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("401"), HasSubstr("TRAWL_TOKEN")));
}

/// Records are never gathered: many of them take the memory of few.
TEST_F(Client, ResultsTakeTheMemoryOfABlock) {
  serve();
  const std::string filler(256u << 10, 'x');
  const site::server pages([&filler](const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    return site::page("<title>t</title><p>" + filler + "</p>");
  });
  const auto peak = [&](const std::string& last, std::size_t expected) {
    const auto got = trawl({"submit", pages.url("/{1.." + last + "}"), "--set", "politeness.delay=0s", "--set", "extract.html=true", "--set", "scope.max_depth=0", "--wait", "-q"}, s_);
    EXPECT_EQ(got.code, 0) << got.err;
    const auto records = trawl({"results", got.out.substr(0, got.out.find('\n'))}, s_);
    EXPECT_EQ(lines(records.out).size(), expected) << records.err;
    return records.peak_kib;
  };
  const std::size_t few = peak("3", 3), many = peak("120", 120);  // 120 records are 30 MiB
  EXPECT_LT(many, few + (6u << 10));
}

}  // namespace
}  // namespace trawl::cli
