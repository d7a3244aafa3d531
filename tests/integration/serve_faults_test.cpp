// The service where something is wrong: with the request, the client, the disk, or the moment.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <map>

#include "tests/integration/serve_fixture.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
namespace asio = boost::asio;
using server::server_options;
using server::service;
using test::as_json;
using test::connection;
using test::lines_of;

class ServeFaults : public test::serve_fixture {};

TEST_F(ServeFaults, ParametersThatAreNotKnownAreMistakes) {
  start();
  const std::string body = job(site_.url("/"));
  const auto post = [&](const std::string& query) { return fresh().call("POST", "/api/v1/jobs" + query, body, as_json); };  // a body that is not read ends its connection
  for (const char* bad : {"?check=1", "?check=True", "?check=", "?chek=true", "?hold=yes", "?check=true&check=true"}) EXPECT_EQ(post(bad).status, 400) << bad;
  EXPECT_EQ(post("?check=true&hold=false").status, 200);
  EXPECT_NE(post("?chek=true").body.find("'chek'"), std::string::npos);
  connection c = fresh();
  for (const char* path : {"/api/v1/jobs?stat=queued", "/api/v1/jobs/x?a=b", "/api/v1/jobs/x/results?nope=1", "/metrics?x=1"}) EXPECT_EQ(c.call("GET", path).status, 400) << path;
  EXPECT_EQ(c.call("GET", "/healthz?from=balancer").status, 200);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs").json()["jobs"].size(), 0U);
}

TEST_F(ServeFaults, AFollowerOfAQueuedJobGetsHeadSignsOfLifeAndTrailers) {
  options_.running = 1;
  options_.limits.heartbeat = 50ms;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  const std::string first = submit(job(slow.url("/"))), second = submit(job(site_.url("/gone"))), third = submit(job(site_.url("/gone")));
  const auto follow = [](connection& c, const std::string& id) {
    c.ask("GET", "/api/v1/jobs/" + id + "/results?follow=true");
    std::string seen;
    for (int i = 0; i < 20 && seen.find("1\r\n\n\r\n1\r\n\n\r\n") == std::string::npos; ++i) seen += c.some();
    EXPECT_TRUE(seen.starts_with("HTTP/1.1 200 ")) << seen;
    EXPECT_NE(seen.find("1\r\n\n\r\n1\r\n\n\r\n"), std::string::npos) << seen;
  };
  const auto rest_of = [](connection& c) {
    std::string text;
    for (std::string part = c.some(); !part.empty(); part = c.some()) {
      text += part;
      if (text.ends_with("\r\n\r\n")) break;
    }
    return text;
  };
  connection a = fresh(), b = fresh();
  follow(a, second);
  follow(b, third);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs/" + second + "/cancel").status, 202);
  EXPECT_NE(rest_of(a).find("0\r\nTrawl-Next: 0\r\nTrawl-Complete: true\r\n\r\n"), std::string::npos);
  service_->stop();  // the third one will never start
  EXPECT_NE(rest_of(b).find("0\r\nTrawl-Next: 0\r\nTrawl-Complete: false\r\n\r\n"), std::string::npos);
}

TEST_F(ServeFaults, AClientThatOnlyClosedItsOwnSideGetsItsAnswer) {
  start();
  const std::string id = submit(job(site_.url("/")));
  for (const char* query : {"?follow=true", ""}) {
    connection c = fresh();
    c.ask("GET", "/api/v1/jobs/" + id + "/results" + query);
    c.socket().shutdown(asio::socket_base::shutdown_send);
    const auto r = c.receive();
    ASSERT_TRUE(r) << query;
    EXPECT_EQ(r->status, 200);
    EXPECT_EQ(lines_of(r->body), sample_.reachable().size() + 1) << query;
    EXPECT_EQ(r->field("Trawl-Complete"), "true");
  }
}

TEST_F(ServeFaults, TheLimitOfJobsHoldsForThoseThatComeAtOnce) {
  options_.limits.active_jobs = 2;
  options_.running = 1;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  std::vector<std::unique_ptr<connection>> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(std::make_unique<connection>(port()));
  for (auto& c : clients) c->ask("POST", "/api/v1/jobs", job(slow.url("/")), as_json);
  std::map<int, int> answers;
  for (auto& c : clients) ++answers[c->receive().value_or(test::reply{}).status];
  EXPECT_EQ(answers[201], 2);
  EXPECT_EQ(answers[429], 10);
}

TEST_F(ServeFaults, ADeletedJobDoesNotComeBack) {
  options_.running = 1;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  submit(job(slow.url("/")));
  connection c = fresh();
  for (int i = 0; i < 20; ++i) {
    const std::string id = submit(job(site_.url("/gone")));
    c.ask("POST", "/api/v1/jobs/" + id + "/cancel");
    c.ask("DELETE", "/api/v1/jobs/" + id);
    EXPECT_EQ(c.receive()->status, 202);
    EXPECT_EQ(c.receive()->status, 204);
    EXPECT_EQ(c.call("GET", "/api/v1/jobs/" + id).status, 404);
  }
  start();
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs").json()["jobs"].size(), 1U);
}

// Nothing is wrong with the job: it waits until somebody has seen to its directory.
TEST_F(ServeFaults, AJobWhoseStateCantBeMadeIsPausedWithTheReason) {
  start();
  std::filesystem::remove_all(options_.data / "jobs");
  std::ofstream(options_.data / "jobs") << "no directory";
  const std::string id = submit(job(site_.url("/gone")));
  const json paused = wait_for(id, "paused failed");
  EXPECT_EQ(paused["state"], "paused");
  EXPECT_NE(paused["reason"].get<std::string>().find("Not a directory"), std::string::npos) << paused.dump();
  std::filesystem::remove(options_.data / "jobs");
  std::filesystem::create_directory(options_.data / "jobs");
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs/" + id + "/resume").status, 202);
  EXPECT_GE(wait_for(id, "completed")["counts"]["recorded"], 1);
}

/// For this process no file grows any more, as on a full disk; until destroyed.
struct full_disk {
  rlimit before{};
  full_disk() {
    std::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before); }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
};

TEST_F(ServeFaults, OnAFullDiskJobsWaitAndNewOnesAreRefused) {
  start();
  std::atomic<bool> goes_on = false;
  site::server pages([&](const site::seen_request& r) {
    for (int i = 0; i < 500 && !goes_on && r.target != "/robots.txt"; ++i) std::this_thread::sleep_for(10ms);
    return site::page("page");
  });
  const std::string id = submit(job(pages.url("/{1..3}")));
  wait_for(id, "running");
  {
    const full_disk now;
    const auto r = fresh().call("POST", "/api/v1/jobs", job(site_.url("/gone")), as_json);
    EXPECT_EQ(r.status, 507) << r.body;
    EXPECT_NE(r.json()["detail"].get<std::string>().find("can't be stored"), std::string::npos) << r.body;
    goes_on = true;
    std::this_thread::sleep_for(500ms);
    const json waits = status(id);
    EXPECT_TRUE(waits["state"] == "running" || waits["state"] == "queued") << waits.dump();
  }
  EXPECT_EQ(wait_for(id, "completed")["counts"]["recorded"], 3);
  EXPECT_EQ(lines_of(fresh().call("GET", "/api/v1/jobs/" + id + "/results").body), 3U);
  wait_for(submit(job(site_.url("/gone"))), "completed");
}

TEST_F(ServeFaults, LostRecordsAreToldAndTheirFilesKept) {
  start();
  const std::string id = submit(job(site_.url("/")));
  wait_for(id, "completed");
  service_->stop();
  const auto file = options_.data / "jobs" / id / "records" / "000000000001.rec";
  const auto size = std::filesystem::file_size(file) - 3;  // the last record is torn
  std::filesystem::resize_file(file, size);
  start();
  const std::size_t count = sample_.reachable().size() + 1;
  for (const char* query : {"", "?follow=true", "?limit=1000"}) {
    const auto r = fresh().call("GET", "/api/v1/jobs/" + id + "/results" + query);
    EXPECT_EQ(lines_of(r.body), count - 1) << query;
    EXPECT_EQ(r.field("Trawl-Complete"), "true");
    EXPECT_EQ(r.field("Trawl-Missing"), "1") << query;
  }
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST_F(ServeFaults, AnAddressInUseIsSaidPlainly) {
  start();
  server_options second = options_;
  second.data = options_.data / "second";
  second.listen = "127.0.0.1:" + std::to_string(port());
  try {
    service other(second);
    FAIL();
  } catch (const std::exception& e) {
    EXPECT_EQ(std::string(e.what()), "listen " + second.listen + ": Address already in use");
  }
}

}  // namespace
}  // namespace trawl
