// The service, in this process, driven over its socket; it crawls the scripted server.
#include <fstream>
#include <map>
#include <sstream>

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

class Serve : public test::serve_fixture {};

site::reply nothing_here(const site::seen_request&) { return site::page("", 404); }

TEST_F(Serve, AJobIsTakenCrawledFollowedAndComplete) {
  start();
  const auto made = fresh().call("POST", "/api/v1/jobs", job(site_.url("/")), as_json);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.json()["id"];
  EXPECT_EQ(made.field("Location"), "/api/v1/jobs/" + id);
  EXPECT_EQ(made.json()["name"], "127.0.0.1");
  const auto followed = fresh().call("GET", "/api/v1/jobs/" + id + "/results?follow=true");
  EXPECT_EQ(followed.status, 200);
  const std::size_t count = sample_.reachable().size() + 1;
  std::istringstream text(followed.body);
  std::uint64_t seq = 0;
  for (std::string line; std::getline(text, line);)
    if (!line.empty()) EXPECT_EQ(json::parse(line)["seq"], ++seq);
  EXPECT_EQ(seq, count);
  EXPECT_EQ(followed.field("Trawl-Next"), std::to_string(count));  // a trailer: known at the end
  EXPECT_EQ(followed.field("Trawl-Complete"), "true");
  const json end = wait_for(id, "completed");
  EXPECT_EQ(end["ended"], "drained");
  EXPECT_EQ(end["counts"]["recorded"], count);
  EXPECT_EQ(end["statuses"]["404"], 1);
  EXPECT_FALSE(end["ended_at"].is_null());
}

TEST_F(Serve, ResultsComeInPagesAndByFilter) {
  start();
  const std::string id = submit(job(site_.url("/")));
  wait_for(id, "completed");
  const std::string results = "/api/v1/jobs/" + id + "/results";
  const std::size_t count = sample_.reachable().size() + 1;
  connection c = fresh();
  std::string next = "0", text, complete;
  for (int pages = 0; complete != "true" && pages < 100; ++pages) {
    const auto page = c.call("GET", results + "?limit=50&after=" + next);
    EXPECT_LE(lines_of(page.body), 50U);
    text += page.body;
    next = page.field("Trawl-Next");
    complete = page.field("Trawl-Complete");
  }
  EXPECT_EQ(lines_of(text), count);
  EXPECT_EQ(text, c.call("GET", results).body);
  EXPECT_EQ(lines_of(c.call("GET", results + "?status=404").body), 1U);
  EXPECT_EQ(lines_of(c.call("GET", results + "?error=robots.*").body), 1U);
  EXPECT_EQ(lines_of(c.call("GET", results + "?status=4xx&limit=1").body), 1U);
  for (const char* bad : {"?after=x", "?limit=-1", "?follow=yes", "?status=20", "?rows=cells", "?follow=true&limit=1"}) EXPECT_EQ(c.call("GET", results + bad).status, 400) << bad;
  EXPECT_EQ(c.call("HEAD", results + "?limit=3").field("Trawl-Next"), "3");
  EXPECT_EQ(c.call("GET", results + "?after=99999").body, "");
}

TEST_F(Serve, BadJobsAreToldWhatIsWrong) {
  start();
  connection c = fresh();
  const auto r = c.call("POST", "/api/v1/jobs", R"({"seeds":["https://a/"],"scope":{"max_dept":1}})", as_json);
  EXPECT_EQ(r.status, 422);
  EXPECT_EQ(r.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(r.json()["errors"][0]["path"], "scope.max_dept");
  EXPECT_EQ(c.call("POST", "/api/v1/jobs", "{", as_json).status, 400);
  EXPECT_EQ(c.call("POST", "/api/v1/jobs", "seeds: [https://a/]", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(c.call("POST", "/api/v1/jobs?check=true", "seeds: [https://a/]", "Content-Type: application/yaml\r\n").status, 200);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs").json()["jobs"].size(), 0U);
}

TEST_F(Serve, PrivateAddressesAreOnlyWhatTheOperatorAllows) {
  options_.egress_allow = {"127.0.0.1:" + std::to_string(site_.port())};
  start();
  site::server other(nothing_here);
  const std::string id = submit(job(other.url("/")));
  wait_for(id, "completed");
  const auto record = json::parse(fresh().call("GET", "/api/v1/jobs/" + id + "/results").body);
  EXPECT_TRUE(record["status"].is_null());
  EXPECT_TRUE(other.log().empty());
  wait_for(submit(job(site_.url("/gone"))), "completed");
  EXPECT_EQ(site_.count("/gone"), 1U);
}

TEST_F(Serve, CeilingsHold) {
  options_.ceilings.max_pages = 5;
  start();
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs", job(site_.url("/"), R"(,"scope":{"max_pages":6})"), as_json).json()["errors"][0]["path"], "scope.max_pages");
  EXPECT_EQ(wait_for(submit(job(site_.url("/"))), "completed")["ended"], "max_pages");
}

TEST_F(Serve, LargeBodiesAreRefused) {
  start();
  const std::string head = "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n" + as_json;
  connection announced = fresh();
  announced.send(head + "Content-Length: 8388609\r\n\r\n");
  EXPECT_EQ(announced.receive()->status, 413);
  connection waiting = fresh();
  waiting.send(head + "Expect: 100-continue\r\nContent-Length: 8388609\r\n\r\n");
  EXPECT_EQ(waiting.receive()->status, 413);
  connection chunked = fresh();
  chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 9; ++i) chunked.send("100000\r\n" + std::string(1 << 20, ' ') + "\r\n");
  EXPECT_EQ(chunked.receive()->status, 413);
  EXPECT_TRUE(chunked.is_closed());
}

TEST_F(Serve, BodiesMayBeChunkedOrWaitForTheGo) {
  start();
  const std::string body = job(site_.url("/gone"));
  connection c = fresh();
  std::ostringstream chunk;
  chunk << std::hex << body.size() << "\r\n" << body << "\r\n0\r\n\r\n";
  c.send("POST /api/v1/jobs?check=true HTTP/1.1\r\nHost: localhost\r\n" + as_json + "Transfer-Encoding: chunked\r\n\r\n" + chunk.str());
  EXPECT_EQ(c.receive()->status, 200);
  connection waiting = fresh();
  waiting.send("POST /api/v1/jobs?check=true HTTP/1.1\r\nHost: localhost\r\n" + as_json + "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(waiting.some(), "HTTP/1.1 100 Continue\r\n\r\n");
  waiting.send(body);
  EXPECT_EQ(waiting.receive()->status, 200);
}

TEST_F(Serve, MalformedHeadsEndTheConnection) {
  options_.limits.head_time = 300ms;
  start();
  const std::string host = "Host: localhost\r\n";
  const std::pair<std::string, int> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"GET / HTTP/1.1\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\nx", 400},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414},
      {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(40'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/3.0\r\n" + host + "\r\n", 505},
      {"GET / HTTP/1.1\r\nHo", 408},
      {"\x16\x03\x01\x02\x00\x01", 408},
  };
  for (const auto& [bytes, status] : cases) {
    connection c = fresh();
    c.send(bytes);
    const auto r = c.receive();
    ASSERT_TRUE(r) << bytes.substr(0, 60);
    EXPECT_EQ(r->status, status) << bytes.substr(0, 60);
    EXPECT_TRUE(c.is_closed());
  }
  EXPECT_EQ(fresh().call("GET", "/healthz").status, 200);
}

TEST_F(Serve, ConnectionsAreKeptAndPipelinedRequestsAnsweredInOrder) {
  start();
  connection c = fresh();
  c.ask("GET", "/healthz");
  c.ask("GET", "/nowhere");
  c.ask("HEAD", "/");
  EXPECT_EQ(c.receive()->json()["status"], "ok");
  EXPECT_EQ(c.receive()->status, 404);
  const auto head = c.receive(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_GT(std::stoul(head->field("Content-Length")), 100U);
  EXPECT_EQ(c.call("OPTIONS", "/api/v1/jobs").field("Allow"), "GET, HEAD, POST, OPTIONS");
  const auto wrong = c.call("PUT", "/api/v1/jobs");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(c.call("GET", "/healthz", "", "Connection: close\r\n").field("Connection"), "close");
  EXPECT_TRUE(c.is_closed());
}

TEST_F(Serve, EveryAnswerGuardsAgainstOtherSites) {
  start();
  for (const char* path : {"/", "/api/v1/jobs", "/nowhere"}) {
    const auto r = fresh().call("GET", path);
    EXPECT_EQ(r.field("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(r.field("X-Frame-Options"), "DENY");
    EXPECT_TRUE(r.field("Date").ends_with(" GMT")) << r.field("Date");  // RFC 9110, 6.6.1
    EXPECT_NE(r.field("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(r.field("Access-Control-Allow-Origin"), "");
  }
}

TEST_F(Serve, OnLoopbackOnlyItsOwnNamesAreAnswered) {
  start();
  connection c = fresh();
  c.send("GET /api/v1/jobs HTTP/1.1\r\nHost: rebound.example.org\r\n\r\n");
  EXPECT_EQ(c.receive()->status, 421);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs/x/cancel", "", "Origin: https://example.org\r\n").status, 403);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs/x/cancel", "", "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs/x/cancel").status, 404);
}

TEST_F(Serve, TokensAreAskedForWhereThereAreAny) {
  std::filesystem::create_directories(options_.data);
  std::ofstream(options_.data / "writer") << "writer-0123456789abcdef\n";
  std::ofstream(options_.data / "reader") << "reader-0123456789abcdef\n";
  options_.tokens = {{"w", options_.data / "writer", "", {server::permission::read, server::permission::write}}, {"r", options_.data / "reader", "", {server::permission::read}}};
  start();
  const auto with = [](const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; };
  const auto refused = fresh().call("GET", "/api/v1/jobs");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.field("WWW-Authenticate").substr(0, 6), "Bearer");
  for (const char* path : {"/metrics", "/nowhere", "/api/v1/scrape"}) EXPECT_EQ(fresh().call("GET", path).status, 401) << path;
  for (const char* path : {"/", "/healthz", "/readyz"}) EXPECT_EQ(fresh().call("GET", path).status, 200) << path;
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs", "", with("reader-0123456789abcdef")).status, 200);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs", "", with("reader-0123456789abcdeg")).status, 401);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs", job("https://a.invalid/"), as_json + with("reader-0123456789abcdef")).status, 403);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs?check=true", job("https://a.invalid/"), as_json + with("writer-0123456789abcdef")).status, 200);
}

TEST_F(Serve, OffLoopbackItMakesATokenOfItsOwn) {
  options_.listen = "0.0.0.0:0";
  EXPECT_EQ(start().new_token(), options_.data / "token");
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs").status, 401);
  std::string token;
  std::ifstream(options_.data / "token") >> token;
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs", "", "Authorization: Bearer " + token + "\r\n").status, 200);
  EXPECT_TRUE(start().new_token().empty());  // the second time it is there
}

TEST_F(Serve, JobsQueueAreCancelledAndDeleted) {
  options_.running = 1;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  const std::string first = submit(job(slow.url("/"), R"(,"name":"first")")), second = submit(job(site_.url("/"), R"(,"name":"second")"));
  wait_for(first, "running");
  EXPECT_EQ(status(second)["state"], "queued");
  connection c = fresh();
  const auto list = c.call("GET", "/api/v1/jobs?limit=1").json();
  EXPECT_EQ(list["jobs"][0]["id"], second);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs?limit=1&cursor=" + list["next"].get<std::string>()).json()["jobs"][0]["id"], first);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs?name=first").json()["jobs"].size(), 1U);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs?state=queued").json()["jobs"][0]["id"], second);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs?state=odd").status, 400);
  EXPECT_EQ(c.call("DELETE", "/api/v1/jobs/" + first).status, 409);
  EXPECT_EQ(c.call("POST", "/api/v1/jobs/" + second + "/cancel").status, 202);
  EXPECT_EQ(wait_for(second, "cancelled")["ended"], "cancelled");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(c.call("POST", "/api/v1/jobs/" + first + "/cancel").status, 202);
  EXPECT_EQ(c.call("POST", "/api/v1/jobs/" + first + "/cancel").status, 202);  // repeated: harmless
  wait_for(first, "cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(c.call("DELETE", "/api/v1/jobs/" + first).status, 204);
  EXPECT_EQ(c.call("GET", "/api/v1/jobs/" + first).status, 404);
  EXPECT_FALSE(std::filesystem::exists(options_.data / "jobs" / first));
}

TEST_F(Serve, ARepeatedSubmissionMakesNoSecondJob) {
  start();
  const std::string key = as_json + "Idempotency-Key: k1\r\n", body = job(site_.url("/gone"));
  const auto first = fresh().call("POST", "/api/v1/jobs", body, key), again = fresh().call("POST", "/api/v1/jobs", body, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.json()["id"], again.json()["id"]);
  EXPECT_EQ(fresh().call("POST", "/api/v1/jobs", job(site_.url("/")), key).status, 422);
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs").json()["jobs"].size(), 1U);
}

TEST_F(Serve, ASlowReaderSlowsOnlyItself) {
  start();
  const std::string large(200'000, 'x');
  site::server pages([&](const site::seen_request& r) { return r.target == "/robots.txt" ? site::page("", 404) : site::page("<p>" + large); });
  const std::string id = submit(job(pages.url("/{1..80}"), R"(,"extract":{"html":true})"));
  connection slow = fresh();
  slow.ask("GET", "/api/v1/jobs/" + id + "/results?follow=true");  // and does not read: 16 MB are more than two kernel buffers hold
  const auto quick = fresh().call("GET", "/api/v1/jobs/" + id + "/results?follow=true");
  EXPECT_EQ(quick.field("Trawl-Complete"), "true");
  EXPECT_EQ(quick.field("Trawl-Next"), "80");
  EXPECT_EQ(wait_for(id, "completed")["counts"]["recorded"], 80);
  const auto late = slow.receive();  // now it does
  ASSERT_TRUE(late);
  EXPECT_EQ(late->body, quick.body);
}

TEST_F(Serve, FollowersGetSignsOfLifeAndAreLetGoWhenTheyLeave) {
  options_.limits.heartbeat = 50ms;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  const std::string id = submit(job(slow.url("/")));
  connection c = fresh();
  c.ask("GET", "/api/v1/jobs/" + id + "/results?follow=true");
  std::string seen;
  for (int i = 0; i < 20 && seen.find("1\r\n\n\r\n1\r\n\n\r\n") == std::string::npos; ++i) seen += c.some();
  EXPECT_NE(seen.find("1\r\n\n\r\n1\r\n\n\r\n"), std::string::npos) << seen;
  const auto connections = [this] {
    const std::string text = fresh().call("GET", "/metrics").body;
    return std::stoi(text.substr(text.find("\ntrawl_http_connections ") + 24));
  };
  EXPECT_EQ(connections(), 2);
  c.close();
  for (int i = 0; i < 100 && connections() > 1; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(connections(), 1);  // the one that asks
}

TEST_F(Serve, ScrapeGivesTheRecordOfOnePage) {
  start();
  connection c = fresh();
  const auto page = c.call("POST", "/api/v1/scrape", R"({"url":")" + site_.url("/") + R"("})", as_json);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.json()["status"], 200);
  EXPECT_GT(page.json()["links"].size(), 1U);
  EXPECT_EQ(site_.count("/list?page=1") + site_.count("/list/1"), 0U);  // nothing is followed
  site::server closed(nothing_here);
  EXPECT_EQ(c.call("POST", "/api/v1/scrape", R"({"url":")" + site_.url(site::sample_site::forbidden) + R"("})", as_json).json()["error"]["code"], "robots.disallowed");
  EXPECT_EQ(c.call("POST", "/api/v1/scrape", R"({"url":"x"})", as_json).status, 422);
  EXPECT_EQ(c.call("GET", "/api/v1/scrape").status, 405);
}

TEST_F(Serve, ScrapesEndWithTheirClientOrTheirTime) {
  options_.limits.scrape_time = 400ms;
  options_.limits.scrapes = 1;
  start();
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  const std::string body = R"({"url":")" + slow.url("/") + R"(","politeness":{"robots":"obey"}})";
  connection first = fresh();
  first.ask("POST", "/api/v1/scrape", body, as_json);
  for (int i = 0; i < 200 && slow.log().empty(); ++i) std::this_thread::sleep_for(10ms);
  const auto full = fresh().call("POST", "/api/v1/scrape", body, as_json);
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.field("Retry-After"), "1");
  first.close();
  int status = 503;
  for (int i = 0; i < 200 && status == 503; ++i) status = fresh().call("POST", "/api/v1/scrape", body, as_json).status;
  EXPECT_EQ(status, 504);
}

TEST_F(Serve, MetricsAreInPrometheusFormat) {
  start();
  wait_for(submit(job(site_.url("/"))), "completed");
  const auto r = fresh().call("GET", "/metrics");
  EXPECT_EQ(r.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  std::istringstream text(r.body);
  std::string name;
  std::map<std::string, double> values;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# HELP ")) name = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with("#")) continue;
    EXPECT_TRUE(line.starts_with(name)) << line;
    values[line.substr(0, line.rfind(' '))] = std::stod(line.substr(line.rfind(' ') + 1));
  }
  EXPECT_EQ(values["trawl_records_total"], static_cast<double>(sample_.reachable().size() + 1));
  EXPECT_EQ(values[R"(trawl_jobs{state="completed"})"], 1);
  EXPECT_EQ(values[R"(trawl_records_by_status_total{status="404"})"], 1);
  EXPECT_EQ(values[R"(trawl_records_by_error_total{code="robots.disallowed"})"], 1);
  EXPECT_GT(values["process_resident_memory_bytes"], 1e6);
  EXPECT_GT(values["process_open_fds"], 3);
}

TEST_F(Serve, TooManyConnectionsAreTurnedAway) {
  options_.limits.connections = 2;
  start();
  connection a = fresh(), b = fresh();
  EXPECT_EQ(a.call("GET", "/healthz").status, 200);
  EXPECT_EQ(b.call("GET", "/healthz").status, 200);
  connection c = fresh();
  const auto refused = c.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->json()["status"], 503);
  EXPECT_TRUE(c.is_closed());
  a.close();
  int status = 0;
  for (int i = 0; i < 100 && status != 200; ++i, std::this_thread::sleep_for(10ms)) status = fresh().call("GET", "/healthz").status;
  EXPECT_EQ(status, 200);
}

TEST_F(Serve, AStoppedServiceGoesOnWithItsJobs) {
  start();
  std::atomic<bool> is_slow = true;
  site::server slow([&](const site::seen_request& r) { return r.target == "/a" || !is_slow ? site::page("a") : site::reply{site::page("").bytes, 20s, false}; });
  const std::string done = submit(job(site_.url("/"))), cut = submit(R"({"seeds":[")" + slow.url("/a") + "\",\"" + slow.url("/b") + R"("],"politeness":{"delay":"0s","robots":"obey"}})");
  wait_for(done, "completed");
  wait_for(cut, "running");
  const std::string before = fresh().call("GET", "/api/v1/jobs/" + done + "/results").body;
  connection follower = fresh();
  follower.ask("GET", "/api/v1/jobs/" + cut + "/results?follow=true");
  follower.socket().wait(asio::socket_base::wait_read);
  const auto begin = std::chrono::steady_clock::now();
  service_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  const auto ended = follower.receive();  // its stream was ended, not torn
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->field("Trawl-Complete"), "false");
  is_slow = false;
  start();
  EXPECT_EQ(status(done)["state"], "completed");
  EXPECT_EQ(wait_for(cut, "completed")["counts"]["recorded"], 2);
  EXPECT_EQ(lines_of(fresh().call("GET", "/api/v1/jobs/" + cut + "/results").body), 2U);
  const auto after = fresh().call("GET", "/api/v1/jobs/" + done + "/results");
  EXPECT_EQ(after.body, before);
  EXPECT_EQ(after.field("Trawl-Complete"), "true");
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs/" + done + "/job").json()["seeds"].size(), 1U);
  EXPECT_THROW(service{options_}, std::exception);  // the directory is in use
}

}  // namespace
}  // namespace trawl
