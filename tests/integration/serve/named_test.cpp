// Jobs that are stored under a name: what the API says of them, when they run, what comes of files in jobs.dir; and items as rows.
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
using std::chrono::system_clock;

/// A service whose schedules go by a clock that the test sets.
class ServeNamed : public test::serve_fixture {
 protected:
  void SetUp() override {
    serve_fixture::SetUp();
    options_.clock = [this] { return system_clock::time_point(system_clock::duration(now_.load())); };
    options_.limits.schedule_tick = 20ms;
    options_.limits.directory_tick = 20ms;
  }
  void TearDown() override {
    serve_fixture::TearDown();
    std::filesystem::remove_all(directory());
  }
  void pass(system_clock::duration time) { now_ += time.count(); }
  std::filesystem::path directory() const { return options_.data.string() + ".jobs"; }
  void put_file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(directory());
    std::ofstream(directory() / name) << text;
  }

  test::reply put(const std::string& name, const std::string& body, const std::string& fields = as_json) const { return fresh().call("PUT", "/api/v1/named/" + name, body, fields); }
  test::reply run(const std::string& name, const std::string& body = "", const std::string& fields = as_json) const { return fresh().call("POST", "/api/v1/named/" + name + "/runs", body, fields); }
  json named(const std::string& name) const { return fresh().call("GET", "/api/v1/named/" + name).json(); }
  std::size_t jobs_of(const std::string& name) const { return fresh().call("GET", "/api/v1/jobs?name=" + name).json()["jobs"].size(); }
  std::string scheduled(const std::string& url, const std::string& schedule) const { return job(url, R"(,"schedule":)" + schedule); }
  template <class F>
  bool soon(F holds) const {
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(20ms))
      if (holds()) return true;
    return false;
  }
  /// Waits for the next run of a name; the job's id.
  std::string wait_for_run(const std::string& name, const std::string& other_than = "") const {
    json last;
    EXPECT_TRUE(soon([&] { return (last = named(name)["last_run"]).is_string() && last != other_than; })) << named(name).dump();
    return last.is_string() ? last.get<std::string>() : "";
  }

  std::atomic<system_clock::rep> now_ = system_clock::time_point(std::chrono::sys_days(std::chrono::year(2026) / 3 / 2) + 12h).time_since_epoch().count();
  std::atomic<int> asked_{0};
  std::atomic<bool> is_held_{false};
  site::server pages_{[this](const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("", 404);
    ++asked_;
    while (is_held_) std::this_thread::sleep_for(1ms);
    return site::page("<title>" + r.target + "</title><ul><li>a<li>b</ul>");
  }};
};

TEST_F(ServeNamed, IsStoredShownReplacedAndRemoved) {
  start();
  EXPECT_EQ(fresh().call("GET", "/api/v1/named/shop").status, 404);
  const auto made = put("shop", scheduled(pages_.url("/"), R"({"cron":"0 13 * * *"})"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.field("Location"), "/api/v1/named/shop");
  const auto again = put("shop", "seeds: [" + pages_.url("/x") + "]\nfetch: {auth: [{host: h.example, bearer: opensesame}]}\nschedule: {cron: '@hourly', timezone: Asia/Kolkata}", "Content-Type: application/yaml\r\n");
  EXPECT_EQ(again.status, 200) << again.body;
  start();  // and it is still there
  const auto shown = fresh().call("GET", "/api/v1/named/shop");
  EXPECT_EQ(shown.json()["source"], "api");
  EXPECT_EQ(shown.json()["next_run_at"], "2026-03-02T12:30:00.000Z");  // whole hours of UTC+05:30
  EXPECT_EQ(shown.json()["last_run"], nullptr);
  EXPECT_EQ(shown.json()["job"]["name"], "shop");
  EXPECT_EQ(shown.json()["job"]["seeds"][0]["url"], pages_.url("/x")) << shown.body;
  EXPECT_EQ(shown.body.find("opensesame"), std::string::npos);
  const json list = fresh().call("GET", "/api/v1/named").json()["named"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["schedule"]["cron"], "@hourly");
  EXPECT_EQ(fresh().call("DELETE", "/api/v1/named/shop").status, 204);
  EXPECT_EQ(fresh().call("DELETE", "/api/v1/named/shop").status, 404);
  EXPECT_EQ(run("shop").status, 404);
  EXPECT_EQ(fresh().call("GET", "/api/v1/named").json()["named"].size(), 0U);
}

// RFC 9110, 13.1.1 and 13.1.2.
TEST_F(ServeNamed, PreconditionsKeepTwoWritersApart) {
  start();
  EXPECT_EQ(put("a", job(pages_.url("/")), as_json + "If-Match: *\r\n").status, 412);
  const auto first = put("a", job(pages_.url("/")), as_json + "If-None-Match: *\r\n");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(put("a", job(pages_.url("/")), as_json + "If-None-Match: *\r\n").status, 412);
  const auto second = put("a", job(pages_.url("/2")), as_json + "If-Match: " + first.field("ETag") + "\r\n");
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(second.field("ETag"), first.field("ETag"));
  EXPECT_EQ(fresh().call("GET", "/api/v1/named/a").field("ETag"), second.field("ETag"));
  for (const std::string& old : {first.field("ETag"), std::string("\"x\""), std::string("x")}) {
    EXPECT_EQ(put("a", job(pages_.url("/3")), as_json + "If-Match: " + old + "\r\n").status, 412) << old;
    EXPECT_EQ(fresh().call("DELETE", "/api/v1/named/a", "", "If-Match: " + old + "\r\n").status, 412) << old;
  }
}

TEST_F(ServeNamed, WhatCantBeStoredIsNamed) {
  options_.limits.stored_jobs = 1;
  start();
  const auto wrong = [&](const std::string& body) { return put("a", body).json()["errors"][0]["path"].get<std::string>(); };
  EXPECT_EQ(put("a", "{").status, 400);
  EXPECT_EQ(put("a", "x", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(put("a%20b", job(pages_.url("/"))).json()["errors"][0]["path"], "name");
  EXPECT_EQ(wrong(R"({"seeds":[]})"), "seeds");
  EXPECT_EQ(wrong(scheduled(pages_.url("/"), R"({"cron":"99 * * * *"})")), "schedule.cron");
  EXPECT_EQ(wrong(scheduled(pages_.url("/"), R"({"cron":"* * * * *","timezone":"Nowhere"})")), "schedule.timezone");
  EXPECT_EQ(wrong(job(pages_.url("/"), R"(,"name":"b")")), "name");
  EXPECT_EQ(wrong(job(pages_.url("/"), R"(,"seed_files":["/etc/passwd"])")), "seed_files");
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs", scheduled(pages_.url("/"), R"({"cron":"* * * * *"})"), as_json).json()["errors"][0]["path"], "schedule");
  EXPECT_EQ(put("a", job(pages_.url("/"), R"(,"name":"a")")).status, 201);
  EXPECT_EQ(put("b", job(pages_.url("/"))).status, 429);
  EXPECT_EQ(put("a", job(pages_.url("/"))).status, 200);
}

TEST_F(ServeNamed, ARunTakesOverridesAndAnIdempotencyKey) {
  start();
  put("a", job(pages_.url("/a")));
  const auto first = run("a");
  ASSERT_EQ(first.status, 201) << first.body;
  const std::string id = first.json()["id"];
  EXPECT_EQ(first.json()["name"], "a");
  EXPECT_EQ(first.field("Location"), "/api/v1/jobs/" + id);
  EXPECT_EQ(wait_for(id, "completed")["counts"]["recorded"], 1);
  EXPECT_EQ(named("a")["last_run"], id);
  const std::string key = as_json + "Idempotency-Key: k\r\n", body = R"({"seeds":[")" + pages_.url("/{b,c}") + R"("]})";
  const std::string second = run("a", body, key).json()["id"];
  EXPECT_EQ(run("a", body, key).json()["id"], second);
  EXPECT_EQ(run("a", "", key).status, 422);
  EXPECT_EQ(wait_for(second, "completed")["counts"]["recorded"], 2);
  start();
  EXPECT_EQ(run("a", body, key).json()["id"], second);
  EXPECT_EQ(jobs_of("a"), 2U);
  EXPECT_EQ(named("a")["job"]["seeds"][0]["url"], pages_.url("/a"));  // what is stored stays
  EXPECT_EQ(run("a", "{").status, 400);
  EXPECT_EQ(run("a", "[]").status, 422);
  for (const char* bad : {R"({"schedule":{"cron":"@daily"}})", R"({"name":"b"})", R"({"seed":1})", R"({"fetch":{"private_addresses":"allow"}})"}) EXPECT_EQ(run("a", bad).status, 422) << bad;
}

TEST_F(ServeNamed, RunsWhenItIsDue) {
  start();
  put("a", scheduled(pages_.url("/"), R"({"cron":"0 13 * * *","timezone":"UTC"})"));
  EXPECT_EQ(named("a")["next_run_at"], "2026-03-02T13:00:00.000Z");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(jobs_of("a"), 0U);
  pass(1h);
  const std::string first = wait_for_run("a");
  wait_for(first, "completed");
  EXPECT_EQ(named("a")["next_run_at"], "2026-03-03T13:00:00.000Z");
  pass(24h);
  const std::string second = wait_for_run("a", first);
  wait_for(second, "completed");
  EXPECT_EQ(jobs_of("a"), 2U);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(jobs_of("a"), 2U);
}

TEST_F(ServeNamed, ARunThatWasMissedComesOnceAtTheStart) {
  start();
  put("a", scheduled(pages_.url("/"), R"({"cron":"*/10 * * * *"})"));
  put("old", scheduled(pages_.url("/"), R"({"cron":"0 13 * * 1"})"));
  service_.reset();
  pass(30h);
  start();
  wait_for(wait_for_run("a"), "completed");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(jobs_of("a"), 1U);
  EXPECT_EQ(named("a")["next_run_at"], "2026-03-03T18:10:00.000Z");
  EXPECT_EQ(jobs_of("old"), 0U);  // 29 h late
  EXPECT_EQ(named("old")["next_run_at"], "2026-03-09T13:00:00.000Z");
}

TEST_F(ServeNamed, ARunThatIsDueWhileTheLastOneGoesOnIsLeftOutOrComesBehind) {
  start();
  is_held_ = true;
  put("skips", scheduled(pages_.url("/s"), R"({"cron":"*/10 * * * *"})"));
  put("queues", scheduled(pages_.url("/q"), R"({"cron":"*/10 * * * *","overlap":"queue"})"));
  pass(10min);
  const std::string skipped = wait_for_run("skips"), queued = wait_for_run("queues");
  for (int i = 0; i < 2; ++i) {
    pass(10min);
    EXPECT_TRUE(soon([&] { return named("queues")["waiting"] == true && named("skips")["next_run_at"] == named("queues")["next_run_at"]; }));
    std::this_thread::sleep_for(100ms);
  }
  is_held_ = false;
  const std::string behind = wait_for_run("queues", queued);
  wait_for(behind, "completed");
  wait_for(skipped, "completed");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(jobs_of("queues"), 2U);  // one, however many were due
  EXPECT_EQ(jobs_of("skips"), 1U);
  EXPECT_EQ(named("queues")["waiting"], false);
}

TEST_F(ServeNamed, ARunMayGoOnWithTheStateOfTheLastOne) {
  start();
  const std::string schedule = R"({"cron":"*/10 * * * *","state":"continue"})";
  const auto document = [&](const std::string& seed, const std::string& age) { return job(pages_.url(seed), R"(,"scope":{"revisit_after":")" + age + R"("},"schedule":)" + schedule); };
  put("a", document("/{1..3}", "1ms"));
  pass(10min);
  const std::string id = wait_for_run("a");
  wait_for(id, "completed");
  pass(10min);
  ASSERT_TRUE(soon([&] { return status(id)["counts"]["recorded"] == 6; })) << status(id).dump();
  wait_for(id, "completed");
  EXPECT_EQ(jobs_of("a"), 1U);
  start();
  EXPECT_EQ(run("a").json()["id"], id);
  ASSERT_TRUE(soon([&] { return status(id)["counts"]["recorded"] == 9; })) << status(id).dump();
  wait_for(id, "completed");
  std::istringstream lines(fresh().call("GET", "/api/v1/jobs/" + id + "/results").body);
  std::uint64_t seq = 0;
  for (std::string line; std::getline(lines, line);) {
    const json r = json::parse(line);
    EXPECT_EQ(r["seq"], ++seq);
    EXPECT_EQ(r["visit"], (seq + 2) / 3);
  }
  EXPECT_EQ(seq, 9U);
  const std::string apart = run("a", R"({"limits":{"duration":"1m"}})").json()["id"];
  EXPECT_NE(apart, id);
  wait_for(apart, "completed");
  EXPECT_EQ(run("a").json()["id"], id);  // overrides are no part of the chain
  wait_for(id, "completed");
  put("a", document("/other", "1ms"));
  EXPECT_NE(run("a").json()["id"], id);  // other seeds: another job
}

TEST_F(ServeNamed, WhatAnotherTokenHasStoredIsNotThere) {
  const std::string ann = "ann-ann-ann-ann-ann", bob = "bob-bob-bob-bob-bob", root = "root-root-root-root";
  const auto key = [](const std::string& name, const std::string& token, std::vector<server::permission> may) { return server::token_source{name, {}, server::sha256_hex(token), std::move(may)}; };
  options_.tokens = {key("ann", ann, {server::permission::read, server::permission::write}), key("bob", bob, {server::permission::read, server::permission::write}), key("root", root, {server::permission::admin})};
  put_file("f.yaml", "seeds: [\"" + pages_.url("/f") + "\"]\nfetch: {private_addresses: allow}");
  options_.jobs_dir = directory();
  start();
  const auto call = [&](const std::string& token, const std::string& method, const std::string& path, const std::string& body = "") { return fresh().call(method, "/api/v1/named" + path, body, as_json + "Authorization: Bearer " + token + "\r\n"); };
  EXPECT_EQ(call(ann, "PUT", "/a", job(pages_.url("/"))).status, 201);
  EXPECT_EQ(fresh().call("GET", "/api/v1/named").status, 401);
  for (const char* method : {"GET", "DELETE"}) EXPECT_EQ(call(bob, method, "/a").status, 404) << method;
  EXPECT_EQ(call(bob, "PUT", "/a", job(pages_.url("/"))).status, 404);
  EXPECT_EQ(call(bob, "POST", "/a/runs").status, 404);
  EXPECT_EQ(call(bob, "GET", "").json()["named"].size(), 0U);
  EXPECT_TRUE(soon([&] { return call(root, "GET", "").json()["named"].size() == 2; }));
  EXPECT_EQ(call(ann, "GET", "").json()["named"].size(), 1U);
  EXPECT_EQ(call(ann, "POST", "/f/runs").status, 404);
  const std::string id = call(root, "POST", "/a/runs").json()["id"];
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id, "", "Authorization: Bearer " + ann + "\r\n").status, 200);  // her job, whoever runs it
}

TEST_F(ServeNamed, FilesOfTheDirectoryRunByTheirSchedule) {
  options_.jobs_dir = directory();
  options_.ceilings.concurrency = 1;
  std::filesystem::create_directories(directory());
  put_file("seeds.txt", pages_.url("/from-file") + "\n");
  put_file("night.yaml", "seed_files: [" + (directory() / "seeds.txt").string() + "]\nfetch: {concurrency: 9}\npoliteness: {delay: 0s}\nschedule: {cron: '0 13 * * *'}");
  put_file("broken.yaml", "seeds: [");
  start();
  ASSERT_TRUE(soon([&] { return named("night").contains("next_run_at"); }));
  EXPECT_EQ(named("night")["source"], "file");
  EXPECT_NE(named("broken")["problem"].get<std::string>().find("broken.yaml:1:"), std::string::npos);
  pass(1h);
  const std::string id = wait_for_run("night");
  wait_for(id, "completed");
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + "/job").json()["fetch"]["concurrency"], 9);
  EXPECT_EQ(put("night", job(pages_.url("/"))).status, 409);
  EXPECT_EQ(fresh().call("DELETE", "/api/v1/named/night").status, 409);
  EXPECT_EQ(run("night", R"({"expect":{"pages":0}})").status, 422);
  put_file("night.yaml", "seed_files: [" + (directory() / "seeds.txt").string() + "]\npoliteness: {delay: 0s}\nschedule: {cron: '0 15 * * *'}");
  EXPECT_TRUE(soon([&] { return named("night")["next_run_at"] == "2026-03-02T15:00:00.000Z"; })) << named("night").dump();
  EXPECT_EQ(named("night")["last_run"], id);
  start();  // the file is as it was: so is its plan
  EXPECT_EQ(named("night")["last_run"], id);
  std::filesystem::remove(directory() / "night.yaml");
  EXPECT_TRUE(soon([&] { return fresh().call("GET", "/api/v1/named/night").status == 404; }));
}

// A directory that is not there, as a disk that is mounted late: nothing is forgotten.
TEST_F(ServeNamed, ADirectoryThatCantBeReadTakesNothingAway) {
  options_.jobs_dir = directory();
  put_file("night.yaml", "seeds: [\"" + pages_.url("/") + "\"]\npoliteness: {delay: 0s}\nschedule: {cron: '0 13 * * *'}");
  start();
  ASSERT_TRUE(soon([&] { return named("night").contains("next_run_at"); }));
  pass(1h);
  const std::string id = wait_for_run("night");
  service_.reset();
  const std::filesystem::path aside = directory().string() + ".aside";
  std::filesystem::rename(directory(), aside);
  start();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(named("night")["last_run"], id);
  service_.reset();
  std::filesystem::rename(aside, directory());
  start();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(named("night")["last_run"], id);
  EXPECT_EQ(named("night")["problem"], nullptr);
}

TEST_F(ServeNamed, ItemsAreRowsWithTheirPage) {
  start();
  const std::string id = submit(job(pages_.url("/{1..5}"), R"(,"extract":{"items":{"each":"li","fields":{"word":"li"}}})"));
  wait_for(id, "completed");
  connection c = fresh();
  const std::string results = "/api/v1/jobs/" + id + "/results?rows=items";
  const auto all = c.call("GET", results);
  EXPECT_EQ(all.status, 200);
  ASSERT_EQ(lines_of(all.body), 10U);
  const json first = json::parse(all.body.substr(0, all.body.find('\n')));
  EXPECT_EQ(first["seq"], 1);
  EXPECT_EQ(first["word"], "a");
  EXPECT_EQ(first["url"].get<std::string>().find(pages_.url("/")), 0U);
  EXPECT_EQ(all.field("Trawl-Next"), "5");
  std::string paged;
  for (std::string after = "0"; lines_of(paged) < 10;) {
    const auto page = c.call("GET", results + "&limit=2&after=" + after);
    ASSERT_EQ(page.status, 200);
    ASSERT_NE(page.body, "");
    paged += page.body;
    after = page.field("Trawl-Next");
  }
  EXPECT_EQ(paged, all.body);
  EXPECT_EQ(c.call("GET", results + "&follow=true").body, all.body);
}

// The operator's proxy is the way out of every job that names none: here one that there is not.
TEST_F(ServeNamed, TheOperatorsProxiesAreUsed) {
  options_.ceilings.usual_proxies = {"http://127.0.0.1:9"};
  start();
  const std::string id = submit(R"({"seeds":[")" + pages_.url("/") + R"("],"politeness":{"robots":"obey"},"fetch":{"retries":0},"expect":{"pages":0}})");
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + id + "/job").json()["fetch"]["proxies"][0], "http://127.0.0.1:9");
  wait_for(id, "completed");
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace trawl
