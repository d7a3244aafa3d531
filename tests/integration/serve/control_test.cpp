// What is asked of a job that is there: pause, resume, retry, changes, more seeds; and whose it is.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "server/auth.hpp"
#include "tests/integration/serve_fixture.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using test::as_json;
using test::connection;
using test::lines_of;

class ServeControl : public test::serve_fixture {
 protected:
  test::reply post(const std::string& id, const std::string& verb, const std::string& body = "", const std::string& fields = "") const {
    return fresh().call("POST", "/api/v1/jobs/" + id + "/" + verb, body, fields);
  }
  std::vector<json> records(const std::string& id) const {
    std::vector<json> out;
    std::istringstream lines(fresh().call("GET", "/api/v1/jobs/" + id + "/results").body);
    for (std::string line; std::getline(lines, line);) out.push_back(json::parse(line));
    return out;
  }
  void expect_each_once(const std::string& id, std::size_t count) const {
    std::set<std::string> urls;
    std::uint64_t seq = 0;
    for (const json& r : records(id)) {
      urls.insert(r["url"]);
      EXPECT_EQ(r["seq"], ++seq);
    }
    EXPECT_EQ(urls.size(), count);
    EXPECT_EQ(seq, count);
  }

  std::atomic<int> asked_{0};
  site::server pages_{[this](const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    ++asked_;
    std::this_thread::sleep_for(2ms);
    return site::page("<title>" + r.target + "</title>");
  }};
};

TEST_F(ServeControl, APausedJobAsksForNothingAndGoesOnWhereItWas) {
  start();
  const std::string id = submit(job(pages_.url("/{1..200}")));
  while (asked_ < 20) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(post(id, "pause").status, 202);
  EXPECT_EQ(status(id)["state"], "paused");
  EXPECT_EQ(post(id, "pause").status, 202);  // repeated: harmless
  std::this_thread::sleep_for(100ms);
  const int before = asked_;
  EXPECT_LT(before, 150);
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(asked_, before);
  EXPECT_EQ(records(id).size(), static_cast<std::size_t>(before));
  start();  // also through a restart
  EXPECT_EQ(status(id)["state"], "paused");
  EXPECT_EQ(status(id)["counts"]["recorded"], before);
  EXPECT_EQ(post(id, "resume").status, 202);
  EXPECT_EQ(wait_for(id, "completed")["ended"], "drained");
  EXPECT_EQ(asked_, 200);
  expect_each_once(id, 200);
  EXPECT_EQ(post(id, "pause").status, 409);
  EXPECT_EQ(post(id, "resume").status, 409);
}

// A pause may be taken back before the last answer has come.
TEST_F(ServeControl, AResumeRightBehindAPauseGoesOn) {
  start();
  const std::string id = submit(job(pages_.url("/{1..100}")));
  while (asked_ < 10) std::this_thread::sleep_for(1ms);
  connection c = fresh();
  for (int i = 0; i < 5; ++i)
    for (const char* verb : {"/pause", "/resume"}) EXPECT_EQ(c.call("POST", "/api/v1/jobs/" + id + verb).status, 202);
  wait_for(id, "completed");
  expect_each_once(id, 100);
}

TEST_F(ServeControl, AFollowerStaysThroughPauseAndResume) {
  start();
  const std::string id = submit(job(pages_.url("/{1..60}")));
  connection follower = fresh();
  follower.ask("GET", "/api/v1/jobs/" + id + "/results?follow=true");
  while (asked_ < 10) std::this_thread::sleep_for(1ms);
  post(id, "pause");
  std::this_thread::sleep_for(200ms);
  post(id, "resume");
  const auto all = follower.receive();
  ASSERT_TRUE(all);
  EXPECT_EQ(lines_of(all->body), 60U);
  EXPECT_EQ(all->field("Trawl-Complete"), "true");
}

TEST_F(ServeControl, ARetryVisitsWhatMatchesAgain) {
  start();
  std::atomic<bool> is_well = false;
  site::server moody([&](const site::seen_request& r) { return r.target == "/bad" && !is_well ? site::page("no", 404) : site::page("yes"); });
  const std::string id = submit(job(moody.url("/{good,bad}")));
  wait_for(id, "completed");
  is_well = true;
  for (const char* bad : {"", "{}", R"({"codes":[]})", R"({"codes":["no.such.code"]})", R"({"codes":["404"],"more":1})"}) EXPECT_GE(post(id, "retry", bad).status, 400) << bad;
  EXPECT_EQ(post(id, "retry", R"({"codes":["4xx"]})").status, 202);
  const json end = wait_for(id, "completed");
  EXPECT_EQ(end["counts"]["recorded"], 3);
  const auto all = records(id);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2]["url"], moody.url("/bad"));
  EXPECT_EQ(all[2]["status"], 200);
  EXPECT_EQ(all[2]["visit"], 2);
}

TEST_F(ServeControl, AChangeHoldsForTheRestOfTheJob) {
  start();
  const std::string id = submit(R"({"seeds":[")" + pages_.url("/{1..400}") + R"("],"politeness":{"delay":"30ms"},"expect":{"pages":0}})");
  while (asked_ < 3) std::this_thread::sleep_for(1ms);
  connection c = fresh();
  const auto before = c.call("GET", "/api/v1/jobs/" + id + "/job");
  const std::string patch = R"({"politeness":{"delay":"0s"},"scope":{"exclude":["*/400"]}})";
  EXPECT_EQ(c.call("PATCH", "/api/v1/jobs/" + id, patch, as_json + "If-Match: \"other\"\r\n").status, 412);
  const auto changed = c.call("PATCH", "/api/v1/jobs/" + id, patch, as_json + "If-Match: " + before.field("ETag") + "\r\n");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["politeness"]["delay"], "0s");
  EXPECT_NE(changed.field("ETag"), before.field("ETag"));
  const auto began = std::chrono::steady_clock::now();
  wait_for(id, "completed");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);  // 12 s at the delay before
  for (const json& r : records(id)) EXPECT_FALSE(r["url"].get<std::string>().ends_with("/400")) << "it was queued when it was excluded";
  start();
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + "/job").json()["politeness"]["delay"], "0s");
}

TEST_F(ServeControl, WhatCantBeChangedIsNamed) {
  options_.ceilings.concurrency = 10;
  start();
  const std::string id = submit(job(pages_.url("/{1..2000}")));
  const auto patch = [&](const std::string& body) { return fresh().call("PATCH", "/api/v1/jobs/" + id, body, as_json); };
  EXPECT_EQ(patch("{").status, 400);
  EXPECT_EQ(patch("[]").status, 422);
  EXPECT_EQ(patch(R"({"seeds":["http://x/"]})").json()["errors"][0]["path"], "seeds");
  EXPECT_EQ(patch(R"({"fetch":{"concurrency":3,"max_body":"1MiB"}})").json()["errors"][0]["path"], "fetch.max_body");
  EXPECT_EQ(patch(R"({"fetch":{"concurrency":11}})").json()["errors"][0]["path"], "fetch.concurrency");
  EXPECT_EQ(patch(R"({"politeness":{"robots":"ignore"}})").json()["errors"][0]["path"], "politeness.robots");
  EXPECT_EQ(patch(R"({"fetch":{"concurrency":3}})").status, 200);
  post(id, "cancel");
  wait_for(id, "cancelled");
  EXPECT_EQ(patch(R"({"fetch":{"concurrency":3}})").status, 409);
}

TEST_F(ServeControl, AJobOnHoldTakesSeedsUntilItIsClosed) {
  start();
  const auto made = fresh().call("POST", "/api/v1/jobs?hold=true", job(pages_.url("/seed"), R"(,"scope":{"max_depth":0,"exclude":["*secret*"]})"), as_json);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.json()["id"];
  const auto first = post(id, "seeds", pages_.url("/1") + "\n# a comment\n" + pages_.url("/secret") + "\r\nnonsense\n" + pages_.url("/seed") + "\n{\"url\":\"" + pages_.url("/{2..4}") + "\",\"meta\":{\"k\":1}}\n{\"nope\":1}");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.json(), json::parse(R"({"accepted":4,"duplicates":1,"filtered":1,"invalid":2})"));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(status(id)["state"], "running");
  start();  // what was accepted is kept, and so is the hold
  EXPECT_EQ(post(id, "seeds", pages_.url("/5")).json()["accepted"], 1);
  EXPECT_EQ(post(id, "close").status, 202);
  EXPECT_EQ(wait_for(id, "completed")["counts"]["recorded"], 6);
  expect_each_once(id, 6);
  EXPECT_EQ(post(id, "seeds", pages_.url("/6")).status, 409);
  EXPECT_EQ(post("0123456789012345678901234567", "seeds", pages_.url("/6")).status, 404);
}

TEST_F(ServeControl, SeedsForAJobThatWaitsAreTakenAtOnce) {
  options_.running = 1;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  const std::string first = submit(job(slow.url("/")));
  const std::string second = fresh().call("POST", "/api/v1/jobs?hold=true", job(pages_.url("/a")), as_json).json()["id"];
  EXPECT_EQ(post(second, "seeds", pages_.url("/b")).json()["accepted"], 1);
  EXPECT_EQ(status(second)["state"], "queued");
  EXPECT_EQ(asked_, 0);
  post(second, "pause");
  EXPECT_EQ(post(second, "seeds", pages_.url("/c")).json()["accepted"], 1);
  EXPECT_EQ(status(second)["state"], "paused");
  post(second, "resume");
  post(second, "close");
  post(first, "cancel");
  wait_for(second, "completed");
  expect_each_once(second, 3);
}

// A body of any length is taken as it comes, and the job holds no more of it than it wants.
TEST_F(ServeControl, ManySeedsComeInOneRequest) {
  start();
  const std::string id = fresh().call("POST", "/api/v1/jobs?hold=true", job(pages_.url("/a")), as_json).json()["id"];
  post(id, "pause");
  std::string many;
  for (int i = 0; many.size() < 10'000'000; ++i) many += pages_.url("/" + std::to_string(i) + std::string(200, 'x')) + "\n";
  const auto r = post(id, "seeds", many);
  ASSERT_EQ(r.status, 200) << r.body;
  EXPECT_EQ(r.json()["accepted"], lines_of(many));
  EXPECT_EQ(post(id, "cancel").status, 202);
}

TEST_F(ServeControl, MoreSeedsThanAGibibyteAreRefusedByTheirLengthAlone) {
  start();
  const std::string id = fresh().call("POST", "/api/v1/jobs?hold=true", job(pages_.url("/a")), as_json).json()["id"];
  connection c = fresh();
  c.send("POST /api/v1/jobs/" + id + "/seeds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741825\r\n\r\n");
  EXPECT_EQ(c.receive()->status, 413);
}

TEST_F(ServeControl, AJobIsItsTokensAlone) {
  const auto token = [](const std::string& name, server::permission what) {
    return server::token_source{name, "", server::sha256_hex("the token of " + name), {server::permission::read, what}};
  };
  options_.tokens = {token("ann", server::permission::write), token("bob", server::permission::write), token("root", server::permission::admin)};
  start();
  const auto as = [](const std::string& name) { return "Authorization: Bearer the token of " + name + "\r\n"; };
  const std::string id = fresh().call("POST", "/api/v1/jobs", job(site_.url("/gone")), as_json + as("ann")).json()["id"];
  for (const char* path : {"", "/results", "/job"}) {
    EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + path, "", as("ann")).status, 200) << path;
    EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + path, "", as("bob")).status, 404) << path;
    EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + path, "", as("root")).status, 200) << path;
  }
  for (const char* verb : {"pause", "resume", "cancel", "close"}) EXPECT_EQ(post(id, verb, "", as("bob")).status, 404) << verb;
  EXPECT_EQ(post(id, "seeds", "http://x/\n", as("bob")).status, 404);
  EXPECT_EQ(fresh().call("DELETE", "/api/v1/jobs/" + id, "", as("bob")).status, 404);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs", "", as("bob")).json()["jobs"].size(), 0U);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs", "", as("ann")).json()["jobs"].size(), 1U);
}

TEST_F(ServeControl, ARepeatedSubmissionIsKnownAfterARestart) {
  start();
  const std::string key = as_json + "Idempotency-Key: k1\r\n", body = job(site_.url("/gone"));
  const auto first = fresh().call("POST", "/api/v1/jobs", body, key);
  start();
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs", body, key).json()["id"], first.json()["id"]);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs").json()["jobs"].size(), 1U);
}

TEST_F(ServeControl, JobsThatAreKeptLongEnoughGo) {
  start();
  const std::string id = submit(job(site_.url("/gone")));
  wait_for(id, "completed");
  std::this_thread::sleep_for(20ms);
  options_.keep = 10ms;
  start();
  for (int i = 0; i < 100 && status(id).value("status", 0) != 404; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id).status, 404);
  for (int i = 0; i < 100 && std::filesystem::exists(options_.data / "jobs" / id); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(std::filesystem::exists(options_.data / "jobs" / id));
}

}  // namespace
}  // namespace trawl
