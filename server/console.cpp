#include "server/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

namespace trawl::server {
namespace {

int first_failure = 0;  // errno of the first answer that could not be written; main thread

void note_failure() noexcept {
  if (first_failure == 0) first_failure = errno != 0 ? errno : EIO;
}

/// poll(2): a pipe's writing end without readers is in error.
bool is_reader_gone() noexcept {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return first_failure == EPIPE || (poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0);
}

}  // namespace

void write_message(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), stderr); }

void write_answer(std::string_view text) noexcept {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_failure();
}

void take_closed_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (const int null = open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY); null != fd && null >= 0) close(null);  // the lowest free number
  }
}

bool has_stdout() noexcept {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  return flags != -1 && (flags & O_ACCMODE) != O_RDONLY;
}

int close_answers(int code) noexcept {
  errno = 0;
  std::cout.flush();
  if (!std::cout) note_failure();
  if (std::fflush(stdout) != 0) note_failure();
  if (first_failure == 0 || is_reader_gone()) return code;
  write_message("trawl: stdout can't be written: ");
  write_message(std::strerror(first_failure));
  write_message("\n");
  return code == 0 ? 1 : code;
}

}  // namespace trawl::server
