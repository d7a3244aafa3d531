// The fixture of the service's tests: a service in this process, and what is asked of it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "server/service.hpp"
#include "tests/integration/api_client.hpp"
#include "tests/site/sample_site.hpp"

namespace trawl::test {

using namespace std::chrono_literals;
using nlohmann::json;
using server::server_options;
using server::service;

/// A service on a free port with a directory of its own, allowed to reach the test's sites.
class serve_fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.data = std::filesystem::temp_directory_path() / ("trawl-serve-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(options_.data);
    options_.listen = "127.0.0.1:0";
    options_.shards = 1;
    options_.egress_allow = {"127.0.0.1:*"};
    options_.limits.drain_time = 500ms;
  }
  void TearDown() override {
    service_.reset();
    std::filesystem::remove_all(options_.data);
  }
  service& start() {
    service_.reset();
    service_ = std::make_unique<service>(options_);
    return *service_;
  }
  std::uint16_t port() const { return service_->port(); }
  connection fresh() const { return connection(port()); }

  static std::string job(const std::string& url, const std::string& more = "") {
    return R"({"seeds":[")" + url + R"("],"politeness":{"delay":"0s"},"expect":{"pages":0})" + more + "}";
  }
  std::string submit(const std::string& body) const {
    const auto r = fresh().call("POST", "/api/v1/jobs", body, as_json);
    EXPECT_EQ(r.status, 201) << r.body;
    return r.json().value("id", "");
  }
  json status(const std::string& id) const { return fresh().call("GET", "/api/v1/jobs/" + id).json(); }
  /// Waits until the job is in one of these states; the status then.
  json wait_for(const std::string& id, const std::string& states) const {
    json last;
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(20ms)) {
      last = status(id);
      if (states.find(last.value("state", "?")) != std::string::npos) return last;
    }
    ADD_FAILURE() << "never " << states << ": " << last.dump();
    return last;
  }

  server_options options_;
  std::unique_ptr<service> service_;
  site::sample_site sample_;
  site::server site_{[this](const site::seen_request& r) { return sample_.answer(r); }};
};

inline std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace trawl::test
