// The pure parts around the registry: idempotency keys, states, listen addresses, job files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "config/load.hpp"
#include "config/server.hpp"
#include "crawler/net/egress.hpp"
#include "server/api/idempotency.hpp"
#include "server/http/listener.hpp"
#include "server/jobs/job.hpp"
#include "server/jobs/job_files.hpp"
#include "server/jobs/job_table.hpp"

namespace trawl::server {
namespace {

using api::idempotency_keys;
using seen = idempotency_keys::seen;
const auto t0 = idempotency_keys::clock::time_point{};

TEST(IdempotencyKeys, ARepeatedRequestGetsTheFirstOnesJob) {
  idempotency_keys keys;
  EXPECT_EQ(keys.begin("k", "body", t0).is, seen::never);
  {
    idempotency_keys::reservation r(&keys, "k");
    EXPECT_EQ(keys.begin("k", "body", t0).is, seen::in_progress);
    r.fulfil("j1");
  }
  const auto again = keys.begin("k", "body", t0 + std::chrono::hours(23));
  EXPECT_EQ(again.is, seen::done);
  EXPECT_EQ(again.job, "j1");
  EXPECT_EQ(keys.begin("k", "other", t0).is, seen::other_body);
  EXPECT_EQ(keys.begin("k", "body", t0 + std::chrono::hours(25)).is, seen::never);
}

TEST(IdempotencyKeys, AFailedRequestGivesItsKeyBack) {
  idempotency_keys keys;
  keys.begin("k", "bad", t0);
  { const idempotency_keys::reservation r(&keys, "k"); }
  EXPECT_EQ(keys.begin("k", "good", t0).is, seen::never);
}

TEST(IdempotencyKeys, AreBounded) {
  idempotency_keys keys;
  for (std::size_t i = 0; i <= idempotency_keys::most; ++i) keys.begin(std::to_string(i), "b", t0 + std::chrono::microseconds(i));
  EXPECT_EQ(keys.begin("0", "other", t0 + std::chrono::seconds(1)).is, seen::never);   // the oldest was let go
  EXPECT_EQ(keys.begin(std::to_string(idempotency_keys::most), "other", t0 + std::chrono::seconds(1)).is, seen::other_body);
}

TEST(JobState, WordsGoBothWays) {
  for (const char* word : {"queued", "running", "paused", "completed", "failed", "cancelled"}) {
    const auto state = job_state_from(word);
    ASSERT_TRUE(state) << word;
    EXPECT_EQ(to_string(*state), word);
  }
  EXPECT_FALSE(job_state_from("done"));
}

TEST(Listen, AddressesAreNumericOrLocalhost) {
  EXPECT_EQ(http::parse_listen("localhost:80").address().to_string(), "127.0.0.1");
  EXPECT_EQ(http::parse_listen("[::1]:0").address().to_string(), "::1");
  EXPECT_EQ(http::parse_listen("0.0.0.0:65535").port(), 65535);
  for (const char* bad : {"8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "host:80", ":80", "[::1]"}) EXPECT_THROW(http::parse_listen(bad), std::runtime_error) << bad;
}

TEST(EgressAllow, IsANetworkAndAPort) {
  const auto reaches = [](const char* allowed, const char* address, std::uint16_t port) {
    const auto network = net::parse_allowed_network(allowed);
    return network && network->holds(boost::asio::ip::make_address(address), port);
  };
  EXPECT_TRUE(reaches("10.0.0.0/8:8080", "10.255.1.2", 8080));
  EXPECT_FALSE(reaches("10.0.0.0/8:8080", "10.255.1.2", 80));
  EXPECT_FALSE(reaches("10.0.0.0/8:8080", "11.0.0.1", 8080));
  EXPECT_TRUE(reaches("10.1.128.0/17:*", "10.1.255.255", 1));
  EXPECT_FALSE(reaches("10.1.128.0/17:*", "10.1.127.255", 1));
  EXPECT_TRUE(reaches("192.168.1.7:80", "192.168.1.7", 80));
  EXPECT_FALSE(reaches("192.168.1.7:80", "192.168.1.6", 80));
  EXPECT_TRUE(reaches("0.0.0.0/0:80", "127.0.0.1", 80));
  EXPECT_TRUE(reaches("[fd00::/8]:443", "fd12::1", 443));
  EXPECT_FALSE(reaches("[fd00::/8]:443", "fc12::1", 443));
  EXPECT_FALSE(reaches("0.0.0.0/0:80", "::1", 80));
  EXPECT_TRUE(reaches("10.0.0.0/8", "10.1.1.1", 9));
  EXPECT_TRUE(reaches("[fd00::]/8:443", "fd12::1", 443));
  for (const char* bad : {"", "10.0.0.0/33:80", "10.0.0.0/:80", "10.0.0.0/8:65536", "10.0.0.0/8:", "fd00::/8:443", "[fd00::/8:443", "[fd00::/129]:1", "[10.0.0.1]:80", "host:80", "10.0.0.0/-1:80"})
    EXPECT_FALSE(net::parse_allowed_network(bad)) << bad;
}

TEST(EgressAllow, TheServerFileAndTheCrawlerReadItAlike) {
  for (const char* text : {"10.1.0.0/16:80", "10.1.0.0/16:*", "10.1.0.0/16", "10.1.2.3", "10.1.2.3:8080", "[fd00::]/8:443", "[fd00::/8]:443", "[fd00::]/8", "[fd00::/8]:*", "[fd00::1]", "0.0.0.0/0"}) {
    const auto checked = config::parse_network(text);
    const auto used = net::parse_allowed_network(text);
    ASSERT_TRUE(checked && used) << text;
    EXPECT_EQ(checked->address, used->base.to_string()) << text;
    EXPECT_EQ(checked->bits, used->length) << text;
    EXPECT_EQ(checked->port, used->port) << text;
  }
  for (const char* bad : {"", "h", "fd00::/8", "fd00::/8:443", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1:0", "10.0.0.1:", "10.0.0.1:x", "[fd00::", "[fd00::]/129", "[fd00::/8]/8", "[10.0.0.1]:80", "10.0.0.0/8/9"}) {
    EXPECT_FALSE(config::parse_network(bad)) << bad;
    EXPECT_FALSE(net::parse_allowed_network(bad)) << bad;
  }
}

/// The fenced YAML blocks of a page.
std::vector<std::string> yaml_blocks(const std::string& page) {
  std::vector<std::string> out;
  static constexpr std::string_view fence = "```yaml\n";
  for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    out.push_back(page.substr(at, page.find("```", at) - at));
  }
  return out;
}

TEST(ServiceGuide, ItsServerFilesAreGoodOnes) {
  std::ifstream file(TRAWL_SOURCE_DIR "/docs/guide/service.md");
  const auto blocks = yaml_blocks({std::istreambuf_iterator<char>(file), {}});
  ASSERT_GE(blocks.size(), 2U);
  for (const std::string& text : blocks) {
    const auto loaded = config::load_server_text(text, "service.md", {});
    for (const auto& p : loaded.problems) ADD_FAILURE() << to_string(p) << "\n" << text;
    for (const std::string& network : loaded.server.egress.allow) EXPECT_TRUE(net::parse_allowed_network(network)) << network;
  }
}

/// A directory for one test, removed at its end.
struct scratch {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("trawl-files-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  ~scratch() { std::filesystem::remove_all(path); }
};

const std::string id_a(28, 'a'), id_b(28, 'b');

unsigned mode_of(const std::filesystem::path& path) { return static_cast<unsigned>(std::filesystem::status(path).permissions()); }

TEST(JobFiles, AreTheOwnersAlone) {
  const scratch data;
  const job_files files(data.path);
  for (const auto& folder : {data.path, data.path / "jobs"}) EXPECT_EQ(mode_of(folder), 0700U) << folder;
}

TEST(JobFiles, WhatIsNotTheirsIsNotRemoved) {
  const scratch data;
  const job_files files(data.path);
  std::filesystem::create_directories(files.directory(id_a));
  for (const char* name : {"lost+found", "backup", "x.gone"}) std::filesystem::create_directories(data.path / "jobs" / name);
  std::filesystem::create_directories(data.path / "jobs" / (id_b + ".gone"));  // a removal that was cut off
  std::filesystem::create_directories(files.directory(id_b));                  // and one of a job that the register has lost
  files.tidy([](const std::string& id) { return id == id_a; });
  for (const char* name : {"lost+found", "backup", "x.gone"}) EXPECT_TRUE(std::filesystem::exists(data.path / "jobs" / name)) << name;
  EXPECT_TRUE(std::filesystem::exists(files.directory(id_a)));
  EXPECT_FALSE(std::filesystem::exists(files.directory(id_b)));
  EXPECT_FALSE(std::filesystem::exists(data.path / "jobs" / (id_b + ".gone")));
}

TEST(JobFiles, ADirectoryThatCantBeUsedIsToldWithTheRemedy) {
  const scratch data;
  std::ofstream(data.path) << "a file";
  try {
    const job_files files(data.path);
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(std::string(e.what()).find("data " + data.path.string() + ": "), 0U) << e.what();
    EXPECT_NE(std::string(e.what()).find("--set data="), std::string::npos) << e.what();
  }
}

TEST(JobFiles, KeepTheDirectoryToThemselves) {
  const scratch data;
  {
    const job_files files(data.path);
    EXPECT_THROW(job_files{data.path}, std::runtime_error);
    std::filesystem::create_directories(files.directory(id_a));
    files.erase(id_a);
    files.erase(id_a);  // harmless
    EXPECT_TRUE(std::filesystem::is_empty(data.path / "jobs"));
  }
  EXPECT_NO_THROW(job_files{data.path});
}

TEST(JobTable, WhatIsWrittenTogetherIsThereTogetherAndStays) {
  const scratch data;
  {
    job_table table(data.path);
    table.write({{"job/b", "2"}, {"job/a", "1"}, {"text/a", "t"}});
    table.write({{"job/b", std::nullopt}, {"job/c", "3"}});
  }
  const job_table table(data.path);
  EXPECT_EQ(table.list("job/"), (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(table.get("text/a"), "t");
  EXPECT_EQ(table.get("job/b"), std::nullopt);
}

TEST(JobTable, ADamagedOneIsRefusedWithTheRemedy) {
  const scratch data;
  { job_table(data.path).write({{"a", "1"}}); }
  std::ofstream(data.path / "CURRENT", std::ios::trunc) << "nonsense";
  try {
    const job_table table(data.path);
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("put a backup in its place"), std::string::npos) << e.what();
  }
}

// A job's row says all that a server which starts again has to know.
TEST(Job, ItsRowGoesBothWays) {
  job j;
  j.id = id_a;
  j.name = "n";
  j.owner = "ci";
  j.state = job_state::paused;
  j.reason = "because \"so\"";
  j.submitted_at = "2026-01-02T03:04:05.678Z";
  j.started = job::wall_clock::time_point(std::chrono::milliseconds(1'700'000'000'123));
  j.takes_seeds = true;
  j.retry = "5xx";
  j.wants = wish::cancel;
  j.last_numbers = R"({"elapsed_s":1.5,"counts":{"recorded":3}})";
  const auto back = job::from_row(j.id, j.to_row());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->to_row(), j.to_row());
  EXPECT_EQ(back->state, job_state::paused);
  EXPECT_EQ(back->started, j.started);
  EXPECT_NE(back->status().find(R"("counts":{"recorded":3})"), std::string::npos) << back->status();
  for (const char* bad : {"", "[]", "{", "7"}) EXPECT_FALSE(job::from_row(id_a, bad)) << bad;
}

TEST(IdempotencyKeys, OutliveTheProcessForADay) {
  const auto now = idempotency_keys::clock::now();
  std::string row, value;
  {
    idempotency_keys keys;
    keys.begin("ci\nk", "body", now);
    idempotency_keys::reservation r(&keys, "ci\nk");
    row = r.row();
    value = r.value(now) + "j1";
    r.fulfil("j1");
  }
  EXPECT_EQ(row, "key/ci\nk");
  idempotency_keys keys;
  EXPECT_FALSE(keys.restore("old", value, now + std::chrono::hours(25)));
  EXPECT_FALSE(keys.restore("bad", "nonsense", now));
  EXPECT_TRUE(keys.restore("ci\nk", value, now + std::chrono::hours(1)));
  EXPECT_EQ(keys.begin("ci\nk", "body", now).job, "j1");
  EXPECT_EQ(keys.begin("ci\nk", "other", now).is, seen::other_body);
}

}  // namespace
}  // namespace trawl::server
