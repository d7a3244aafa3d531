// `trawl serve` as a process: how it starts, and how signals end it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "server/commands/serve.hpp"
#include "tests/integration/api_client.hpp"
#include "tests/site/server.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
using server::server_options;
using test::as_json;
using test::connection;

class ServeCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.data = std::filesystem::temp_directory_path() / ("trawl-command-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    options_.listen = "127.0.0.1:0";
    options_.shards = 1;
    options_.egress_allow = {"127.0.0.1:*"};
  }
  void TearDown() override { std::filesystem::remove_all(options_.data); }

  server_options options_;
};

/// `trawl serve` as a process of its own; what it says on stderr is read to the line that names its port.
class serve_process {
 public:
  explicit serve_process(const server_options& options) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    id_ = ::fork();
    if (id_ == 0) {
      ::dup2(pipe_ends[1], STDERR_FILENO);
      ::close(pipe_ends[0]);
      std::_Exit(server::serve_command(options));
    }
    ::close(pipe_ends[1]);
    std::FILE* said = ::fdopen(pipe_ends[0], "r");
    for (char line[512]; port_ == 0 && std::fgets(line, sizeof line, said) != nullptr;)
      if (const char* at = std::strstr(line, "http://127.0.0.1:")) port_ = static_cast<std::uint16_t>(std::atoi(at + 17));
    said_ = said;
  }
  ~serve_process() {
    if (id_ > 0) ::kill(id_, SIGKILL), ::waitpid(id_, nullptr, 0);
    std::fclose(said_);
  }
  serve_process(const serve_process&) = delete;
  serve_process& operator=(const serve_process&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  void signal(int number) const { ::kill(id_, number); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(id_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = 0;
  std::uint16_t port_ = 0;
  std::FILE* said_ = nullptr;
};

TEST_F(ServeCommand, TheCommandEndsByASignal) {
  serve_process process(options_);
  ASSERT_NE(process.port(), 0);
  EXPECT_EQ(connection(process.port()).call("GET", "/healthz").status, 200);
  const auto begin = std::chrono::steady_clock::now();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST_F(ServeCommand, AHangUpEndsNothing) {
  serve_process process(options_);
  ASSERT_NE(process.port(), 0);
  for (int i = 0; i < 3; ++i) {
    process.signal(SIGHUP);
    EXPECT_EQ(connection(process.port()).call("GET", "/healthz").status, 200);
  }
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(ServeCommand, ASecondSignalEndsTheCommandAtOnce) {
  options_.limits.drain_time = 30s;
  serve_process process(options_);  // before any thread of this process
  site::server slow([](const auto&) { return site::reply{"", 20s, false}; });
  slow.on("/robots.txt", [](const auto&) { return site::page("", 404); });  // what is no page would not be waited for
  ASSERT_NE(process.port(), 0);
  EXPECT_EQ(connection(process.port()).call("POST", "/api/v1/jobs", R"({"seeds":[")" + slow.url("/") + R"("]})", as_json).status, 201);
  for (int i = 0; i < 200 && slow.count("/") == 0; ++i) std::this_thread::sleep_for(10ms);
  const auto begin = std::chrono::steady_clock::now();
  process.signal(SIGTERM);
  std::this_thread::sleep_for(300ms);
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST_F(ServeCommand, WhatCantStartSaysSoAndExitsWithTwo) {
  options_.listen = "nowhere";
  EXPECT_EQ(server::serve_command(options_), 2);
  options_.listen = "127.0.0.1:0";
  options_.egress_allow = {"10.0.0.0/99"};
  EXPECT_EQ(server::serve_command(options_), 2);
  options_.egress_allow.clear();
  options_.tokens = {{"t", options_.data / "absent", "", {}}};
  EXPECT_EQ(server::serve_command(options_), 2);
  options_.tokens.clear();
  options_.tls_cert = options_.tls_key = options_.data / "absent";
  EXPECT_EQ(server::serve_command(options_), 2);
}

}  // namespace
}  // namespace trawl
