// A job as it runs: its hosts, why a URL is where it is, its events.
#include <gtest/gtest.h>

#include "tests/integration/serve_fixture.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using test::as_json;
using test::connection;

struct sent_event {
  std::string id, name;
  json data;
};

/// HTML standard, section 9.2.6, as far as the service uses it.
std::vector<sent_event> events_of(const std::string& stream) {
  std::vector<sent_event> out;
  sent_event now;
  std::istringstream lines(stream);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id: ")) now.id = line.substr(4);
    if (line.starts_with("event: ")) now.name = line.substr(7);
    if (line.starts_with("data: ")) now.data = json::parse(line.substr(6));
    if (line.empty() && !now.name.empty()) out.push_back(std::exchange(now, {}));
  }
  return out;
}

std::vector<std::string> states_of(const std::vector<sent_event>& all) {
  std::vector<std::string> out;
  for (const sent_event& e : all)
    if (e.name == "state") out.push_back(e.data["state"]);
  return out;
}

class ServeWatching : public test::serve_fixture {
 protected:
  std::string at(const std::string& id, const std::string& what) const { return "/api/v1/jobs/" + id + what; }
  site::server pages_{[](const site::seen_request& r) {
    std::this_thread::sleep_for(2ms);
    return r.target == "/robots.txt" ? site::page("", 404) : r.target == "/1" ? site::page("<a href=/in>in</a><a href=http://elsewhere.test/>out</a>") : site::page("page");
  }};
};

TEST_F(ServeWatching, EventsTellEachStateOnceAndEndWithTheJob) {
  start();
  const std::string id = submit(job(pages_.url("/{2..51}")));
  connection c = fresh();
  c.ask("GET", at(id, "/events"), "", "Last-Event-ID: 0\r\n");
  fresh().call("POST", at(id, "/pause"));
  std::this_thread::sleep_for(300ms);
  fresh().call("POST", at(id, "/resume"));
  const auto r = c.receive();
  ASSERT_TRUE(r);
  EXPECT_EQ(r->field("Content-Type"), "text/event-stream");
  const auto all = events_of(r->body);
  const auto states = states_of(all);
  ASSERT_GE(states.size(), 4U) << r->body;
  EXPECT_EQ(states.front(), "queued");
  EXPECT_EQ(states.back(), "completed");
  EXPECT_NE(std::ranges::find(states, "paused"), states.end());
  EXPECT_EQ(all.back().name, "progress");
  EXPECT_EQ(all.back().data["counts"]["recorded"], 50);
  int last = 0;
  for (const sent_event& e : all)
    if (e.name == "state") EXPECT_EQ(std::stoi(e.id), ++last);

  // Who comes back gets what he has not seen; who comes new, where the job stands.
  const auto rest = events_of(fresh().call("GET", at(id, "/events"), "", "Last-Event-ID: " + std::to_string(last - 1) + "\r\n").body);
  EXPECT_EQ(states_of(rest), std::vector<std::string>{"completed"});
  EXPECT_EQ(states_of(events_of(fresh().call("GET", at(id, "/events")).body)), std::vector<std::string>{"completed"});
  start();  // also after a restart
  EXPECT_EQ(states_of(events_of(fresh().call("GET", at(id, "/events"), "", "Last-Event-ID: 0\r\n").body)), states);
  EXPECT_EQ(fresh().call("GET", at(id, "/events"), "", "Last-Event-ID: x\r\n").status, 400);
}

TEST_F(ServeWatching, AHostIsShownAndPausedAndResumed) {
  start();
  site::server other([](const site::seen_request& r) { return r.target == "/robots.txt" ? site::page("", 404) : site::page("", 500); });
  const std::string id = submit(R"({"seeds":[")" + pages_.url("/{2..301}") + "\",\"" + other.url("/x") + R"("],"politeness":{"delay":"0s"},"fetch":{"retries":0},"scope":{"max_depth":0},"expect":{"pages":0}})");
  wait_for(id, "running");
  const std::string host = "127.0.0.1:" + std::to_string(pages_.port());
  EXPECT_EQ(fresh().call("POST", at(id, "/hosts/" + host + "/pause")).status, 202);
  const auto count = [&] { return status(id)["counts"]["recorded"].get<int>(); };
  int before = -1;
  for (int now = count(); now < 1 || now != before; now = count()) {  // the other host's is there, and what was in flight
    before = now;
    std::this_thread::sleep_for(300ms);
  }
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(count(), before);
  start();  // what was asked for one host is kept
  wait_for(id, "running");
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(count(), before);
  const auto hosts = fresh().call("GET", at(id, "/hosts")).json()["hosts"];
  const auto of = [&](const std::string& name) { return *std::ranges::find_if(hosts, [&](const json& h) { return h["host"] == name; }); };
  EXPECT_TRUE(of(host)["paused"]);
  EXPECT_GT(of(host)["queued"], 0);
  EXPECT_EQ(fresh().call("GET", at(id, "/hosts?limit=1")).json()["hosts"].size(), 1U);
  EXPECT_EQ(fresh().call("GET", at(id, "/hosts?limit=0")).status, 400);
  EXPECT_EQ(fresh().call("POST", at(id, "/hosts/a%20b/pause")).status, 400);
  EXPECT_EQ(fresh().call("POST", at(id, "/hosts/" + host + "/resume")).status, 202);
  EXPECT_EQ(wait_for(id, "completed")["counts"]["recorded"], 301);
  EXPECT_EQ(fresh().call("GET", at(id, "/hosts")).status, 409);
  EXPECT_EQ(fresh().call("POST", at(id, "/hosts/" + host + "/pause")).status, 409);
}

TEST_F(ServeWatching, AUrlIsExplainedWhileTheJobRunsAndAfterwards) {
  start();
  const std::string id = submit(job(pages_.url("/1")));
  wait_for(id, "completed");
  const auto explain = [&](const std::string& url) { return fresh().call("GET", at(id, "/explain?url=" + url)); };
  EXPECT_EQ(explain(pages_.url("/1")).status, 200);
  const auto found = explain(pages_.url("/in")).json();
  EXPECT_NE(found.dump().find(pages_.url("/1")), std::string::npos) << found.dump();
  EXPECT_NE(explain("http://elsewhere.test/").body.find("scope.within"), std::string::npos);
  EXPECT_EQ(explain("nonsense").status, 400);
  EXPECT_EQ(fresh().call("GET", at(id, "/explain")).status, 400);
}

}  // namespace
}  // namespace trawl
