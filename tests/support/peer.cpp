#include "tests/support/peer.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace trawl::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::seconds longest_start{5};

std::filesystem::path fresh_dir() {
  static std::atomic<int> number = 0;
  auto dir = std::filesystem::temp_directory_path() / ("trawl-test-peer-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  std::filesystem::create_directories(dir);
  return dir;
}

bool accepts(std::uint16_t port) {
  asio::io_context loop;
  tcp::socket probe(loop);
  boost::system::error_code ec;
  probe.connect({asio::ip::address_v4::loopback(), port}, ec);
  return !ec;
}

pid_t start(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

std::uint16_t free_port() {
  asio::io_context loop;
  for (;;) {
    const tcp::acceptor taken(loop, {asio::ip::address_v4::loopback(), 0});
    const std::uint16_t port = taken.local_endpoint().port();
    asio::ip::udp::socket also(loop, asio::ip::udp::v4());
    boost::system::error_code ec;
    also.bind({asio::ip::address_v4::loopback(), port}, ec);
    if (!ec) return port;
  }
}

std::string program(const std::string& name) {
  for (const char* dir : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/"})
    if (std::filesystem::exists(dir + name)) return dir + name;
  return {};
}

peer::peer(std::vector<std::string> command, std::uint16_t port, const std::string& configuration) : dir_(fresh_dir()), port_(port) {
  const auto file = dir_ / "configuration";
  std::ofstream(file) << configuration;
  for (std::string& word : command)
    if (word == "{file}") word = file.string();
  command.at(0) = program(command[0]);
  pid_ = start(command, dir_ / "log");
  const auto until = std::chrono::steady_clock::now() + longest_start;
  while (!accepts(port_)) {
    if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error(command[0] + " did not start: " + output());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

peer::~peer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string peer::output() const {
  std::ostringstream text;
  text << std::ifstream(dir_ / "log").rdbuf();
  return text.str();
}

}  // namespace trawl::testing
