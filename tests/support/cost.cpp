#include "tests/support/cost.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace trawl::test {
namespace {

struct cost {
  double cpu_seconds = 0;
  std::size_t memory = 0;
};

double cpu_now() noexcept {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::size_t resident_now() {
  std::ifstream statm("/proc/self/statm");  // proc(5): pages in all, then resident ones
  std::size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t most_resident() noexcept {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<std::size_t>(used.ru_maxrss) * 1024;
}

cost cost_of(const std::function<void()>& work) {
  malloc_trim(0);  // what was freed before must not hide what is asked for now
  const std::size_t before = resident_now();
  const double begin = cpu_now();
  work();
  cost out{cpu_now() - begin, 0};
  out.memory = most_resident() - std::min(most_resident(), before);
  return out;
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  while (times-- > 0) out += piece;
  return out;
}

}  // namespace

std::string flood(std::string_view start, std::string_view piece, std::size_t size) {
  return std::string(start) + repeated(piece, size / piece.size() + 1);
}

std::string nested(std::string_view open, std::string_view close, std::size_t size) {
  const std::size_t times = size / (open.size() + close.size()) + 1;
  return repeated(open, times) + repeated(close, times);
}

void expect_bounded(std::string_view what, const std::function<void()>& work) {
  if constexpr (is_sanitized) return work();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const cost spent = cost_of(work);
    _exit(write(ends[1], &spent, sizeof spent) == static_cast<ssize_t>(sizeof spent) ? 0 : 1);
  }
  close(ends[1]);
  cost spent;
  const ssize_t told = read(ends[0], &spent, sizeof spent);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(told == static_cast<ssize_t>(sizeof spent) && WIFEXITED(status) && WEXITSTATUS(status) == 0) << what << ": did not end well, status " << status;
  EXPECT_LT(spent.cpu_seconds, most_cpu_seconds) << what;
  EXPECT_LT(spent.memory, most_memory) << what;
  if (std::getenv("TRAWL_TEST_COSTS") != nullptr) std::printf("%8.3f s %8zu KiB  %.*s\n", spent.cpu_seconds, spent.memory >> 10, static_cast<int>(what.size()), what.data());
}

}  // namespace trawl::test
