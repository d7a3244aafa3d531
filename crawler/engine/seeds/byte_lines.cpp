#include "crawler/engine/seeds/byte_lines.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace trawl::engine {

namespace {
constexpr std::size_t block = 64U << 10;
}

std::expected<byte_lines, std::string> byte_lines::open(const std::string& path, int stop) {
  if (path == "-") return byte_lines(STDIN_FILENO, stop);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a named pipe is not waited for here
  if (fd < 0) return std::unexpected(std::strerror(errno));
  return byte_lines(fd, stop);
}

byte_lines::byte_lines(byte_lines&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      stop_(other.stop_),
      buffer_(std::move(other.buffer_)),
      problem_(std::move(other.problem_)),
      at_(other.at_),
      number_(other.number_),
      was_cut_(other.was_cut_) {}

byte_lines::~byte_lines() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

/// More bytes behind what is there; false at the end.
bool byte_lines::fill() {
  buffer_.erase(0, std::exchange(at_, 0));
  for (;;) {
    std::array<pollfd, 2> fds = {{{fd_, POLLIN, 0}, {stop_, POLLIN, 0}}};  // poll leaves a descriptor of -1 out
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return problem_ = std::strerror(errno), false;
    if (fds[1].revents != 0) return false;
    if (fds[0].revents == 0) continue;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + block);
    const ssize_t n = ::read(fd_, buffer_.data() + had, block);
    const int reason = errno;
    buffer_.resize(had + (n > 0 ? static_cast<std::size_t>(n) : 0));
    if (n > 0) return true;
    if (n == 0) return false;
    if (reason != EINTR && reason != EAGAIN) return problem_ = std::strerror(reason), false;
  }
}

std::optional<std::string> byte_lines::next() {
  was_cut_ = false;
  std::string out;
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
    const std::size_t room = longest - out.size();
    was_cut_ = was_cut_ || stop - at_ > room;
    out.append(buffer_, at_, std::min(stop - at_, room));
    at_ = end == std::string::npos ? stop : end + 1;
    if (end != std::string::npos) break;
    if (!fill()) {
      if (out.empty()) return std::nullopt;
      break;
    }
  }
  if (++number_ == 1 && out.starts_with("\xEF\xBB\xBF")) out.erase(0, 3);
  return out;
}

}  // namespace trawl::engine
