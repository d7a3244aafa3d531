// The pure parts around the registry: idempotency keys, states, listen addresses, job files.
#include <gtest/gtest.h>
#include <unistd.h>

#include "crawler/net/egress.hpp"
#include "server/api/idempotency.hpp"
#include "server/http/listener.hpp"
#include "server/jobs/job.hpp"
#include "server/jobs/job_files.hpp"

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
  for (const char* word : {"queued", "running", "completed", "failed", "cancelled"}) {
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

TEST(JobFiles, KeepWhatWasWrittenAndTheDirectoryToThemselves) {
  const auto data = std::filesystem::temp_directory_path() / ("trawl-files-" + std::to_string(::getpid()));
  {
    const job_files files(data);
    EXPECT_THROW(job_files{data}, std::runtime_error);
    files.write_job("b", "{\"name\":\"x\"}");
    files.write_job("a", "{}");
    files.write_end("a", "{\"state\":\"completed\"}");
    files.write_end("a", "{\"state\":\"failed\"}");
    const auto all = files.list();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, "a");
    EXPECT_EQ(all[0].end, "{\"state\":\"failed\"}");
    EXPECT_EQ(all[1].end, "");
    EXPECT_EQ(all[1].job, "{\"name\":\"x\"}");
    files.erase("a");
    EXPECT_EQ(files.list().size(), 1U);
  }
  EXPECT_NO_THROW(job_files{data});
  std::filesystem::remove_all(data);
}

}  // namespace
}  // namespace trawl::server
