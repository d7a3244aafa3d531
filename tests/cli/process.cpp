#include "tests/cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace trawl::cli {
namespace {

using clock = std::chrono::steady_clock;

int milliseconds_to(clock::time_point end) {
  return static_cast<int>(std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now()).count(), 0));
}

/// A file of its own for stdin: no pipe that must be fed while the output is read.
int stdin_of(const std::string& text) {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) throw std::runtime_error("no temporary file");
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
  const int fd = dup(fileno(file));
  std::fclose(file);
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

scratch::scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "trawl-cli-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  dir_ = name;
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string scratch::write(const std::string& name, const std::string& text) const {
  std::ofstream(dir_ / name, std::ios::binary) << text;
  return path(name);
}

std::string scratch::read(const std::string& name) const {
  std::ostringstream out;
  out << std::ifstream(dir_ / name, std::ios::binary).rdbuf();
  return std::move(out).str();
}

process::process(const std::vector<std::string>& arguments, const std::filesystem::path& dir, const std::string& in, const std::string& out_path) {
  std::array<int, 2> out{}, err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int input = stdin_of(in);
  std::vector<std::string> words = {TRAWL_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    const int to = out_path.empty() ? out[1] : open(out_path.c_str(), O_WRONLY);
    dup2(input, 0), dup2(to, 1), dup2(err[1], 2);
    if (chdir(dir.c_str()) == 0) execv(argv[0], argv.data());
    _exit(127);
  }
  close(input), close(out[1]), close(err[1]);
  out_ = out[0], err_ = err[0];
}

process::~process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {out_, err_})
    if (fd >= 0) close(fd);
}

process::process(process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)), err_(std::exchange(other.err_, -1)), so_far_(std::move(other.so_far_)) {}

void process::signal(int number) const { kill(pid_, number); }

void process::close_out() {
  close(out_);
  out_ = -1;
}

bool process::drain(int& fd, std::string& to) {
  std::array<char, 4096> some{};
  const ssize_t n = ::read(fd, some.data(), some.size());
  if (n > 0) {
    to.append(some.data(), static_cast<std::size_t>(n));
    return true;
  }
  close(fd);
  fd = -1;
  return false;
}

bool process::read_until(const std::function<bool(const outcome&)>& enough, std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  while (!enough(so_far_)) {
    std::array<pollfd, 2> fds = {{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};  // poll leaves a descriptor of -1 out
    if (out_ < 0 && err_ < 0) return false;
    if (poll(fds.data(), fds.size(), milliseconds_to(end)) <= 0) return false;
    if (fds[0].revents != 0) drain(out_, so_far_.out);
    if (fds[1].revents != 0) drain(err_, so_far_.err);
  }
  return true;
}

bool process::read_error_until(const std::string& words, std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  while (so_far_.err.find(words) == std::string::npos) {
    pollfd fd{err_, POLLIN, 0};
    if (err_ < 0 || poll(&fd, 1, milliseconds_to(end)) <= 0) return false;
    drain(err_, so_far_.err);
  }
  return true;
}

outcome process::wait(std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  read_until([](const outcome&) { return false; }, limit);
  int status = 0;
  rusage used{};
  while (wait4(pid_, &status, WNOHANG, &used) == 0) {
    if (clock::now() >= end) return so_far_;  // the destructor kills it
    usleep(2000);
  }
  pid_ = -1;
  so_far_.peak_kib = static_cast<std::size_t>(used.ru_maxrss);
  so_far_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return so_far_;
}

outcome trawl(const std::vector<std::string>& arguments, const scratch& where, const std::string& in) {
  process p(arguments, where.dir(), in);
  return p.wait();
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace trawl::cli
