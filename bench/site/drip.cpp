// trawl-bench-drip: answers every request with a head and then a byte now and again, for as long as the client stays. One thread, epoll,
// loopback. `GET /open` tells how many connections are being dripped to.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace {

using std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// As many descriptors as may be had.
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) fail("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) fail("setrlimit");
}

/// The whole server. Ends with the process.
class dripper {
 public:
  explicit dripper(std::chrono::milliseconds every) : tick_(every / slots), poll_(::epoll_create1(EPOLL_CLOEXEC)) { listen(); }
  std::uint16_t port() const noexcept { return port_; }
  void run();

 private:
  static constexpr std::size_t slots = 100;  // a hundredth of the connections gets its byte at a time, so that none comes in a burst
  void listen();
  void watch(int fd) const;
  void accept_all();
  void receive(int fd);
  void answer(int fd, std::string_view target);
  void drip();

  steady_clock::duration tick_;
  int poll_, listener_ = -1;
  std::uint16_t port_ = 0;
  std::unordered_map<int, std::string> asking_;  ///< what came of their requests so far
  std::array<std::vector<int>, slots> dripping_;
  std::size_t begun_ = 0, turn_ = 0, open_ = 0;
};

void dripper::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);  // all of 127.0.0.0/8, so that no address runs out of ports
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(listener_, 4096) != 0) fail("listen");
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  watch(listener_);
}

void dripper::watch(int fd) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void dripper::run() {
  std::array<epoll_event, 256> ready{};
  for (auto next = steady_clock::now() + tick_;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - steady_clock::now());
    const int count = ::epoll_wait(poll_, ready.data(), ready.size(), std::max(0, static_cast<int>(left.count())));
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      fd == listener_ ? accept_all() : receive(fd);
    }
    for (; next <= steady_clock::now(); next += tick_) drip();
  }
}

void dripper::accept_all() {
  for (int fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    asking_[fd].clear();
    watch(fd);
  }
}

void dripper::receive(int fd) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  const auto found = asking_.find(fd);
  if (found == asking_.end()) {  // one that is dripped to ends; its slot closes it
    ::epoll_ctl(poll_, EPOLL_CTL_DEL, fd, nullptr);
    ::shutdown(fd, SHUT_RDWR);
    return;
  }
  if (got <= 0) {
    asking_.erase(found);
    ::close(fd);
    return;
  }
  found->second.append(buffer.data(), static_cast<std::size_t>(got));
  if (found->second.find("\r\n\r\n") == std::string::npos) return;
  const std::string request = std::move(found->second);
  asking_.erase(found);
  const std::size_t from = request.find(' ') + 1;
  answer(fd, std::string_view(request).substr(from, request.find(' ', from) - from));
}

void dripper::answer(int fd, std::string_view target) {
  std::string out = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n";
  const bool is_asked = target == "/open";
  if (is_asked) {
    const std::string count = fmt::to_string(open_);
    out = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", count.size(), count);
  }
  ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
  if (is_asked) {
    ::close(fd);
  } else {
    dripping_[begun_++ % slots].push_back(fd);
    ++open_;
  }
}

void dripper::drip() {
  std::erase_if(dripping_[turn_++ % slots], [this](int fd) {
    if (::send(fd, " ", 1, MSG_NOSIGNAL) == 1 || errno == EAGAIN) return false;
    ::close(fd);
    --open_;
    return true;
  });
}

}  // namespace

int main(int argc, char** argv) {
  unsigned every = 1000;
  std::string port_file;
  CLI::App app("Drips answers, a byte at a time, on loopback");
  app.add_option("--every", every, "milliseconds from one byte of a connection to the next")->check(CLI::Range(100, 60'000));
  app.add_option("--port-file", port_file, "the port is written here once it listens")->required();
  CLI11_PARSE(app, argc, argv);
  raise_file_limit();
  dripper site{std::chrono::milliseconds(every)};
  std::ofstream(port_file) << site.port() << '\n';
  site.run();
}
