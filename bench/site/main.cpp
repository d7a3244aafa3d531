// trawl-bench-site: serves the synthetic site on loopback, as cheaply as can be, so that a crawler's own cost is what is measured.
// One thread, epoll, keep-alive. `GET /served` tells how many pages went out.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <system_error>
#include <unordered_map>

#include "bench/site/pages.hpp"

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct connection {
  std::string in, out;
  std::size_t sent = 0;
  bool full = false;  ///< the socket took no more; epoll tells when it does
};

/// The whole server. Ends with the process.
class server {
 public:
  server(trawl::bench::site_shape shape, unsigned hosts, std::uint16_t port) : pages_(shape), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    port_ = port;
    for (unsigned host = 1; host <= hosts; ++host) listen_on(host);
  }
  std::uint16_t port() const noexcept { return port_; }
  void run();

 private:
  void listen_on(unsigned host);
  void watch(int fd, std::uint32_t events, int operation) const;
  void accept_from(int listener);
  void close_connection(int fd);
  bool receive(int fd, connection& c);
  bool flush(int fd, connection& c);
  void answer(std::string_view target, std::string& out);

  trawl::bench::pages pages_;
  int poll_;
  std::uint16_t port_ = 0;
  std::uint64_t served_ = 0;
  std::unordered_map<int, connection> open_;
  std::unordered_map<int, bool> listeners_;
};

void server::listen_on(unsigned host) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host - 1);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(fd, 1024) != 0) fail("listen");
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  listeners_[fd] = true;
  watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

void server::watch(int fd, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(poll_, operation, fd, &event) != 0) fail("epoll_ctl");
}

void server::run() {
  std::array<epoll_event, 256> ready{};
  for (;;) {
    const int count = ::epoll_wait(poll_, ready.data(), ready.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      if (listeners_.contains(fd)) {
        accept_from(fd);
        continue;
      }
      connection& c = open_[fd];
      const bool more = (ready[static_cast<std::size_t>(i)].events & EPOLLIN) == 0 || receive(fd, c);
      if (!more || !flush(fd, c)) close_connection(fd);
    }
  }
}

void server::accept_from(int listener) {
  for (int fd = 0; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    open_[fd] = {};
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  }
}

void server::close_connection(int fd) {
  ::close(fd);
  open_.erase(fd);
}

/// Takes in what has come and appends the answers; false at the end of the connection.
bool server::receive(int fd, connection& c) {
  std::array<char, 16384> buffer;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  c.in.append(buffer.data(), static_cast<std::size_t>(got));
  for (std::size_t end = 0; (end = c.in.find("\r\n\r\n")) != std::string::npos; c.in.erase(0, end + 4)) {
    const std::size_t from = c.in.find(' ') + 1;
    answer(std::string_view(c.in).substr(from, c.in.find(' ', from) - from), c.out);
  }
  return true;
}

bool server::flush(int fd, connection& c) {
  while (c.sent < c.out.size()) {
    const ssize_t put = ::send(fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN) return false;
    if (put < 0) {
      if (!c.full) watch(fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      return c.full = true;
    }
    c.sent += static_cast<std::size_t>(put);
  }
  if (c.full) watch(fd, EPOLLIN, EPOLL_CTL_MOD);
  c.full = false;
  c.out.clear();
  c.sent = 0;
  return true;
}

void append_response(std::string& out, std::string_view status, std::string_view type, std::string_view body) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {}\r\nServer: trawl-bench-site\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n", status, type, body.size());
  out += body;
}

void server::answer(std::string_view target, std::string& out) {
  constexpr std::string_view html = "text/html; charset=utf-8";
  std::uint32_t number = 0;
  if (target == "/served") return append_response(out, "200 OK", "text/plain", fmt::to_string(served_));
  if (target != "/") {
    const bool is_page = target.starts_with("/p/") && target.size() >= 3 + trawl::bench::page_digits;
    if (!is_page) return append_response(out, "404 Not Found", html, "no such page\n");
    std::from_chars(target.data() + 3, target.data() + 3 + trawl::bench::page_digits, number);
    if (number >= pages_.shape().pages) return append_response(out, "404 Not Found", html, "no such page\n");
  }
  ++served_;
  append_response(out, "200 OK", html, pages_.body(number));
}

}  // namespace

int main(int argc, char** argv) {
  trawl::bench::site_shape shape;
  unsigned hosts = 1;
  std::uint16_t port = 0;
  std::string port_file;
  CLI::App app("Serves the benchmarks' synthetic site on loopback");
  app.add_option("--pages", shape.pages)->check(CLI::Range(1, 9'999'999));
  app.add_option("--bytes", shape.bytes)->check(CLI::Range(4096, 16 << 20));
  app.add_option("--links", shape.links)->check(CLI::Range(8, 10'000));
  app.add_option("--hosts", hosts, "addresses from 127.0.0.1 up, all with the same pages")->check(CLI::Range(1, 250));
  app.add_option("--port", port, "0: any free one");
  app.add_option("--port-file", port_file, "the port is written here once it listens");
  CLI11_PARSE(app, argc, argv);
  server site(shape, hosts, port);
  if (!port_file.empty()) std::ofstream(port_file) << site.port() << '\n';
  site.run();
}
