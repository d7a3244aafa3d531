// What an operator sees of the service: health, readiness, ids of requests, numbers, and answers in gzip.
#include <zlib.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <map>
#include <set>
#include <sstream>

#include "server/loop_watch.hpp"
#include "tests/integration/serve_fixture.hpp"

namespace trawl {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using nlohmann::json;
using test::as_json;
using test::connection;
using test::lines_of;

class ServeObserved : public test::serve_fixture {};

/// As much as can be read of gzip; `is_whole` where its end was there.
std::string gunzipped(const std::string& bytes, bool* is_whole = nullptr) {
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  std::string out(1 << 20, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int how = inflate(&z, Z_SYNC_FLUSH);
  if (is_whole != nullptr) *is_whole = how == Z_STREAM_END;
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

const std::string takes_gzip = "Accept-Encoding: br;q=1.0, gzip;q=0.8\r\n";

TEST_F(ServeObserved, ResultsComeInGzipToWhoTakesIt) {
  start();
  const std::string id = submit(job(site_.url("/")));
  wait_for(id, "completed");
  const std::string results = "/api/v1/jobs/" + id + "/results";
  const auto plain = fresh().call("GET", results);
  EXPECT_EQ(plain.field("Content-Encoding"), "");
  EXPECT_EQ(plain.field("Vary"), "Accept-Encoding");
  const auto packed = fresh().call("GET", results, "", takes_gzip);
  EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.field("Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), plain.body.size() / 3);
  bool is_whole = false;
  EXPECT_EQ(gunzipped(packed.body, &is_whole), plain.body);
  EXPECT_TRUE(is_whole);
  EXPECT_EQ(fresh().call("GET", results, "", "Accept-Encoding: gzip;q=0, *\r\n").field("Content-Encoding"), "");
  const auto followed = fresh().call("GET", results + "?follow=true", "", takes_gzip);
  EXPECT_EQ(gunzipped(followed.body, &is_whole), plain.body);
  EXPECT_EQ(followed.field("Trawl-Complete"), "true");
}

TEST_F(ServeObserved, AFollowerOfGzipSeesEachRecordAtOnce) {
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  slow.on("/", [](const auto&) { return site::page("<a href=/late>x</a>"); });
  slow.on("/robots.txt", [](const auto&) { return site::page("", 404); });
  start();
  const std::string id = submit(job(slow.url("/")));
  connection c = fresh();
  c.ask("GET", "/api/v1/jobs/" + id + "/results?follow=true", "", takes_gzip);
  std::string came;
  for (int i = 0; i < 50 && came.find("\r\n\r\n") == std::string::npos; ++i) came += c.some();
  const std::string line = R"("seq":1)";
  std::string text;
  for (int i = 0; i < 50 && text.find(line) == std::string::npos; ++i) {
    const std::size_t begin = came.find("\x1f\x8b");
    if (begin != std::string::npos) text = gunzipped(came.substr(begin));
    if (text.find(line) == std::string::npos) came += c.some();
  }
  EXPECT_NE(text.find(line), std::string::npos);  // while the second page is still being waited for
  fresh().call("POST", "/api/v1/jobs/" + id + "/cancel");
}

TEST_F(ServeObserved, TinyAnswersAreNeverCompressed) {
  start();
  const auto tiny = fresh().call("GET", "/api/v1/jobs", "", takes_gzip);
  EXPECT_EQ(tiny.field("Content-Encoding"), "");
  EXPECT_EQ(tiny.body, R"({"jobs":[],"next":null})");
  const auto large = fresh().call("GET", "/openapi.json", "", takes_gzip);
  EXPECT_EQ(large.field("Content-Encoding"), "gzip");
  EXPECT_TRUE(json::accept(gunzipped(large.body)));
}

TEST_F(ServeObserved, RequestIdsAreEchoedWhereTheyAreSaneAndMadeElsewhere) {
  start();
  EXPECT_EQ(fresh().call("GET", "/healthz", "", "X-Request-Id: trace-7.a_B\r\n").field("X-Request-Id"), "trace-7.a_B");
  std::set<std::string> made;
  for (const std::string bad : {"", "X-Request-Id: a b\r\n", "X-Request-Id: \"x\"\r\n", "X-Request-Id:\r\n"}) made.insert(fresh().call("GET", "/healthz", "", bad).field("X-Request-Id"));
  made.insert(fresh().call("GET", "/healthz", "", "X-Request-Id: " + std::string(65, 'a') + "\r\n").field("X-Request-Id"));
  EXPECT_EQ(made.size(), 5U);
  for (const std::string& id : made) EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
  connection c = fresh();
  c.send("GET / HTTP/3.0\r\n\r\n");
  EXPECT_EQ(c.receive()->field("X-Request-Id").size(), 16U);  // what could not even be read has one too
}

TEST_F(ServeObserved, ReadyMeansThatTheDataDirectoryTakesFiles) {
  start();
  const auto good = fresh().call("GET", "/readyz");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.json()["checks"], (json{{"serving", "ok"}, {"data", "ok"}, {"jobs", "ok"}}));
  const auto aside = options_.data.string() + "-aside";
  std::filesystem::rename(options_.data, aside);
  std::this_thread::sleep_for(1100ms);  // a look is kept for a second
  const auto bad = fresh().call("GET", "/readyz");
  std::filesystem::rename(aside, options_.data);
  EXPECT_EQ(bad.status, 503);
  EXPECT_EQ(bad.json()["status"], "failing");
  EXPECT_NE(bad.json()["checks"]["data"].get<std::string>().find("can't be written"), std::string::npos) << bad.body;
  EXPECT_EQ(bad.json()["checks"]["jobs"], "ok");
}

TEST_F(ServeObserved, HealthNamesTheThreadsThatAnswer) {
  options_.shards = 2;
  start();
  EXPECT_EQ(fresh().call("GET", "/healthz").json(), (json{{"status", "ok"}, {"checks", {{"api", "ok"}, {"shard0", "ok"}, {"shard1", "ok"}}}}));
}

TEST(LoopWatch, AShardThatHangsIsStuckUntilItAnswers) {
  engine::shards shards(2);
  asio::io_context loop;
  server::loop_watch watch(loop, shards);
  asio::cancellation_signal end;
  asio::co_spawn(loop, watch.run(), asio::bind_cancellation_slot(end.slot(), asio::detached));
  std::promise<void> hangs;
  asio::post(shards[1].context(), [wait = hangs.get_future().share()] { wait.wait(); });
  loop.run_for(600ms);
  EXPECT_FALSE(watch.is_stuck(1, std::chrono::steady_clock::now()));
  loop.run_for(900ms);
  EXPECT_TRUE(watch.is_stuck(1, std::chrono::steady_clock::now()));
  EXPECT_FALSE(watch.is_stuck(0, std::chrono::steady_clock::now()));
  hangs.set_value();
  loop.run_for(600ms);
  EXPECT_FALSE(watch.is_stuck(1, std::chrono::steady_clock::now()));
  EXPECT_GT(watch.lag_of(1).sum, 1s);
  EXPECT_GE(watch.lag_of(0).count, 4U);
  end.emit(asio::cancellation_type::terminal);
  loop.run_for(100ms);
}

/// The text format 0.0.4, read strictly: what is no sample or comment, a family that stands twice, a sample outside its family, a label
/// that stands twice, a histogram whose buckets shrink or lack +Inf: each is an error. Values by their name and labels.
class strict_reader {
 public:
  explicit strict_reader(const std::string& text) {
    std::istringstream in(text);
    EXPECT_TRUE(text.ends_with('\n'));
    for (std::string line; std::getline(in, line);) line.starts_with('#') ? comment(line) : sample(line);
  }
  std::map<std::string, double> values;
  std::map<std::string, std::string> types;

 private:
  void comment(const std::string& line) {
    std::istringstream words(line);
    std::string hash, kind, name, rest;
    words >> hash >> kind >> name >> rest;
    ASSERT_TRUE(kind == "HELP" || kind == "TYPE") << line;
    ASSERT_FALSE(rest.empty()) << line;
    if (kind == "HELP") {
      EXPECT_FALSE(types.contains(name)) << name << " stands twice";
      family_ = name;
    } else {
      EXPECT_EQ(name, family_);
      EXPECT_TRUE(rest == "counter" || rest == "gauge" || rest == "histogram") << line;
      EXPECT_EQ(rest == "counter", name.ends_with("_total")) << name;  // Prometheus' naming conventions
      types[name] = rest;
    }
  }
  void sample(const std::string& line) {
    const std::size_t blank = line.rfind(' ');
    ASSERT_NE(blank, std::string::npos) << line;
    const std::string key = line.substr(0, blank), name = key.substr(0, key.find('{'));
    EXPECT_TRUE(name == family_ || (types[family_] == "histogram" && (name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count"))) << line;
    std::size_t used = 0;
    const double value = std::stod(line.substr(blank + 1), &used);
    EXPECT_EQ(used, line.size() - blank - 1) << line;
    EXPECT_TRUE(values.emplace(key, value).second) << key << " stands twice";
    if (name != family_ + "_bucket") return;
    const std::size_t le = key.rfind("le=\"");
    ASSERT_NE(le, std::string::npos) << line;
    if (const std::string series = key.substr(0, le); series == series_) EXPECT_GE(value, last_) << line;
    series_ = key.substr(0, le);
    last_ = value;
  }
  std::string family_, series_;
  double last_ = 0;
};

TEST_F(ServeObserved, MetricsAreStrictlyTheFormatAndCountWhatHappened) {
  start();
  wait_for(submit(job(site_.url("/"))), "completed");
  fresh().call("GET", "/nowhere");
  fresh().call("BREW", "/nowhere");
  std::this_thread::sleep_for(300ms);  // for a sign of life of each loop
  const strict_reader read(fresh().call("GET", "/metrics").body);
  const auto value = [&](const std::string& key) {
    EXPECT_TRUE(read.values.contains(key)) << key;
    return read.values.contains(key) ? read.values.at(key) : -1;
  };
  const auto count = static_cast<double>(sample_.reachable().size() + 1);
  EXPECT_EQ(value("trawl_records_total"), count);
  EXPECT_EQ(value("trawl_urls_discovered_total"), count);
  EXPECT_EQ(value(R"(trawl_http_requests_total{route="/api/v1/jobs",method="POST",status="201"})"), 1);
  EXPECT_EQ(value(R"(trawl_http_requests_total{route="none",method="GET",status="404"})"), 1);
  EXPECT_EQ(value(R"(trawl_http_requests_total{route="none",method="other",status="404"})"), 1);
  EXPECT_EQ(value(R"(trawl_http_request_duration_seconds_count{route="/api/v1/jobs",method="POST"})"), 1);
  EXPECT_EQ(value(R"(trawl_http_request_duration_seconds_bucket{route="/api/v1/jobs",method="POST",le="+Inf"})"), 1);
  EXPECT_GE(value(R"(trawl_fetch_phase_duration_seconds_count{phase="first_byte"})"), count);
  EXPECT_GE(value(R"(trawl_fetch_phase_duration_seconds_count{phase="connect"})"), 1);
  EXPECT_EQ(value(R"(trawl_fetch_phase_duration_seconds_count{phase="tls"})"), 0);
  EXPECT_GE(value(R"(trawl_fetch_phase_duration_seconds_sum{phase="total"})"), value(R"(trawl_fetch_phase_duration_seconds_sum{phase="first_byte"})"));
  EXPECT_GE(value(R"(trawl_loop_lag_seconds_count{loop="shard0"})"), 1);
  EXPECT_GE(value(R"(trawl_loop_lag_seconds_count{loop="api"})"), 1);
  EXPECT_EQ(value(R"(trawl_jobs{state="completed"})"), 1);
  EXPECT_GT(value("process_threads"), 3);
}

}  // namespace
}  // namespace trawl
