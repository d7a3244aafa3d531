// A real program that a test talks to: a proxy, a name server. Started on loopback at a free port, killed with its object.
#pragma once
#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace trawl::testing {

/// A TCP and UDP port of 127.0.0.1 that nothing listens on.
std::uint16_t free_port();

/// Where a program of this name is; empty where it is not installed.
std::string program(const std::string& name);

/// Runs from construction, which waits until it accepts connections at `port`, to destruction.
class peer {
 public:
  /// `configuration` is written to a file of its own, whose path takes the place of the argument "{file}". Throws std::runtime_error where
  /// it does not start.
  peer(std::vector<std::string> command, std::uint16_t port, const std::string& configuration = "");
  ~peer();
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// What it wrote to stdout and stderr so far.
  std::string output() const;

 private:
  std::filesystem::path dir_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace trawl::testing

/// Skips a coroutine case where a program is missing.
#define CO_SKIP_WITHOUT(name)                                                                                   \
  if (::trawl::testing::program(name).empty()) {                                                                \
    [] { GTEST_SKIP() << name " is not installed; deploy/setup.sh installs it"; }();                            \
    co_return;                                                                                                  \
  } else                                                                                                        \
    static_cast<void>(0)
