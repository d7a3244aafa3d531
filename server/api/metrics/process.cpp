#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "server/api/metrics/exposition.hpp"

namespace trawl::server::api {
namespace {

/// A number of /proc/self/status, which stands there in `unit`s of bytes; 0 where it does not.
std::uint64_t of_status(std::string_view key, std::uint64_t unit) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return std::stoull(line.substr(key.size())) * unit;
  return 0;
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

std::uint64_t open_files() {
  std::error_code ec;
  const std::filesystem::directory_iterator all("/proc/self/fd", ec);
  return ec ? 0 : static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

}  // namespace

void put_process(exposition& to, double started) {
  constexpr std::uint64_t kibibyte = 1024;
  to.metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.");
  to.value(of_status("VmSize:", kibibyte));
  to.metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
  to.value(of_status("VmRSS:", kibibyte));
  to.metric("process_threads", "gauge", "Number of OS threads in the process.");
  to.value(of_status("Threads:", 1));
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  to.metric("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
  to.value(seconds(use.ru_utime) + seconds(use.ru_stime));
  to.metric("process_open_fds", "gauge", "Number of open file descriptors.");
  to.value(open_files());
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  to.metric("process_max_fds", "gauge", "Maximum number of open file descriptors.");
  to.value(std::uint64_t{files.rlim_cur});
  to.metric("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
  to.value(started);
}

}  // namespace trawl::server::api
